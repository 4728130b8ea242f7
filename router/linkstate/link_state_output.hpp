#pragma once

#include "common/base/bytes.hpp"
#include "common/base/router_index.hpp"
#include "router/linkstate/messages.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weft::linkstate {

/// A connection to a neighbour, by a number of its owner's, 1 or more.
using PeerLink = std::uint32_t;
inline constexpr PeerLink kNoLink = 0;

/// The way to another router.
struct Path {
    PeerLink link = 0;  // to the next hop
    std::uint32_t cost = 0;
    bool operator==(const Path&) const = default;
};

/// What happened that a person may want to read.
struct LinkStateEvent {
    enum class Kind : std::uint8_t {
        neighbour_up,
        neighbour_lost,  // with why: no HELLO for …, or its connection is gone
        duplicate_id,    // another router has our id, or two neighbours have the same
        router_reachable,
        router_unreachable,
        router_restarted,  // at most each ten seconds
        malformed,         // once for each peer link, or router; `text` says what
        version_mismatch,  // once for each router
        impostor,          // somebody speaks for us, or a neighbour's HELLO changed its id
        limit,             // a table is full, or the mesh would pass 128 routers with originals
    };
    Kind kind = Kind::neighbour_up;
    std::string router;
    std::string text;
    PeerLink link = kNoLink;  // the connection that it is about
};

/// What the machine wants done. No call may call back into it, but for its const members.
class LinkStateOutput {
public:
    virtual ~LinkStateOutput() = default;
    /// A whole message for the control link, settled.
    virtual void send(PeerLink link, Bytes message) = 0;
    /// A router became reachable, or the way there changed; nothing: it is unreachable.
    virtual void on_path(RouterIndex router, const std::optional<Path>& path) = 0;
    /// `router`, which is reachable, has consumers of `key`, or has none any more. When a router
    /// becomes unreachable or restarts, each of its keys is taken back: before, or if it has many,
    /// in slices after that.
    virtual void on_remote_address(RouterIndex router,
                                   std::string_view key,
                                   bool has,
                                   Hint hint) = 0;
    /// The neighbour behind a link that still stands is not heard there any more: paths do not lead
    /// over it, and what is on its way there should be given up.
    virtual void on_silent(PeerLink link, std::string_view why) = 0;
    virtual void on_event(const LinkStateEvent& event) = 0;
    /// The content of a message that another Weft router sent to this one alone.
    virtual void on_extension(std::string_view /*router*/, Bytes /*content*/) {}
};

/// Counts, never reset.
struct LinkStateCounters {
    std::uint64_t received = 0;
    std::uint64_t sent = 0;
    std::uint64_t forwarded = 0;
    std::uint64_t duplicates = 0;  // floods that came another way already
    std::uint64_t malformed = 0;
    std::uint64_t looped = 0;      // came back to us
    std::uint64_t no_path = 0;     // to be passed on, but nobody knows where
    std::uint64_t recomputed = 0;  // own trees
    std::uint64_t origins = 0;     // trees of other routers
};

}  // namespace weft::linkstate

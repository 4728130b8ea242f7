#pragma once

#include "common/base/bytes.hpp"
#include "common/base/router_index.hpp"
#include "common/base/time.hpp"
#include "router/linkstate/messages.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::linkstate {

/// A connection to a neighbour, by a number of its owner's, 1 or more.
using PeerLink = std::uint32_t;
inline constexpr PeerLink kNoLink = 0;

/// Cost of all links of a router that is about to stop.
inline constexpr std::uint32_t kLeavingCost = 1U << 20;
/// An original keeps routers in bit masks of this many.
inline constexpr std::size_t kRoutersMaxWithOriginals = 128;

struct LinkStateOptions {
    std::string id;
    std::int64_t instance = 1;  // greater at each start: the milliseconds of the wall clock will do
    Duration hello_interval = std::chrono::seconds(1);
    /// The same between Weft routers; at most hello_interval, and 0: as often as to all others.
    Duration fast_hello = std::chrono::milliseconds(200);
    Duration hello_max_age = std::chrono::seconds(3);
    Duration ra_interval = std::chrono::seconds(30);
    Duration ra_interval_flux = std::chrono::seconds(4);
    Duration remote_ls_max_age = std::chrono::seconds(60);
    std::size_t routers_max = 4096;
    std::size_t addresses_max = 4'000'000;  // of all other routers together
    std::size_t addresses_bytes_max = std::size_t{512} * 1024 * 1024;  // of their keys
    /// Of the keys of this router's addresses that are told to others, with some for each.
    std::size_t told_bytes_max = std::size_t{48} * 1024 * 1024;
};

/// A Weft neighbour counts as silent when so many of the HELLOs that it promised did not come.
inline constexpr int kFastHellosMissed = 4;
inline constexpr Duration kSilenceMin = std::chrono::milliseconds(200);

/// How long a neighbour may be silent that promised a HELLO each `interval`; 0: it did not.
inline Duration silence_allowed(Duration interval, Duration hello_max_age) {
    return interval == Duration::zero()
               ? hello_max_age
               : std::min(hello_max_age, std::max(kSilenceMin, kFastHellosMissed * interval));
}

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
    /// `router` (reachable or not yet) has consumers of `key`, or has none any more. When a router
    /// becomes unreachable or restarts, each of its keys is taken back before.
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

/// What management shows of a router of the mesh.
struct RouterNode {
    RouterIndex index = kNoRouter;
    std::string id;
    std::int64_t version = kProtocolVersion;
    std::int64_t instance = 0;
    std::int64_t ls_seq = 0;
    std::int64_t mobile_seq = 0;
    std::optional<PeerLink> neighbour;  // its link, if it is one
    std::optional<Path> path;           // none: unreachable
    std::string next_hop;               // the neighbour's id; empty if it is one, or unreachable
    std::vector<std::pair<std::string, std::int64_t>> peers;
    std::size_t addresses = 0;
    Instant last_change{};  // of its links
};

/// One router's part in the mesh: neighbours, link states, paths, who has which address.
///
/// A machine without I/O: messages and time in, messages and changes out. Floods, requests and
/// answers are forwarded here, too. Spec: docs/protocol.md
///
/// Threading: loop-confined.
class LinkState {
public:
    /// `output` must outlive it.
    LinkState(LinkStateOptions options, LinkStateOutput& output);
    ~LinkState();
    LinkState(const LinkState&) = delete;
    LinkState& operator=(const LinkState&) = delete;

    /// A connection to a neighbour can carry control messages: a HELLO goes out at once.
    void link_up(PeerLink link, std::uint32_t cost, Instant now);
    void change_cost(PeerLink link, std::uint32_t cost, Instant now);
    /// The connection is gone: paths over it change before this returns.
    void link_down(PeerLink link, Instant now);
    /// A whole message came in on a control link.
    void receive(PeerLink link, Bytes message, Instant now);
    /// Bytes of any kind came from the neighbour, at `when`, and at `part` (the epoch: never) some
    /// of a control message that goes on: HELLOs wait behind it. To be told before `tick`.
    void note_life(PeerLink link, Instant when, Instant part);
    /// Consumers of `key` ("M0orders") are here, or are no more. Told to others with the next
    /// tick or flush.
    void set_local_address(std::string_view key, bool has, Hint hint);
    /// Sends the content of a message to another Weft router, however far; originals in between
    /// pass it on. False: there is no path now.
    bool send_extension(std::string_view router, Bytes content);
    /// After a batch of calls: what is due at once goes out.
    void flush(Instant now);
    /// Announces that this router is about to stop: others avoid it while its links stand.
    void leave(Instant now);

    /// The earliest moment at which `tick` has something to do; may change with every call.
    Instant deadline() const;
    void tick(Instant now);

    /// kNoRouter if nobody has heard of it.
    RouterIndex index_of(std::string_view id) const;
    /// The id of the router; empty if there is none.
    std::string_view id_of(RouterIndex router) const;
    /// The neighbour's id, once its HELLO came; empty before.
    std::string_view neighbour_on(PeerLink link) const;
    std::optional<Path> path_to(RouterIndex router) const;
    /// The routers to which messages of `origin` pass through this one: [r] tells of router r, and
    /// what lies behind the end is false. Of kThisRouter: all that are reachable. The tree of an
    /// origin is computed when it is first asked for after a change; stays valid until then.
    const std::vector<bool>& valid_destinations(RouterIndex origin);
    /// The neighbour over which messages of `origin` come here; kNoRouter: they do not.
    RouterIndex previous_hop(RouterIndex origin);
    /// Changes with each change of the paths.
    std::uint64_t topology_version() const;

    /// All routers that are known, ascending by index, this one first.
    std::vector<RouterNode> nodes() const;
    const LinkStateCounters& counters() const;

private:
    class State;
    std::unique_ptr<State> state_;
};

}  // namespace weft::linkstate

#pragma once

#include "common/base/bytes.hpp"
#include "common/base/router_index.hpp"
#include "common/base/time.hpp"
#include "router/linkstate/link_state_output.hpp"
#include "router/linkstate/messages.hpp"
#include "router/linkstate/options.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::linkstate {

struct Adjacency;
struct Parts;
struct Received;

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
    std::size_t addresses = 0;
    std::size_t untold = 0;  // of this router's: not told to others, for want of room
    Instant last_change{};   // of its links
};

/// One router's part in the mesh: neighbours, link states, paths, who has which address.
///
/// A machine without I/O: messages and time in, messages and changes out. Floods, requests and
/// answers are forwarded here, too. It puts the nouns of this room together and says what is done
/// in which order; README.md tells what each of them is. Spec: docs/protocol.md
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
    /// Whether it carries messages of clients, too, as it does unless this says otherwise: until
    /// then no path leads over it, and others are not told of it.
    void set_carries(PeerLink link, bool carries, Instant now);
    void change_cost(PeerLink link, std::uint32_t cost, Instant now);
    /// The connection is gone: paths over it change before this returns.
    void link_down(PeerLink link, Instant now);
    /// A whole message came in on a control link.
    void receive(PeerLink link, Bytes message, Instant now);
    /// Bytes of any kind came from the neighbour, last at `when`. `part` is when a piece of a
    /// control message came whose end is still missing (the epoch: none did): the neighbour's
    /// HELLOs wait behind it, so it counts as one. To be called before `tick`.
    void note_life(PeerLink link, Instant when, Instant part);
    /// A tick would take the neighbour for lost, unless something of it stands unread.
    bool seems_silent(PeerLink link, Instant now) const;
    /// Consumers of `key` ("M0orders") are here, those of `asker` first, or are no more. Told to
    /// others with the next tick or flush; of what may be told each asker has a share.
    void set_local_address(std::string_view key, bool has, Hint hint, std::uint64_t asker = 0);
    /// Sends the content of a message to another Weft router, however far; originals in between
    /// pass it on. False: there is no path now.
    bool send_extension(std::string_view router, Bytes content);
    /// After a batch of calls: what is due at once goes out.
    void flush(Instant now);
    /// Announces that this router is about to stop: others avoid it while its links stand.
    void leave(Instant now);

    /// There is work that was put off, since it is long: `work` does a slice of it. In between
    /// others have their turns.
    bool has_work() const;
    void work(Instant now);

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
    /// The links of one of those, as it says: the ids of the routers they lead to, and the costs.
    /// Apart from `nodes`, for all of them are many more than there are routers.
    std::vector<std::pair<std::string, std::int64_t>> peers_of(RouterIndex router) const;
    const LinkStateCounters& counters() const;

private:
    Instant begin(Instant now);
    void take(Adjacency& from, Received received);
    bool take(Adjacency& from, const Message& message);
    void publish();
    void age();
    void ask_due();
    RouterNode node(RouterIndex router) const;

    std::unique_ptr<Parts> parts_;
    std::optional<Instant> now_;  // of the last call; nothing: there was none
    Instant tick_due_ = kNever;
};

}  // namespace weft::linkstate

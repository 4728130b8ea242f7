#pragma once

#include "common/base/router_index.hpp"
#include "router/core/connection.hpp"
#include "router/core/counters.hpp"
#include "router/core/delivery.hpp"
#include "router/core/outlet.hpp"
#include "router/core/producer_account.hpp"

#include <boost/intrusive/parent_from_member.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <string>

namespace weft::router {

struct Address;

/// From the router's side, as management shows it: `in` brings deliveries to the router.
enum class Direction : std::uint8_t { in, out };

/// Why a link does not move, for management and `weft stat`.
enum class Blocked : std::uint8_t {
    no,
    no_consumer,       // in: nobody receives from the address
    capacity_used,     // in: as many deliveries as its capacity wait for consumers to settle
    no_credit,         // out: the consumer gives no credit
    connection_full,   // out: the peer reads too slowly; its connection takes no more bytes
    consumer_stalled,  // out: took and settled nothing for kStalledAfter
};
const char* to_string(Blocked reason);

/// A link's life: attaching → active → gone; a consumer that is gone may have deliveries left that
/// are to get their outcome. Another loop's consumer that is not wanted any more
/// but has deliveries to answer rests, and may become active again.
enum class Life : std::uint8_t {
    attaching,  // not activated yet: nothing is granted or sent
    active,
    resting,
    gone,
};

/// A consumer that wants its credit used up: what is there is sent; then the other loops, and the
/// containers that send on demand, are asked, once; then the rest of the credit is used up.
enum class Drain : std::uint8_t { no, wanted, others_asked };

/// Where a consumer stands in its address's list of those that drain.
struct DrainTag;
using DrainHook =
    boost::intrusive::list_base_hook<boost::intrusive::tag<DrainTag>,
                                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

/// A link of a connection, or of something in process.
///
/// The address and connection outlive it; only the core changes it. Threading: loop-confined.
struct Link : DrainHook, GateHook, MemberHook {
    Link(Connection& owner, Direction which, std::uint16_t capacity)
        : connection{owner}, direction{which}, account{capacity} {}

    Connection& connection;
    Gate* gate = nullptr;        // its session's
    Address* address = nullptr;  // null: an anonymous sender's, to another router, a stream's out
    std::unique_ptr<const std::string> target;  // in: the address as written, if it is for others
    std::uintptr_t port_link = 0;               // the port's own word for it
    std::uint64_t id = 0;                       // unique for the router's life; "L12" in logs
    LinkRef self;
    std::uint32_t position = 0;   // among its address's consumers or producers
    std::uint32_t holding = 0;    // in, on demand: among its address's containers
    RouterIndex far = kNoRouter;  // in, on demand: of the containers of that router, which asks
    std::uint32_t queued = 0;     // out: branches in `queue`
    /// The last ask for the rest, see Drains: out: that it waits for; in: that it is to answer,
    std::uint32_t asked = 0;
    std::uint32_t rest_answered = 0;  // and the last one that it has answered
    Direction direction;
    Life life = Life::attaching;
    Drain drain = Drain::no;      // out
    bool granted = false;         // in: has been given credit and not been drained since
    bool on_demand = false;       // in: it is asked for what consumers can take, and for no more
    bool from_fallback = false;   // in: brings what a fallback kept, which is not to get it again
    bool marks = false;           // in: what it brings is marked: by from_fallback, or an edge
    bool told_reach = false;      // in, of an edge: it was told that others receive
    bool rest_asked = false;      // in: it was asked for the rest, see Drain, and has not sent it
    bool stalled = false;         // out
    bool presettles = false;      // out: the consumer asked for settled deliveries
    bool settles_second = false;  // out: after its producer (receiver settle mode second)
    bool annotates = false;       // out: routers' annotations are written
    bool asks_bringer = false;    // out: who takes deliveries asks who brought them (bringer.hpp)
    bool streams = false;  // of a neighbour or loop, for one message at a time that takes its time
    std::uint8_t priority = 0;  // of a neighbour

    // in
    ProducerAccount account;
    Delivery* current = nullptr;  // of which the end has not come in
    DeliveryList answered;        // consumers wait until this producer settles

    // out
    Outlet outlet;
    /// Terminal and encoded; of a consumer that settles without a state; null: none.
    std::unique_ptr<const Buffer> default_outcome;
    BranchList queue;
    BranchList unsettled;
    Branch* next_claim = nullptr;  // stalled: the next one that holds back its producer no more
    std::uint64_t asker = 0;  // to another loop: the connection there whose consumer came first
    std::uint32_t loop = 0;   // likewise: which one

    std::uint32_t listing = 0;            // among the links that management shows
    std::uint32_t progress = 0;           // tenths of a second: last bytes, settlement or credit
    std::uint32_t zero_credit_since = 0;  // tenths of a second, 0: has credit
    std::uint32_t settled_before = 0;     // settled deliveries at the last tick, modulo 2^32
    std::array<std::uint32_t, 5> settled_in{};  // in each of the last seconds
    std::uint32_t stuck = 0;                    // deliveries, current
    DeliveryCounters counters;

    Port& port() const { return *gate->port; }
    /// Its peer is gone, and it goes soon.
    bool is_deserted() const { return gate->port == &no_port(); }
    /// May be granted and sent to.
    bool is_active() const { return life == Life::active; }
    bool is_draining() const { return drain != Drain::no; }
    /// out: its gate tells it when it may go on.
    bool in_line() const { return GateHook::is_linked(); }
};

using DrainList = boost::intrusive::
    list<Link, boost::intrusive::base_hook<DrainHook>, boost::intrusive::constant_time_size<false>>;

/// The link of which `outlet` is the outlet.
inline Link& link_of(Outlet& outlet) {
    return *boost::intrusive::get_parent_from_member<Link>(&outlet, &Link::outlet);
}

/// True if the consumer behind `link` can take a delivery now.
inline bool ready(const Link& link) {
    return link.is_active() && ineligible(link.outlet) == Ineligible::no;
}

/// Why `link` does not move now.
[[nodiscard]] Blocked blocked(const Link& link);

}  // namespace weft::router

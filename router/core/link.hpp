#pragma once

#include "router/core/counters.hpp"
#include "router/core/delivery.hpp"
#include "router/core/outlet.hpp"
#include "router/core/port.hpp"

#include <boost/intrusive/list.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace weft::router {

struct Address;
struct Connection;
struct Trunk;

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

/// A link of a connection, or of something in process.
///
/// The address and connection outlive it; only Core changes it. Threading: loop-confined.
struct Link {
    Link(Connection& owner, Direction which) : connection{owner}, direction{which} {}

    Connection& connection;
    Address* address = nullptr;    // null: an anonymous sender's, or one to another router
    std::string target;            // in: the address as written, if another router is to read it
    std::uintptr_t port_link = 0;  // the port's own word for it
    std::uint64_t id = 0;          // unique for the router's life; "L12" in logs
    LinkRef self;
    std::uint32_t position = 0;  // among its address's consumers or producers
    std::size_t listing = 0;     // among the links of clients
    Direction direction;
    bool active = false;        // attached on the wire: may be granted and sent to
    bool granted = false;       // in: has been given credit and not been drained since
    bool draining = false;      // out: the peer wants its credit used up
    bool backlogged = false;    // out: in its connection's backlog, at backlog_at
    bool stalled = false;       // out
    bool asked_relays = false;  // out: other loops were asked for the rest before it is drained
    bool drain_asked = false;   // in, a relay's: its answer to that is awaited
    bool presettles = false;    // out: the consumer asked for settled deliveries
    bool annotates = false;     // out: routers' annotations are written
    bool streams = false;       // of a neighbour, for one message at a time that takes its time
    std::uint8_t priority = 0;  // of a neighbour
    std::uint16_t capacity = 0;

    // in
    std::uint32_t outstanding = 0;  // undelivered or unsettled
    std::uint32_t undelivered = 0;  // of those, not passed on whole
    Delivery* current = nullptr;    // of which the end has not come in
    std::size_t held = 0;           // bytes that wait in the core and count against the producer
    DeliveryList decided;           // this producer is to settle

    // out
    Outlet outlet;
    BranchList queue;
    BranchList unsettled;
    std::uint32_t backlog_at = 0;

    std::uint32_t progress = 0;           // tenths of a second: last bytes, settlement or credit
    std::uint32_t zero_credit_since = 0;  // tenths of a second, 0: has credit
    std::uint64_t settled_before = 0;     // settled deliveries at the last tick
    std::array<std::uint32_t, 5> settled_in{};  // in each of the last seconds
    std::uint32_t stuck = 0;                    // deliveries, current
    DeliveryCounters counters;
};

/// Removes router annotations of clients on the way in, or out. Management: stripAnnotations.
struct Stripping {
    bool in = true;
    bool out = true;
};

/// Who is behind a connection.
enum class ConnectionKind : std::uint8_t {
    client,
    in_process,  // a service of this router
    relay,       // the core of another of this router's loops
    neighbour,   // another router
};

/// What the core knows of a connection.
struct Connection {
    explicit Connection(Port& its_port) : port{its_port} {}

    Port& port;
    std::uint64_t id = 0;      // "C7" in logs
    std::size_t position = 0;  // among the core's connections
    Stripping strip;
    ConnectionKind kind = ConnectionKind::client;
    std::uint32_t last_delivery = 0;  // tenths of a second, 0: none
    std::vector<Link*> backlog;       // links that took less than they were given
    std::uint32_t turn = 0;           // so that these take turns
    Trunk* trunk = nullptr;           // of a neighbour

    /// Somebody else's: a client or another router.
    bool is_peer() const { return is_client() || is_neighbour(); }
    bool is_client() const { return kind == ConnectionKind::client; }
    bool in_process() const { return kind == ConnectionKind::in_process; }
    bool is_relay() const { return kind == ConnectionKind::relay; }
    bool is_neighbour() const { return kind == ConnectionKind::neighbour; }
};

/// True if the consumer behind `link` can take a delivery now.
inline bool ready(const Link& link) {
    return link.active && ineligible(link.outlet) == Ineligible::no;
}

}  // namespace weft::router

#pragma once

#include "common/security/identity.hpp"
#include "router/core/admission.hpp"
#include "router/core/gate.hpp"
#include "router/core/naming.hpp"
#include "router/core/share.hpp"

#include <boost/container/small_vector.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace weft::router {

class EdgeLinks;
class Port;
struct Link;
struct Trunk;

/// Removes router annotations of clients on the way in, or out. Management: stripAnnotations.
struct Stripping {
    bool in = true;
    bool out = true;
};

/// What kind of peer is behind a connection, as the core needs to know it: fixed once it opened.
/// Threading: not shared (a value).
struct Traits {
    /// A client: its deliveries enter and leave the mesh here, and count so.
    bool is_client = false;
    /// Of clients a container behind addresses, a broker most often: its deliveries count so, too.
    bool is_container = false;
    /// A service of this router: it takes deliveries without credit, and before all others.
    bool in_process = false;
    /// The core of another of this router's loops.
    bool is_loop = false;
    /// The exchanges of this router. As a loop they hear (`received`) that only stalled consumers
    /// are waited for, and get a message as it came in: what routers write there they write anew.
    bool is_exchange = false;
    /// Another router: where its messages go stands in their annotations.
    bool from_router = false;
    /// Credit comes back when a delivery came in, not when it is settled: what bounds it is its
    /// producer's capacity at its own router.
    bool credit_on_receipt = false;
    /// Management shows its links.
    bool listed = false;
    /// Removes routers' annotations from what comes in.
    bool strips = false;
    /// Routers' annotations are written into what goes out, or let through.
    bool annotates = false;
    /// Another router, though by no link of the mesh: a container, or a client. Of what routers
    /// write, what comes from it has the trace alone, and so has what goes to a container, or over
    /// a link that asks for it (AttachRequest::wants_trace).
    bool is_beyond = false;
    /// The way of an edge router to the mesh. Its links have addresses, as a client's, or none;
    /// what came that way never goes back there.
    bool is_uplink = false;
    /// An edge router: it gets back nothing that it brought, and hears whether others receive from
    /// the addresses that it sends to.
    bool is_edge = false;

    static Traits of_client(Stripping strip = {}) {
        return {.is_client = true, .listed = true, .strips = strip.in, .annotates = !strip.out};
    }
    static Traits of_container(Stripping strip = {}) {
        Traits traits = of_client(strip);
        traits.is_container = true;
        return traits;
    }
    /// The same of a peer that turns out to be another router. One that this router has for a
    /// container is told the trace; a client is not unless its link asks for it: that may be one
    /// that passes whole, whose own client would see it.
    Traits beyond_mesh() const {
        Traits traits = *this;
        traits.is_beyond = true;
        traits.annotates |= is_container;
        return traits;
    }
    static Traits of_service() { return {.in_process = true, .strips = true}; }
    static Traits of_loop() { return {.is_loop = true}; }
    static Traits of_exchanges() { return {.is_exchange = true}; }
    static Traits of_uplink() {
        return {.credit_on_receipt = true, .listed = true, .is_uplink = true};
    }
    /// An edge router, of a router of the mesh.
    static Traits of_edge() {
        return {.is_client = true,
                .credit_on_receipt = true,
                .listed = true,
                .annotates = true,
                .is_edge = true};
    }
    static Traits of_router() {
        return {.from_router = true, .credit_on_receipt = true, .listed = true, .annotates = true};
    }
};

/// What the core knows of a connection. Threading: loop-confined.
struct Connection {
    Connection(Port& its_port, const Traits& its_traits, security::Identity its_identity);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    Port& port;
    Traits traits;  // changed before the first attach, if at all
    security::Identity identity;
    std::uint64_t id = 0;             // "C7" in logs
    std::size_t position = 0;         // among the core's connections
    std::uint32_t last_delivery = 0;  // tenths of a second, 0: none
    std::uint32_t links = 0;          // also those that are gone and not freed
    bool gone = false;                // it is freed with the last of them
    /// By session, the last not null; each is there as long as links pass it and the session is not
    /// over.
    boost::container::small_vector<std::unique_ptr<Gate>, 1> gates;
    HeldGates held;                   // before which links stand in line
    Trunk* trunk = nullptr;           // of another router
    std::unique_ptr<EdgeLinks> edge;  // of an edge router; null: of others
    /// Judges what it brings; null: everything is let through. It goes after the connection's
    /// links.
    Admission* admission = nullptr;
    /// What its peer calls addresses; null: what all do. It goes after the connection's links.
    Naming* naming = nullptr;
    OwnShare share{new Share};

    /// Null if there is none.
    Gate* gate_of(std::uint16_t session) const {
        return session < gates.size() ? gates[session].get() : nullptr;
    }
};

}  // namespace weft::router

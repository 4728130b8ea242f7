#pragma once

#include "common/base/bytes.hpp"
#include "common/base/router_index.hpp"
#include "common/wire/transfer.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weft::router {

struct Link;

using wire::DeliveryId;
using wire::DeliveryUpdate;
using wire::Sent;

/// What is known of a message besides its bytes.
struct Provenance {
    RouterIndex origin = kThisRouter;  // the router that its producer is attached to
    bool annotated = false;            // routers' annotations are in it
    /// Nobody waits for an outcome, though it travels unsettled: it is settled once the connection
    /// of its consumer has it.
    bool presettled = false;
    /// A fallback kept it, and is not to get it again.
    bool from_fallback = false;
    /// It is for all who subscribed to its address with wildcards, too; what comes from a client
    /// always is.
    bool for_wildcards = false;
    /// Of an edge router: it came from the mesh, or goes there another way. No uplink gets it.
    bool stays_down = false;
    /// From one loop of this router to another, so far.
    std::uint8_t crossings = 0;
};

/// How a delivery goes out, and what it was; looked at only when it starts.
struct OutgoingHead : wire::OutgoingDelivery {
    Provenance provenance{};
    std::string_view sent_to{};  // as Delivery::sent_to; empty: it is none
};

/// What the core asks of the connection behind a link: an AMQP connection, or something in process.
///
/// No call may call back into the core. Threading: loop-confined, as the Core.
class Port {
public:
    virtual ~Port() = default;

    /// Asks the peer for the link that `link` is to be, and makes that its `port_link`. Once it
    /// stands Core::activate and on_credit follow; Core::detach if the peer refuses it. One to
    /// another loop stands at once, beside that whose `port_link` it comes with. False: there can
    /// be no more, or, unless overridden, none at all.
    virtual bool attach(Link& link) {
        static_cast<void>(link);
        return false;
    }
    /// `link` leads to another loop: one beside it that takes a further stream, at once or after
    /// those that it has. It is given one. Null: none is free, and there may be another one.
    virtual Link* stream_beside(Link& link) {
        static_cast<void>(link);
        return nullptr;
    }
    /// `link` is such a one: a delivery that waited there has not begun, and will not. What it took
    /// of the credit of the link that this is beside is that one's again.
    virtual void spared(Link& link) { static_cast<void>(link); }
    /// The next bytes of the delivery under way on `link`, or the start of one. Takes what fits;
    /// if not all, Core::on_writable or on_credit follows.
    virtual Sent transfer(Link& link, const OutgoingHead& head, Bytes payload, bool more) = 0;
    /// Ends the started delivery without the rest.
    virtual void abort(Link& link) = 0;
    /// Changes the state (encoded; empty: none) of a delivery of either direction.
    virtual void update(Link& link, DeliveryId id, Bytes state, bool settled) = 0;
    /// Its peer has so much to read that it is told nothing that it need not know.
    virtual bool reads_slowly(const Link& link) const {
        static_cast<void>(link);
        return false;
    }
    /// `link` brings deliveries in: the sender may send `credit` more from now on.
    virtual void grant(Link& link, std::uint32_t credit, bool drain) = 0;
    /// `link` brings deliveries in: the sender is to use up, or give back, the credit that it has.
    /// Core::on_drained follows when it has; it may never.
    virtual void drain(Link& link) = 0;
    /// The peer drains and nothing is left to send: uses up its credit.
    virtual void drained(Link& link) = 0;
    /// `link` brings deliveries of an edge router: others than that receive from its address now,
    /// or none does any more.
    virtual void tell_reach(Link& link, bool others) {
        static_cast<void>(link);
        static_cast<void>(others);
    }
    /// `bytes` that came in on `link` wait in the core (negative: no longer do).
    virtual void hold(Link& link, std::ptrdiff_t bytes) = 0;
    /// What came in on `link` has cost `steps`, a copy or delivery each: its connection may be made
    /// to wait for its next turn.
    virtual void spend(Link& link, std::size_t steps) {
        static_cast<void>(link);
        static_cast<void>(steps);
    }
};

/// That of links whose peer is gone: takes nothing, and tells nobody.
[[nodiscard]] Port& no_port();

}  // namespace weft::router

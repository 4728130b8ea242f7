#pragma once

#include "router/core/accounts.hpp"
#include "router/core/clock.hpp"
#include "router/core/delivery.hpp"
#include "router/core/incoming.hpp"
#include "router/core/outlet.hpp"
#include "router/core/routes.hpp"
#include "router/core/settlement.hpp"
#include "router/core/tally.hpp"

#include <cstdint>

namespace weft::router {

/// Which consumers and neighbours come into question for what comes in: not those of other loops,
/// if another loop brought it.
inline Scope scope_of(const Incoming& in) {
    if (in.delivery != nullptr) {
        return scope_of(*in.delivery);
    }
    return in.link.connection.traits.is_loop ? Scope::here : Scope::all;
}

/// Its first producer waits for no outcome.
inline bool is_presettled(const Incoming& in) {
    return in.delivery != nullptr ? in.delivery->presettled() : in.presettled();
}

/// The books of what comes in: a Delivery for it, if it needs one; or that it comes back.
///
/// Invariant N1: numbers are given in the order in which it is decided where deliveries go.
///
/// Threading: loop-confined. Spec: AMQP 1.0 §2.6.7, §2.6.12
class Intake {
public:
    /// All must outlive it.
    struct Parts {
        Accounts& accounts;
        Tally& tally;
        DeliveryPool& pool;
        Settlement& settlement;
        const Clock& clock;
    };
    explicit Intake(const Parts& parts) : parts_{parts} {}

    /// The Delivery of an arrival; made here, unless its head had to be waited for.
    Delivery& delivery_of(Incoming& in) { return in.delivery != nullptr ? *in.delivery : make(in); }
    /// Its head is known only now, and its turn among others begins.
    void number(Delivery& delivery) { delivery.number = next_number_++; }  // N1
    /// Lets an arrival go that has no consumer, or may have none.
    void refuse(const Incoming& in, DropReason reason, Bytes outcome);

private:
    Delivery& make(Incoming& in);

    Parts parts_;
    std::uint64_t next_number_ = 0;
};

}  // namespace weft::router

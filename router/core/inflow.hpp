#pragma once

#include "router/core/allowance.hpp"
#include "router/core/outgoing.hpp"

namespace weft::router {

/// Deliveries that come in in pieces, once their way is decided: each further frame goes to those
/// who have passed on all before it, and waits for the others as long as they may keep it waiting.
///
/// Threading: loop-confined. Spec: AMQP 1.0 §2.6.14
class Inflow {
public:
    /// All must outlive it.
    struct Parts {
        LinkTable& links;
        Accounts& accounts;
        Tally& tally;
        DeliveryPool& pool;
        Settlement& settlement;
        Outgoing& outgoing;
        const Allowance& allowance;
    };
    explicit Inflow(const Parts& parts) : parts_{parts} {}

    /// A further frame came; it counts as received already.
    void go_on(Link& link, Delivery& delivery, const Arrival& arrival);
    /// The rest of a delivery will never come in: takes back what can be, aborts what has begun.
    void abandon(Delivery& delivery, DropReason reason);

private:
    void offer_frame(Link& link, Delivery& delivery, const Arrival& arrival);
    void give_up_behind(Link& link, Delivery& delivery, bool all);

    Parts parts_;
};

}  // namespace weft::router

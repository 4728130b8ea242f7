#pragma once

#include "router/core/delivery.hpp"
#include "router/core/incoming.hpp"
#include "router/core/intake.hpp"
#include "router/core/outgoing.hpp"
#include "router/core/routes.hpp"
#include "router/core/spreading.hpp"
#include "router/core/tally.hpp"

namespace weft::router {

/// What comes in for a multicast address: each consumer and each neighbour behind which there are
/// some gets a copy, at once or, of very many, in slices (Spreading). Who can't have one hears
/// nothing of it: only if nobody gets one it comes back.
///
/// Threading: loop-confined. Spec: AMQP 1.0 §2.6.12
class Multicast {
public:
    /// All must outlive it.
    struct Parts {
        Routes& routes;
        Tally& tally;
        DeliveryPool& pool;
        Settlement& settlement;
        Outgoing& outgoing;
        Spreading& spreading;
        Intake& intake;
    };
    explicit Multicast(const Parts& parts) : parts_{parts} {}

    /// Gives all their copies, and ends the decision.
    void give(Incoming& in, Address& address);

private:
    bool copy_to_routers(Incoming& in, Address& address);
    void spread(Incoming& in, Address& address);
    void copy_to(Incoming& in, const Address& address, Link& out, bool light);
    void drop_copy(const Incoming& in, Link& out, DropReason reason);
    Branch& next_branch(Incoming& in, Share* payer);

    Parts parts_;
};

}  // namespace weft::router

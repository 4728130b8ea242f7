#pragma once

#include "router/core/delivery.hpp"
#include "router/core/head_reader.hpp"
#include "router/core/incoming.hpp"
#include "router/core/intake.hpp"
#include "router/core/outgoing.hpp"
#include "router/core/routes.hpp"
#include "router/core/spreading.hpp"
#include "router/core/tally.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace weft::router {

/// What comes in for a multicast address: each consumer and each neighbour behind which there are
/// some gets a copy, at once or, of very many, in slices (Spreading). Who can't have one hears
/// nothing of it: only if nobody gets one it comes back.
///
/// Where a message enters, it goes to those who subscribed to its address with wildcards, too; each
/// of these subscriptions is an address with consumers and routes of its own. Another loop, and a
/// neighbour that knows such subscriptions, gets one copy for all, and gives it to all that it has.
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
        const HeadReader& heads;
    };
    explicit Multicast(const Parts& parts) : parts_{parts} {}

    /// Gives all their copies, and ends the decision.
    void give(Incoming& in, Address& address);

private:
    static bool is_for_wildcards(const Incoming& in, Address& address);
    bool give_to(Incoming& in, Address& address, bool light);
    bool copy_to_loops(Incoming& in, const Address& address);
    bool copy_to_routers(Incoming& in, Address& address);
    bool copy_up(Incoming& in);
    bool spread(Incoming& in, Address& address);
    void copy_to(Incoming& in, const Address& address, Link& out, bool light);
    void drop_copy(const Incoming& in, Link& out, DropReason reason);
    Branch& next_branch(Incoming& in, Share* payer);

    Parts parts_;
    // Of one message:
    std::vector<std::uint32_t> loops_;  // that have a copy for all
    std::size_t copies_ = 0;            // given out at once
    bool is_for_all_ = false;           // for those who subscribed with wildcards, too
    bool stays_down_ = false;           // no uplink that has its address gets it
};

}  // namespace weft::router

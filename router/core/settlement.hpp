#pragma once

#include "router/core/accounts.hpp"
#include "router/core/clock.hpp"
#include "router/core/delivery.hpp"
#include "router/core/incoming.hpp"
#include "router/core/link_table.hpp"
#include "router/core/tally.hpp"

#include <cstdint>
#include <vector>

namespace weft::router {

/// From the consumer's outcome back to the producer, end to end: how branches end, and with the
/// last one the delivery.
///
/// A delivery is concluded, and freed, in finish(), review() and conclude() only: whoever closes
/// branches one after the other with close() may look at the delivery until it calls review().
///
/// Of what ends a branch each does all that the one before it does:
///
///   shut     it counts no longer, anywhere
///   close    its outcome is noted
///   finish   its delivery is reviewed: with the last branch it is concluded
///   release  it is dropped, and counted so: it had nowhere to go
///
/// settle() closes one whose consumer is told so, give_up() one whose consumer gets no more of it,
/// which is counted as a drop. conclude() is the delivery's.
///
/// Threading: loop-confined. Spec: AMQP 1.0 §2.6.12, §3.4
class Settlement {
public:
    Settlement(
        LinkTable& links, Accounts& accounts, Tally& tally, DeliveryPool& pool, const Clock& clock)
        : links_{links}, accounts_{accounts}, tally_{tally}, pool_{pool}, clock_{clock} {}

    /// A consumer changed a branch. True: its link was freed of it in the middle, and may take
    /// more.
    [[nodiscard]] bool update_from_consumer(Link& link,
                                            Branch& branch,
                                            const DeliveryUpdate& update);
    /// Links that were freed in the middle of a delivery, and may take more.
    using Freed = std::vector<Link*>;
    /// A producer changed a delivery.
    [[nodiscard]] Freed update_from_producer(Delivery& delivery, const DeliveryUpdate& update);
    /// Its producer is gone and will not settle what consumers have answered: they are told.
    [[nodiscard]] Freed settle_answered(Delivery& delivery);
    /// Its producer was behind a router that is gone. Who settles second is told that it is
    /// settled, be it here, on another loop or behind another router; who settles first goes on.
    [[nodiscard]] Freed producer_lost(Delivery& delivery);
    /// Its producer stated something of a delivery: so its consumers are told.
    void pass_state(Delivery& delivery, Bytes state);

    /// For its producer all branches of a delivery are gone through: that takes of the turn of the
    /// producer's connection.
    void spend(const Delivery& delivery) const;

    /// Where what came in goes is decided: what is not passed on is kept, and the producer hears
    /// what it may send.
    [[gnu::always_inline]] void end_decision(const Incoming& in) {
        if (in.delivery == nullptr) {
            accounts_.offer(in.link);
        } else {
            end_with_delivery(in.link, *in.delivery, in.arrival.payload);
        }
    }
    /// All bytes of a branch have left: it is unsettled now, or closed if nobody will answer.
    void all_sent(Branch& branch);
    /// A branch is over, with `outcome`.
    void close(Branch& branch, Bytes outcome);
    /// A branch holds back its producer no longer.
    static void waive(Branch& branch) {
        branch.delivery->claiming -= branch.claims ? 1U : 0U;
        branch.claims = false;
    }
    /// What follows from how the branches of a delivery are now: concludes it if all are closed.
    /// For most branches that end that is nothing.
    [[gnu::always_inline]] void review(Delivery& delivery) {
        if (delivery.unsent_branches == 0) {
            accounts_.delivered(delivery);
        }
        if (delivery.open_branches == 0) {
            conclude_with_strongest(delivery);
        } else if (delivery.answered == delivery.open_branches) [[unlikely]] {
            decide_late(delivery);
        } else if (delivery.claiming == 0 && !delivery.waived) [[unlikely]] {
            waive_claims(delivery);
        }
    }
    /// Closes a branch and reviews its delivery.
    void finish(Branch& branch, Bytes outcome);
    /// No branch is open: the producer hears `outcome`, and the delivery is forgotten.
    void conclude(Delivery& delivery, Bytes outcome);
    /// Lets go a branch that has nowhere to go.
    void release(Branch& branch, DropReason reason);
    /// This consumer does not get the rest; the caller reviews the delivery.
    void give_up(Branch& branch, DropReason reason);
    /// The same of one that is too large for its consumer. Of a multicast the other copies tell
    /// what becomes of it, if there are any.
    void give_up_large(Branch& branch);

private:
    void end_with_delivery(Link& in, Delivery& delivery, Bytes payload);
    void give_up(Branch& branch, DropReason reason, Bytes outcome);
    void shut(Branch& branch);
    static void tell(Link& in, Delivery& delivery, Bytes state);
    void record(Delivery& delivery, Bytes outcome);
    bool stays_open(const Link& link, Branch& branch, Bytes state);
    void answer(Link& in, Branch& branch, Bytes state);
    void decide(Link& in, Delivery& delivery);
    void decide_late(Delivery& delivery);
    Link* settle(Branch& branch, Bytes state);
    template <class StateFor>
    Freed settle_those(Delivery& delivery, StateFor state_for);
    void orphan(Delivery& delivery);
    bool comes_from_ours(const Delivery& delivery) const;
    void waive_claims(Delivery& delivery);
    void conclude_with_strongest(Delivery& delivery);

    LinkTable& links_;
    Accounts& accounts_;
    Tally& tally_;
    DeliveryPool& pool_;
    const Clock& clock_;
};

}  // namespace weft::router

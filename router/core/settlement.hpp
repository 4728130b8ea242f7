#pragma once

#include "router/core/accounts.hpp"
#include "router/core/clock.hpp"
#include "router/core/delivery.hpp"
#include "router/core/link_table.hpp"
#include "router/core/tally.hpp"

#include <cstdint>

namespace weft::router {

/// From the consumer's outcome back to the producer, end to end: how branches end, and with the
/// last one the delivery.
///
/// A delivery is concluded, and freed, in finish(), review() and conclude() only: whoever closes
/// branches one after the other with close() may look at the delivery until it calls review().
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
    /// A producer changed a delivery. Not null: that link was freed in the middle of it, and may
    /// take more.
    [[nodiscard]] Link* update_from_producer(Delivery& delivery, const DeliveryUpdate& update);
    /// The producer settled what its consumer decided on, or is gone and never will. Returns as
    /// update_from_producer().
    [[nodiscard]] Link* finish_decided(Delivery& delivery, Bytes state);

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
    void review(Delivery& delivery) {
        if (delivery.unsent_branches == 0) {
            accounts_.delivered(delivery);
        }
        if (delivery.open_branches == 0) {
            conclude_with_strongest(delivery);
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

private:
    void shut(Branch& branch);
    static void record(Delivery& delivery, Bytes outcome);
    void tell_producer(Link& in, Delivery& delivery, Bytes state);
    void waive_claims(Delivery& delivery);
    void conclude_with_strongest(Delivery& delivery);

    LinkTable& links_;
    Accounts& accounts_;
    Tally& tally_;
    DeliveryPool& pool_;
    const Clock& clock_;
};

}  // namespace weft::router

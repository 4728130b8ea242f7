#pragma once

#include "router/core/accounts.hpp"
#include "router/core/branch.hpp"
#include "router/core/clock.hpp"
#include "router/core/delivery.hpp"
#include "router/core/drains.hpp"
#include "router/core/head_writer.hpp"
#include "router/core/incoming.hpp"
#include "router/core/lines.hpp"
#include "router/core/routes.hpp"
#include "router/core/settlement.hpp"
#include "router/core/tally.hpp"

#include <vector>

namespace weft::router {

/// Deliveries that go out: at once where a consumer is ready, in pieces where it is not.
///
/// Invariants:
///   I1  only the branch at the front of a link's queue has begun
///   I2  a link that took less than it was given is `full` and in line before its gate, until that
///       opens
///
/// Threading: loop-confined. Spec: AMQP 1.0 §2.6.7, §2.7.5
class Outgoing {
public:
    Outgoing(Accounts& accounts,
             Routes& routes,
             Tally& tally,
             DeliveryPool& pool,
             Settlement& settlement,
             Lines& lines,
             Drains& drains,
             HeadWriter& heads,
             const Clock& clock)
        : accounts_{accounts},
          routes_{routes},
          tally_{tally},
          pool_{pool},
          settlement_{settlement},
          lines_{lines},
          drains_{drains},
          heads_{heads},
          clock_{clock} {}

    // --- what came in just now; the caller reviews the delivery ----------------------------------
    /// Starts a branch on a consumer that is ready. False: it took nothing after all.
    bool launch(Branch& branch, Link& out, const Arrival& arrival);
    /// Sends a whole presettled message of which no Delivery was made.
    Sent send_settled(Link& out, const Arrival& arrival);
    /// Queues a branch for `out`, of which `sent` went out already.
    void adopt(Branch& branch, Link& out, const Sent& sent);
    /// True if the next router takes a message now.
    static bool takes_now(const Route& route, const Arrival& message);
    /// Gives a branch to a neighbour: at once if its link is free, after what it has already if
    /// not.
    void send_over(Branch& branch, Route& route, const Arrival& arrival);
    /// Gives a branch that is not whole to the loop to which `exit` leads, which is ready for one
    /// more, on a link of its own: the exit is free for others. False: there can be none.
    bool send_beside(Branch& branch, Link& exit, const Arrival& arrival);
    /// Gives a consumer that has had all before them the bytes that came in. True: the branch is
    /// complete.
    bool continue_with(Branch& branch, const Arrival& arrival);

    // --- what waits ------------------------------------------------------------------------------
    /// Passes on what is kept for a link, as far as it takes it.
    void pump(Link& link);
    /// Gives a consumer that is ready what waits at its address.
    void feed(Link& link);
    /// Nothing waits that a consumer which is ready would take.
    bool is_fed(const Link& link) { return lines_.next(link) == nullptr; }
    /// What stood before what other loops brought is gone, and could go to none.
    void feed_loops(const Address& address);
    /// A consumer may take more than before.
    void resume(Link& link);
    void resume_all(const std::vector<Link*>& links);
    /// A consumer is not tried until its gate opens, which is shut. Other loops are to be offered
    /// what is left.
    static void wait_for_gate(Link& out) { stand_in_line(out, /*held_up=*/true); }
    /// Asks at most `left` of those in line before a gate that are due, until one is held up.
    void let_through(Gate& gate, std::size_t& left);

private:
    Sent pass_on(Branch& branch, Bytes payload, bool more, const Head* known = nullptr);
    void begun(Branch& branch, const Sent& sent, bool settled);
    void use_credit(Link& out);
    void note_full(Link& out, bool held_up);
    static void stand_in_line(Link& out, bool held_up);
    void offer_loops(const Link& consumer);
    Link* beside(Link& exit);
    bool pump(Branch& branch);

    Accounts& accounts_;
    Routes& routes_;
    Tally& tally_;
    DeliveryPool& pool_;
    Settlement& settlement_;
    Lines& lines_;
    Drains& drains_;
    HeadWriter& heads_;
    const Clock& clock_;
};

}  // namespace weft::router

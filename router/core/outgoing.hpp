#pragma once

#include "router/core/accounts.hpp"
#include "router/core/branch.hpp"
#include "router/core/clock.hpp"
#include "router/core/delivery.hpp"
#include "router/core/head_writer.hpp"
#include "router/core/incoming.hpp"
#include "router/core/settlement.hpp"
#include "router/core/tally.hpp"

#include <vector>

namespace weft::router {

/// Large messages that are moved out of the way of a consumer that does not take them, at once.
inline constexpr std::size_t kPassedOverMax = 100;

/// Bytes of one multicast message that may wait for a stalled consumer.
inline constexpr std::size_t kStalledMessageBytesMax = std::size_t{64} * 1024;

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
             Tally& tally,
             DeliveryPool& pool,
             Settlement& settlement,
             HeadWriter& heads,
             const Clock& clock)
        : accounts_{accounts},
          tally_{tally},
          pool_{pool},
          settlement_{settlement},
          heads_{heads},
          clock_{clock} {}

    // --- what came in just now; the caller reviews the delivery
    // ------------------------------------
    /// Starts a branch on a consumer that is ready. False: it took nothing after all.
    bool launch(Branch& branch, Link& out, const Arrival& arrival);
    /// Sends a whole presettled message of which no Delivery was made.
    Sent send_settled(Link& out, const Arrival& arrival);
    /// Queues a branch for `out`, of which `sent` went out already.
    void adopt(Branch& branch, Link& out, const Sent& sent);
    /// Gives a consumer that has had all before them the bytes that came in. True: the branch is
    /// complete.
    bool continue_with(Branch& branch, const Arrival& arrival);
    /// Keeps the bytes that came in last if some branch has not passed them on.
    void keep_rest(Delivery& delivery, Bytes payload) {
        if (delivery.first_chunk != nullptr || is_behind(delivery)) {
            keep(delivery, payload);
        }
    }
    void keep(Delivery& delivery, Bytes payload);

    // --- what waits ------------------------------------------------------------------------------
    /// Passes on what is kept for a link, as far as it takes it.
    void pump(Link& link);
    /// Gives a consumer that is ready what waits at its address.
    void feed(Link& link);
    /// What stood before what other loops brought is gone, and could go to none.
    void feed_loops(const Address& address);
    /// Puts a branch in its place among those that wait for consumers of an address: by its size,
    /// if some take no more than so much. What none takes comes back.
    void wait(Address& address, Branch& branch, Scope scope);
    /// Addresses of which a consumer's limit makes more to be sorted than a turn may, or consumers
    /// that drain are to be answered: the chores go on, who take them from here.
    std::vector<Address*>& put_off() { return put_off_; }
    /// A consumer may take more than before.
    void resume(Link& link);
    void resume_all(const std::vector<Link*>& links);
    /// A consumer is not tried until its gate opens, which is shut. Other loops are to be offered
    /// what is left.
    static void wait_for_gate(Link& out) { stand_in_line(out, /*held_up=*/true); }
    /// Asks at most `left` of those in line before a gate that are due, until one is held up.
    void let_through(Gate& gate, std::size_t& left);
    /// Another loop, or a container, has sent all it had, as it was asked to, or is gone. Consumers
    /// that drain are to be answered after the last one.
    void sent_rest(Link& producer);
    /// Once a second: what the containers of an address keep of its consumers' credit, and whether
    /// consumers that drain still wait for somebody.
    void look_at_rations(Address& address);
    /// At most `left` of them. Counts down.
    void answer_drains(Address& address, std::size_t& left);

    // --- consumers that take nothing
    // ---------------------------------------------------------------
    /// True of a stalled consumer's copy of a multicast message that would take too much memory.
    static bool is_too_large_to_wait(const Branch& branch);
    /// True if somebody has not passed on all that came in of it.
    static bool is_behind(const Delivery& delivery) {
        const Branch& first = delivery.branch;
        return delivery.behind != nullptr || (first.is_open() && first.sent < delivery.received);
    }
    /// This consumer does not get the rest; the caller reviews the delivery.
    void give_up(Branch& branch, DropReason reason);

    // --- consumers with a limit ------------------------------------------------------------------
    /// What came in of a message so far, as a consumer sees it: without what only routers read.
    static std::uint64_t size_of(Delivery& delivery);
    /// True if what came in so far is more than its consumer takes.
    static bool is_too_large(const Branch& branch);
    /// Its consumer does not get it, for that; the caller reviews the delivery.
    void give_up_large(Branch& branch);
    /// What the producer of a message hears that no consumer takes.
    static Buffer too_large();

private:
    Sent pass_on(Branch& branch, Bytes payload, bool more, const Head* known = nullptr);
    void begun(Branch& branch, const Sent& sent, bool settled);
    void use_credit(Link& out);
    void note_full(Link& out, bool held_up);
    static void stand_in_line(Link& out, bool held_up);
    void offer_loops(const Link& consumer);
    bool pump(Branch& branch);
    WaitingLine* next_line(const Link& link);
    void pass_over_large(const Link& link);
    void put_off(Address& address, WaitingLine& line);
    void put_off(Address& address);
    void give_up(Branch& branch, DropReason reason, Bytes outcome);
    void answer_drain(Link& link);
    static bool awaits_spread(Link& link);
    bool awaits_others(Link& link);
    static bool end_drains(Address& address);
    void ask_for_rest(Link& producer);

    Accounts& accounts_;
    Tally& tally_;
    DeliveryPool& pool_;
    Settlement& settlement_;
    HeadWriter& heads_;
    const Clock& clock_;
    std::vector<Address*> put_off_;  // each is `followed`
};

}  // namespace weft::router

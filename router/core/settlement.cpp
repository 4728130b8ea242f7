#include "router/core/settlement.hpp"

#include "common/base/keyed_hash.hpp"
#include "common/wire/delivery_state.hpp"
#include "router/core/branch.hpp"
#include "router/core/measure.hpp"
#include "router/core/outcome_rank.hpp"
#include "router/core/waiting_line.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace weft::router {
namespace {

/// A consumer that settles without an outcome has said its source's default outcome, if it named
/// one. Seldom asked, and kept out of the way of those who say theirs. Spec: AMQP 1.0 §3.5.3
[[gnu::noinline]] bool speaks_by_default(const Link& consumer, const Branch& branch, Bytes state) {
    return consumer.default_outcome != nullptr && !branch.answered &&
           (state.empty() || wire::outcome_of(state) == wire::Outcome::received);
}

bool is_clients(const Branch& branch) {
    return branch.link != nullptr && branch.link->connection.traits.is_client;
}

/// Its consumer has it, or has answered before it came whole.
bool awaits_settlement(const Branch& branch) {
    return branch.stage == Stage::unsettled || branch.answered;
}

}  // namespace

bool Settlement::update_from_consumer(Link& link, Branch& branch, const DeliveryUpdate& update) {
    Delivery& delivery = *branch.delivery;
    Bytes state = update.state;
    bool terminal = wire::is_terminal(state);
    if (!terminal && update.settled && speaks_by_default(link, branch, state)) [[unlikely]] {
        state = *link.default_outcome;
        terminal = true;
    }
    link.progress = clock_.tenths();
    link.stalled = false;
    if (terminal && !branch.answered && !branch.presettled) {
        tally_.outcome(link, state);
    }
    if (!update.settled && stays_open(link, branch, state)) {
        return false;
    }
    tally_.delay(link, delivery);
    const bool half_sent = branch.stage != Stage::unsettled;
    if (half_sent) {
        link.port().abort(link);
    } else if (!update.settled) {
        link.port().update(link, update.id, state, /*settled=*/true);
    }
    finish(branch, state);
    return half_sent;
}

/// A consumer said something of a branch, and did not settle. True if that ends nothing: it is only
/// progress, or an outcome that the producer is to settle first (receiver settle mode second).
bool Settlement::stays_open(const Link& link, Branch& branch, Bytes state) {
    Delivery& delivery = *branch.delivery;
    const bool terminal = wire::is_terminal(state);
    if (!terminal && is_multicast(address_of(branch))) {
        // Of one of ours: whomever it waits for there is stalled. Of others it is only progress.
        if (is_ours(link.connection)) {
            waive(branch);
            review(delivery);
        }
        return true;
    }
    Link* const in = delivery.settled ? nullptr : links_.find(delivery.in);
    if (in == nullptr) {
        return !terminal;
    }
    if (terminal) {
        answer(*in, branch, state);
    } else if (!in->port().reads_slowly(*in)) {
        tell(*in, delivery, state);
    }
    return true;
}

/// Its producer hears what a consumer said and did not settle, unless that was said before. It may
/// be said anew, and otherwise, as often as a consumer likes: who has much to read already hears of
/// the first outcome only, and of the last one when it is settled.
void Settlement::tell(Link& in, Delivery& delivery, Bytes state) {
    const std::uint64_t said = TextHash{}(as_text(state)) | 1;
    if (std::exchange(delivery.told, said) != said) {
        in.port().update(in, delivery.in_id, state, /*settled=*/false);
    }
}

/// A consumer stated the outcome of a branch, and waits until the producer settles.
void Settlement::answer(Link& in, Branch& branch, Bytes state) {
    Delivery& delivery = *branch.delivery;
    if (!branch.answered) {
        branch.answered = true;
        ++delivery.answered;
        if (!delivery.is_linked()) {
            in.answered.push_back(delivery);
        }
    }
    if (!delivery.copied) {
        pool_.keep_state(delivery, delivery.outcome, state);
    } else {
        record(delivery, state);
    }
    if (delivery.answered == delivery.open_branches) {
        decide(in, delivery);
    }
}

/// All consumers have answered: the producer is told, and is to settle.
void Settlement::decide(Link& in, Delivery& delivery) {
    const bool first = !delivery.is_decided();
    if (first) {
        delivery.life = Delivery::Life::decided;
        tally_.outcome(in, strongest_of(delivery));
    }
    if (first || !in.port().reads_slowly(in)) {
        tell(in, delivery, strongest_of(delivery));
    }
}

/// The last consumer that had not answered is gone, or settled itself.
void Settlement::decide_late(Delivery& delivery) {
    Link* const in = delivery.settled ? nullptr : links_.find(delivery.in);
    if (in != nullptr && !delivery.is_decided()) {
        decide(*in, delivery);
    }
}

/// Tells the consumer of a branch that its delivery is settled, and ends it; the caller reviews the
/// delivery. Not null: that link was freed in the middle of it.
Link* Settlement::settle(Branch& branch, Bytes state) {
    Link& out = *branch.link;
    tally_.delay(out, *branch.delivery);
    if (!branch.answered && !branch.presettled) {
        tally_.outcome(out, state);
    }
    const bool half_sent = branch.stage != Stage::unsettled;
    if (half_sent) {
        out.port().abort(out);
    } else {
        out.port().update(out, branch.id, state, /*settled=*/true);
    }
    close(branch, {});
    return half_sent ? &out : nullptr;
}

void Settlement::spend(const Delivery& delivery) const {
    Link* const in = delivery.copied ? links_.find(delivery.in) : nullptr;
    if (in != nullptr) {
        in->port().spend(*in, delivery.open_branches);
    }
}

/// Settles the branches for which `state_for` has a state, and reviews the delivery.
template <class StateFor>
Settlement::Freed Settlement::settle_those(Delivery& delivery, StateFor state_for) {
    spend(delivery);
    Freed freed;
    Branch* next = nullptr;
    for (Branch* branch = &delivery.branch; branch != nullptr; branch = next) {
        next = next_of(*branch);
        const std::optional<Bytes> state = state_for(*branch);
        Link* const link = state ? settle(*branch, *state) : nullptr;
        if (link != nullptr) {
            freed.push_back(link);
        }
    }
    review(delivery);
    return freed;
}

Settlement::Freed Settlement::update_from_producer(Delivery& delivery,
                                                   const DeliveryUpdate& update) {
    if (!update.settled) {
        if (!update.state.empty()) {
            pass_state(delivery, update.state);
        }
        return {};
    }
    if (wire::outcome_of(update.state) == wire::Outcome::received && comes_from_ours(delivery)) {
        return producer_lost(delivery);
    }
    delivery.settled = true;
    if (delivery.is_headless()) {
        return {};
    }
    return settle_those(delivery, [&](const Branch& branch) {
        return awaits_settlement(branch) ? std::optional(update.state) : std::nullopt;
    });
}

Settlement::Freed Settlement::settle_answered(Delivery& delivery) {
    delivery.settled |= delivery.is_decided();
    delivery.unlink();
    return settle_those(delivery, [](const Branch& branch) {
        return branch.answered ? std::optional(Bytes{}) : std::nullopt;
    });
}

Settlement::Freed Settlement::producer_lost(Delivery& delivery) {
    if (!delivery.whole) {
        delivery.settled = true;
        return {};  // the rest of it will not come: it is abandoned
    }
    orphan(delivery);
    return settle_those(delivery, [](const Branch& branch) -> std::optional<Bytes> {
        if (!awaits_settlement(branch)) {
            return std::nullopt;
        }
        const Link& out = *branch.link;
        if (is_ours(out.connection)) {
            return wire::kReceived;  // consumers there that settle first go on
        }
        const bool waits = branch.answered || out.settles_second;
        return waits || out.connection.traits.from_router ? std::optional(Bytes{}) : std::nullopt;
    });
}

/// Nobody waits for what becomes of it any more, and it counts against nobody.
void Settlement::orphan(Delivery& delivery) {
    if (delivery.is_linked()) {
        delivery.unlink();
    }
    Link* const in = links_.find(delivery.in);
    tally_.unstuck(delivery, in);
    delivery.stuck = false;
    accounts_.discharge(delivery);
    accounts_.return_credit(in, delivery);
    delivery.in = {};
}

bool Settlement::comes_from_ours(const Delivery& delivery) const {
    const Link* const in = links_.find(delivery.in);
    return in != nullptr && is_ours(in->connection);
}

void Settlement::pass_state(Delivery& delivery, Bytes state) {
    if (delivery.state == nullptr) {
        delivery.state = std::make_unique<Buffer>();
    } else if (std::ranges::equal(*delivery.state, state)) {
        return;
    }
    pool_.keep_state(delivery, *delivery.state, state);
    if (delivery.is_headless()) {
        return;
    }
    spend(delivery);
    for (Branch* branch = &delivery.branch; branch != nullptr; branch = next_of(*branch)) {
        if (branch->is_open() && branch->has_begun() && !branch->settled) {
            Link& out = *branch->link;
            if (!out.port().reads_slowly(out)) {
                out.port().update(out, branch->id, state, /*settled=*/false);
            }
        }
    }
}

void Settlement::end_with_delivery(Link& in, Delivery& delivery, Bytes payload) {
    // One more is under way and one less may come: that is no news for a producer. For another
    // loop it is, which is offered what consumers here can take.
    const bool news = !delivery.claims.credit || in.connection.traits.is_loop;
    accounts_.keep_rest(delivery, payload);
    if (delivery.unsent_branches == 0) {
        Accounts::delivered(in, delivery);
    }
    review(delivery);
    if (news) {
        accounts_.offer(in);
    }
}

void Settlement::all_sent(Branch& branch) {
    Delivery& delivery = *branch.delivery;
    Link& out = *branch.link;
    if (branch.is_linked()) {
        if (branch.is_marked()) [[unlikely]] {
            pass_marks(branch);
        }
        branch.unlink();
        --out.queued;
        out.outlet.busy = !out.queue.empty();
        out.outlet.changed();
    }
    branch.stage = Stage::unsettled;
    --delivery.unsent_branches;
    if (branch.settled) {
        close(branch, delivery.settled ? Bytes{} : wire::kAccepted);
        return;
    }
    out.unsettled.push_back(branch);
    if (delivery.settled && !out.connection.traits.from_router) {
        waive(branch);
    }
}

/// A branch counts no longer, anywhere. A copy is gone.
[[gnu::always_inline]] inline void Settlement::shut(Branch& branch) {
    Delivery& delivery = *branch.delivery;
    const bool lagged = lags(branch);
    const bool unsent = branch.stage != Stage::unsettled;
    if (branch.link != nullptr) {
        branch.link->progress = clock_.tenths();
        unassign(branch);
    } else if (branch.line != nullptr) {
        branch.line->remove(branch);
    } else if (branch.is_linked()) {
        branch.unlink();  // it stood for others
    }
    branch.stage = Stage::closed;
    delivery.unsent_branches -= unsent ? 1U : 0U;
    --delivery.open_branches;
    delivery.answered -= branch.answered ? 1U : 0U;
    branch.answered = false;
    waive(branch);
    if (lagged && delivery.open_branches > 0) {
        accounts_.catch_up(delivery);
    }
    if (is_copy(branch)) {
        pool_.free(static_cast<Copy&>(branch));
    }
}

void Settlement::record(Delivery& delivery, Bytes outcome) {
    if (outcome.empty()) {
        return;
    }
    const bool plain = std::ranges::equal(outcome, wire::kAccepted);  // as most consumers say
    if (plain && delivery.outcome.empty()) [[likely]] {
        delivery.accepted = true;
        return;
    }
    const Bytes before = strongest_of(delivery);
    if (before.empty() || rank_of(outcome) > rank_of(before)) {
        pool_.keep_state(delivery, delivery.outcome, outcome);
    }
}

void Settlement::close(Branch& branch, Bytes outcome) {
    Delivery& delivery = *branch.delivery;
    shut(branch);
    record(delivery, outcome);
}

void Settlement::finish(Branch& branch, Bytes outcome) {
    Delivery& delivery = *branch.delivery;
    shut(branch);
    if (delivery.open_branches == 0 && !delivery.copied) [[likely]] {
        conclude(delivery, outcome.empty() ? strongest_of(delivery) : outcome);
        return;
    }
    record(delivery, outcome);
    review(delivery);
}

void Settlement::release(Branch& branch, DropReason reason) {
    const Delivery& delivery = *branch.delivery;
    tally_.drop(links_.find(delivery.in), reason, delivery.presettled());
    finish(branch, wire::kReleased);
}

void Settlement::give_up(Branch& branch, DropReason reason) {
    const bool failed = branch.has_begun() && reason == DropReason::consumer_queue_full;
    give_up(branch, reason, failed ? wire::kModifiedFailed : wire::kReleased);
}

void Settlement::give_up(Branch& branch, DropReason reason, Bytes outcome) {
    Link* const out = branch.link;  // null: it waits for one
    tally_.drop(out, reason, branch.delivery->presettled());
    if (branch.has_begun()) {
        out->port().abort(*out);
    }
    close(branch, outcome);
}

void Settlement::give_up_large(Branch& branch) {
    Delivery& delivery = *branch.delivery;
    const Buffer refused = rejected_for_size();
    const bool single = !delivery.copied;
    give_up(branch, DropReason::too_large, single ? Bytes(refused) : Bytes{});
    if (delivery.open_branches == 0 && !delivery.has_outcome()) {
        delivery.outcome = refused;
    }
}

/// Only stalled consumers have not settled it: neither its producer here nor those who passed it on
/// to us, and hold back theirs, need wait for them. It is at the expense of one of them.
void Settlement::waive_claims(Delivery& delivery) {
    delivery.waived = true;
    Link* in = links_.find(delivery.in);
    if (in != nullptr && is_ours(in->connection) && !delivery.settled) {
        in->port().update(*in, delivery.in_id, wire::kReceived, /*settled=*/false);
    }
    accounts_.return_credit(in, delivery);
    const Branch* branch = &delivery.branch;
    while (branch != nullptr && !(branch->is_open() && is_clients(*branch))) {
        branch = next_of(*branch);
    }
    if (branch != nullptr) {
        DeliveryPool::charge(delivery, *branch->link->connection.share);
    }
}

void Settlement::conclude_with_strongest(Delivery& delivery) {
    const Buffer kept = std::move(delivery.outcome);  // which is freed in between
    conclude(delivery, kept.empty() && delivery.accepted ? Bytes{wire::kAccepted} : Bytes{kept});
}

void Settlement::conclude(Delivery& delivery, Bytes outcome) {
    Link* in = links_.find(delivery.in);
    if (in != nullptr) {
        if (in->current == &delivery) {
            in->current = nullptr;
        }
        tally_.delay(*in, delivery);
        if (!delivery.settled) {
            if (!delivery.is_decided() && !delivery.provenance.presettled) {
                tally_.outcome(*in, outcome);
            }
            in->port().update(*in, delivery.in_id, outcome, /*settled=*/true);
        }
    }
    tally_.unstuck(delivery, in);
    accounts_.discharge(delivery);
    accounts_.return_credit(in, delivery);
    pool_.free(&delivery);
}

}  // namespace weft::router

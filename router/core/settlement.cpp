#include "router/core/settlement.hpp"

#include "router/core/branch.hpp"
#include "router/core/outcome.hpp"

#include <utility>

namespace weft::router {
namespace {

/// Which of several consumers' outcomes a multicast producer hears: rejected before accepted before
/// modified before released.
int rank(Bytes outcome) {
    switch (outcome_of(outcome)) {
        case Outcome::rejected:
            return 4;
        case Outcome::accepted:
            return 3;
        case Outcome::modified:
            return 2;
        case Outcome::released:
            return 1;
        case Outcome::none:
        case Outcome::received:
            return 0;
    }
    return 0;
}

/// A consumer that settles without an outcome has said its source's default outcome, if it named
/// one. Seldom asked, and kept out of the way of those who say theirs. Spec: AMQP 1.0 §3.5.3
[[gnu::noinline]] bool speaks_by_default(const Link& consumer,
                                         const Delivery& delivery,
                                         Bytes state) {
    return !consumer.default_outcome.empty() && !delivery.is_decided() &&
           (state.empty() || outcome_of(state) == Outcome::received);
}

}  // namespace

bool Settlement::update_from_consumer(Link& link, Branch& branch, const DeliveryUpdate& update) {
    Delivery& delivery = *branch.delivery;
    Bytes state = update.state;
    bool terminal = is_terminal(state);
    if (!terminal && update.settled && speaks_by_default(link, delivery, state)) [[unlikely]] {
        state = link.default_outcome;
        terminal = true;
    }
    link.progress = clock_.tenths();
    link.stalled = false;
    if (terminal && !delivery.is_decided()) {
        tally_.outcome(link, state);
    }
    if (!update.settled) {
        if (!terminal && is_multicast(address_of(branch))) {
            // Of one of ours: whomever it waits for there is stalled. Of others it is only
            // progress.
            if (is_ours(link.connection)) {
                waive(branch);
                review(delivery);
            }
            return false;
        }
        const bool single = delivery.more_branches == nullptr;
        Link* const in = delivery.settled || !single ? nullptr : links_.find(delivery.in);
        if (in != nullptr) {
            // The producer settles first (receiver settle mode second), or this is only progress.
            tell_producer(*in, delivery, state);
            return false;
        }
        if (!terminal) {
            return false;
        }
    }
    tally_.delay(link, delivery);
    const bool half_sent = branch.stage != Stage::unsettled;
    if (half_sent) {
        link.connection.port.abort(link);
    } else if (!update.settled) {
        link.connection.port.update(link, update.id, state, /*settled=*/true);
    }
    finish(branch, state);
    return half_sent;
}

/// Tells the producer what its consumer thinks of a delivery; if that is an outcome, it is to
/// settle.
void Settlement::tell_producer(Link& in, Delivery& delivery, Bytes state) {
    if (is_terminal(state)) {
        if (!delivery.is_decided()) {
            delivery.life = Delivery::Life::decided;
            in.decided.push_back(delivery);
            tally_.outcome(in, state);
        }
        delivery.outcome.assign(state.begin(), state.end());
    }
    in.connection.port.update(in, delivery.in_id, state, /*settled=*/false);
}

Link* Settlement::finish_decided(Delivery& delivery, Bytes state) {
    Branch& branch = delivery.branch;
    Link& out = *branch.link;
    delivery.settled = true;
    tally_.delay(out, delivery);
    const bool half_sent = branch.stage != Stage::unsettled;
    if (half_sent) {
        out.connection.port.abort(out);
    } else {
        out.connection.port.update(out, branch.id, state, /*settled=*/true);
    }
    finish(branch, {});
    return half_sent ? &out : nullptr;
}

Link* Settlement::update_from_producer(Delivery& delivery, const DeliveryUpdate& update) {
    if (!update.settled) {
        return nullptr;
    }
    if (delivery.is_decided() && !delivery.settled) {
        return finish_decided(delivery, update.state);
    }
    delivery.settled = true;
    if (delivery.is_headless()) {
        return nullptr;
    }
    for (Branch* branch = &delivery.branch; branch != nullptr; branch = next_of(*branch)) {
        if (branch->stage == Stage::unsettled) {
            Link& out = *branch->link;
            out.connection.port.update(out, branch->id, update.state, /*settled=*/true);
            tally_.outcome(out, update.state);
            close(*branch, {});
        }
    }
    review(delivery);
    return nullptr;
}

void Settlement::all_sent(Branch& branch) {
    Delivery& delivery = *branch.delivery;
    Link& out = *branch.link;
    if (branch.is_linked()) {
        branch.unlink();
        out.outlet.busy = !out.queue.empty();
        out.outlet.changed();
    }
    branch.stage = Stage::unsettled;
    --delivery.unsent_branches;
    if (branch.settled) {
        close(branch, delivery.settled ? Bytes{} : kAccepted);
        return;
    }
    out.unsettled.push_back(branch);
    if (delivery.settled && !out.connection.traits.from_router) {
        waive(branch);
    }
}

/// A branch counts no longer, anywhere.
void Settlement::shut(Branch& branch) {
    Delivery& delivery = *branch.delivery;
    const bool lagged = lags(branch);
    const bool unsent = branch.stage != Stage::unsettled;
    if (branch.link != nullptr) {
        branch.link->progress = clock_.tenths();
        unassign(branch);
    } else if (branch.is_linked()) {
        branch.unlink();  // it was waiting
    }
    branch.stage = Stage::closed;
    delivery.unsent_branches -= unsent ? 1U : 0U;
    --delivery.open_branches;
    waive(branch);
    if (lagged && delivery.open_branches > 0) {
        accounts_.charge(delivery, -static_cast<std::ptrdiff_t>(pool_.catch_up(delivery)));
    }
}

void Settlement::record(Delivery& delivery, Bytes outcome) {
    if (rank(outcome) > rank(delivery.outcome) || delivery.outcome.empty()) {
        delivery.outcome.assign(outcome.begin(), outcome.end());
    }
}

void Settlement::close(Branch& branch, Bytes outcome) {
    shut(branch);
    record(*branch.delivery, outcome);
}

void Settlement::finish(Branch& branch, Bytes outcome) {
    Delivery& delivery = *branch.delivery;
    shut(branch);
    if (delivery.open_branches == 0 && delivery.more_branches == nullptr) [[likely]] {
        conclude(delivery, outcome.empty() ? Bytes(delivery.outcome) : outcome);
        return;
    }
    record(delivery, outcome);
    review(delivery);
}

void Settlement::release(Branch& branch, DropReason reason) {
    const Delivery& delivery = *branch.delivery;
    tally_.drop(links_.find(delivery.in), reason, delivery.presettled());
    finish(branch, kReleased);
}

/// Only stalled consumers have not settled it: neither its producer here nor those who passed it on
/// to us, and hold back theirs, need wait for them.
void Settlement::waive_claims(Delivery& delivery) {
    delivery.waived = true;
    Link* in = links_.find(delivery.in);
    if (in != nullptr && is_ours(in->connection) && !delivery.settled) {
        in->connection.port.update(*in, delivery.in_id, kReceived, /*settled=*/false);
    }
    accounts_.waive(delivery);
}

void Settlement::conclude_with_strongest(Delivery& delivery) {
    const Buffer outcome = std::move(delivery.outcome);
    conclude(delivery, outcome);
}

void Settlement::conclude(Delivery& delivery, Bytes outcome) {
    Link* in = links_.find(delivery.in);
    if (in != nullptr) {
        if (in->current == &delivery) {
            in->current = nullptr;
        }
        tally_.delay(*in, delivery);
        if (!delivery.settled) {
            if (!delivery.is_decided()) {
                tally_.outcome(*in, outcome);
            }
            in->connection.port.update(*in, delivery.in_id, outcome, /*settled=*/true);
        }
    }
    tally_.unstuck(delivery, in);
    accounts_.discharge(delivery);
    accounts_.waive(delivery);
    pool_.free(&delivery);
}

}  // namespace weft::router

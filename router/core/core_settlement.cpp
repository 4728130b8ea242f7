#include "common/base/assert.hpp"
#include "router/core/core.hpp"
#include "router/core/outcome.hpp"

/// From the consumer's outcome back to the producer, end to end.
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

const Address* address_of(const Branch& branch) {
    return branch.route != nullptr ? branch.route->address : branch.link->address;
}

}  // namespace

void Core::update_from_consumer(Link& link, Branch& branch, const Update& update) {
    Delivery& delivery = *branch.delivery;
    link.progress = tenths_;
    link.stalled = false;
    const bool terminal = is_terminal(update.state);
    const bool single = delivery.more_branches == nullptr;
    Link* const in = delivery.settled ? nullptr : find(delivery.in);
    if (terminal && !delivery.decided) {
        count_outcome(link, update.state);
    }
    if (!update.settled && !terminal && is_multicast(address_of(branch))) {
        // Of one of ours: whomever it waits for there is stalled. Of others it is only progress.
        if (is_ours(link.connection)) {
            unhold(branch);
        }
        return;
    }
    if (!update.settled && single && in != nullptr) {
        // The producer settles first (receiver settle mode second), or this is only progress.
        relay(*in, delivery, update.state);
        return;
    }
    if (!update.settled && !terminal) {
        return;
    }
    count_delay(link, delivery);
    const bool half_sent = !branch.complete;
    if (half_sent) {
        link.connection.port.abort(link);
    } else if (!update.settled) {
        link.connection.port.update(link, update.id, update.state, /*settled=*/true);
    }
    close(branch, update.state);
    if (half_sent) {
        resume(link);
    }
}

/// Tells the producer what its consumer thinks of a delivery; if that is an outcome, it is to
/// settle.
void Core::relay(Link& in, Delivery& delivery, Bytes state) {
    if (is_terminal(state)) {
        if (!delivery.decided) {
            delivery.decided = true;
            in.decided.push_back(delivery);
            count_outcome(in, state);
        }
        delivery.outcome.assign(state.begin(), state.end());
    }
    in.connection.port.update(in, delivery.in_id, state, /*settled=*/false);
}

/// The producer settled what its consumer decided on, or is gone and never will.
void Core::finish_decided(Delivery& delivery, Bytes state) {
    Branch& branch = delivery.branch;
    Link& out = *branch.link;
    delivery.settled = true;
    count_delay(out, delivery);
    const bool half_sent = !branch.complete;
    if (half_sent) {
        out.connection.port.abort(out);
    } else {
        out.connection.port.update(out, branch.id, state, /*settled=*/true);
    }
    close(branch, {});
    if (half_sent) {
        resume(out);
    }
}

void Core::update_from_producer(Delivery& delivery, const Update& update) {
    if (!update.settled) {
        return;
    }
    if (delivery.decided && !delivery.settled) {
        finish_decided(delivery, update.state);
        return;
    }
    delivery.settled = true;
    if (delivery.headless) {
        return;
    }
    delivery.in_hand = true;
    for (Branch* branch = &delivery.branch; branch != nullptr; branch = next_of(*branch)) {
        if (branch->open && branch->complete) {
            Link& out = *branch->link;
            out.connection.port.update(out, branch->id, update.state, /*settled=*/true);
            count_outcome(out, update.state);
            close(*branch, {});
        }
    }
    let_out_of_hand(delivery);
}

/// Takes a branch from its link.
void Core::unassign(Branch& branch) {
    Link& link = *branch.link;
    --link.outlet.outstanding;
    if (branch.route != nullptr) {
        --branch.route->outstanding;
        branch.route = nullptr;
    }
    if (branch.is_linked()) {
        branch.unlink();
    }
    link.outlet.busy = !link.queue.empty();
    if (branch.stuck) {
        branch.stuck = false;
        --link.stuck;
    }
    branch.link = nullptr;
}

/// A branch is over, with `outcome`; with the last one the delivery is.
void Core::close(Branch& branch, Bytes outcome) {
    Delivery& delivery = *branch.delivery;
    const bool lagged = lags(branch);
    if (branch.link != nullptr) {
        branch.link->progress = tenths_;
        unassign(branch);
    } else if (branch.is_linked()) {
        branch.unlink();  // it was waiting
    }
    branch.open = false;
    if (!branch.complete && --delivery.unsent_branches == 0) {
        no_longer_undelivered(delivery);
    }
    --delivery.open_branches;
    const bool single = delivery.more_branches == nullptr;
    if (delivery.open_branches == 0 && single && !delivery.in_hand) {
        conclude(delivery, outcome.empty() ? Bytes(delivery.outcome) : outcome);
        return;
    }
    if (rank(outcome) > rank(delivery.outcome) || delivery.outcome.empty()) {
        delivery.outcome.assign(outcome.begin(), outcome.end());
    }
    if (delivery.open_branches == 0 && !delivery.in_hand) {
        const Buffer strongest = std::move(delivery.outcome);
        conclude(delivery, strongest);
        return;
    }
    unhold(branch);
    if (lagged) {
        caught_up(delivery);
    }
}

void Core::unhold(Branch& branch) {
    if (!branch.holds) {
        return;
    }
    branch.holds = false;
    if (--branch.delivery->holding == 0 && !branch.delivery->in_hand) {
        hold_no_longer(*branch.delivery);
    }
}

/// Only stalled consumers have not settled it: neither its producer here nor those who passed it on
/// to us, and hold back theirs, need wait for them.
void Core::hold_no_longer(Delivery& delivery) {
    Link* in = find(delivery.in);
    if (in != nullptr && is_ours(in->connection) && !delivery.settled) {
        in->connection.port.update(*in, delivery.in_id, kReceived, /*settled=*/false);
    }
    uncredit(delivery);
}

void Core::no_longer_undelivered(Delivery& delivery) {
    if (!delivery.undelivered || delivery.in_hand) {
        return;
    }
    delivery.undelivered = false;
    if (Link* in = find(delivery.in)) {
        --in->undelivered;
    }
}

/// The producer may send another one: nobody it has to wait for needs this one any more.
void Core::uncredit(Delivery& delivery) {
    if (delivery.credited) {
        return;
    }
    uncharge(delivery);
    no_longer_undelivered(delivery);
    delivery.credited = true;
    if (Link* in = find(delivery.in)) {
        --in->outstanding;
        offer_credit(*in);
    }
}

/// What is still kept of it is not at its producer's expense any more.
void Core::uncharge(Delivery& delivery) {
    if (delivery.first_chunk != nullptr) {
        hold(delivery, -static_cast<std::ptrdiff_t>(delivery.received - delivery.dropped));
    }
    delivery.charged = false;
}

/// No branch is open: the producer hears `outcome`, and the delivery is forgotten.
void Core::conclude(Delivery& delivery, Bytes outcome) {
    Link* in = find(delivery.in);
    delivery.in_hand = false;
    if (in != nullptr) {
        count_delay(*in, delivery);
        if (in->current == &delivery) {
            in->current = nullptr;
        }
        if (delivery.stuck) {
            --in->stuck;
        }
        if (!delivery.settled) {
            if (!delivery.decided) {
                count_outcome(*in, outcome);
            }
            in->connection.port.update(*in, delivery.in_id, outcome, /*settled=*/true);
        }
    }
    counters_.stuck -= delivery.stuck ? 1 : 0;
    uncharge(delivery);
    uncredit(delivery);
    pool_.free(&delivery);
}

void Core::count_delay(Link& link, const Delivery& delivery) {
    const std::uint32_t age = tenths_ - delivery.arrived;
    if (age < 10) [[likely]] {
        return;
    }
    std::uint64_t& of_link = age < 100 ? link.counters.delayed_1s : link.counters.delayed_10s;
    ++of_link;
    if (link.direction == Direction::in && !link.connection.is_relay()) {
        ++(age < 100 ? counters_.delayed_1s : counters_.delayed_10s);
    }
}

void Core::count_outcome(Link& link, Bytes outcome) {
    const auto count = [&](std::uint64_t DeliveryCounters::*which) {
        ++(link.counters.*which);
        if (link.direction == Direction::in && !link.connection.is_relay()) {
            ++(counters_.*which);
        }
    };
    switch (outcome_of(outcome)) {
        case Outcome::accepted:
            count(&DeliveryCounters::accepted);
            break;
        case Outcome::rejected:
            count(&DeliveryCounters::rejected);
            break;
        case Outcome::released:
            count(&DeliveryCounters::released);
            break;
        case Outcome::modified:
            count(&DeliveryCounters::modified);
            break;
        case Outcome::none:
        case Outcome::received:
            break;
    }
}

void Core::count_drop(Link* link, DropReason reason, bool presettled) {
    ++counters_.dropped[static_cast<int>(reason)];
    if (presettled) {
        ++counters_.dropped_presettled;
        if (link != nullptr) {
            ++link->counters.dropped_presettled;
        }
    }
}

/// A consumer went away. Anycast deliveries that it had not begun to get are not among its own:
/// they wait at the address.
void Core::lose_consumer(Link& link) {
    std::vector<Link*> others;
    for (BranchList* const list : {&link.unsettled, &link.queue}) {
        while (!list->empty()) {
            Branch& branch = list->front();
            const Delivery& delivery = *branch.delivery;
            if (delivery.decided) {
                close(branch, {});
                continue;
            }
            if (branch.route != nullptr && !branch.started) {
                forward_again(branch, others);
                continue;
            }
            count_drop(find(delivery.in), DropReason::consumer_lost,
                       delivery.presettled() && (branch.route != nullptr || !branch.complete));
            close(branch, branch.started ? kModifiedFailed : kReleased);
        }
    }
    resume_all(others);
}

}  // namespace weft::router

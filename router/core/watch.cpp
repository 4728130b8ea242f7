#include "router/core/watch.hpp"

#include "router/core/branch.hpp"
#include "router/core/measure.hpp"

#include <algorithm>

namespace weft::router {
namespace {

/// So many deliveries were settled in the last second.
void note_rate(Link& link, std::uint32_t second) {
    const DeliveryCounters& counters = link.counters;
    const auto settled =
        static_cast<std::uint32_t>(counters.presettled + counters.accepted + counters.rejected +
                                   counters.released + counters.modified);
    link.settled_in[second % link.settled_in.size()] = settled - link.settled_before;
    link.settled_before = settled;
}

}  // namespace

void Watch::begin() {
    links_left_ = links_.slots();
    addresses_left_ = addresses_.size();
    blocked_ = 0;
}

/// From the end: of those that come and go meanwhile none is left out.
void Watch::go_on(std::size_t& left) {
    while (left > 0 && !stalling_.empty()) {
        Link* const link = links_.find(stalling_.front());
        if (link != nullptr) {
            release_claims(*link, left);
        }
        if (link == nullptr || link->next_claim == nullptr) {
            stalling_.pop_front();
        }
    }
    while (links_left_ > 0 && left > 0) {
        --left;
        if (Link* link = links_.at(--links_left_)) {
            look_at(*link, left);
        }
        if (links_left_ == 0) {
            tally_.blocked_links(blocked_);
        }
    }
    while (addresses_left_ > 0 && left > 0) {
        --left;
        addresses_left_ = std::min(addresses_left_, addresses_.size());
        if (addresses_left_ > 0) {
            look_at(*addresses_.all()[--addresses_left_], left);
        }
    }
}

void Watch::look_at(Link& link, std::size_t& left) {
    note_rate(link, clock_.tenths() / 10);
    const bool counts = link.connection.traits.is_client && link.life != Life::gone;
    blocked_ += is_blocked(link) && counts ? 1U : 0U;
    watch(link, left);
}

void Watch::look_at(Address& address, std::size_t& left) {
    const auto watch_list = [&](BranchList& list) { watch_oldest(list, left); };
    address.for_each_line([&](WaitingLine& line) { line.for_each_list(watch_list); });
    const bool drains = address.loops != nullptr && !address.loops->draining.empty();
    if (!address.containers().empty() || drains) {
        left -= std::min(left, address.containers().size());
        drains_.look_at_rations(address);
    }
    if (address.unused()) {  // other routers settled the last of it
        addresses_.erase(address);
    }
}

bool Watch::is_blocked(Link& link) const {
    const bool has_credit = link.direction == Direction::out
                                ? link.outlet.credit > 0
                                : link.granted && link.account.credit() > 0;
    if (has_credit) {
        link.zero_credit_since = 0;
        return false;
    }
    if (link.zero_credit_since == 0) {
        link.zero_credit_since = clock_.tenths();
        return false;
    }
    return clock_.tenths() - link.zero_credit_since >= kStuckAfterTenths;
}

void Watch::watch(Link& link, std::size_t& left) {
    if (link.direction == Direction::in || link.life == Life::gone) {
        return;
    }
    watch_oldest(link.queue, left);
    watch_oldest(link.unsettled, left);
    const bool settles_nothing = !link.unsettled.empty() && !link.unsettled.front().answered;
    const bool takes_nothing =
        (settles_nothing || !link.queue.empty()) && (link.outlet.credit == 0 || link.outlet.full);
    if ((takes_nothing || (settles_nothing && is_multicast(link.address))) &&
        clock_.tenths() - link.progress >= kStalledAfterTenths) {
        stall(link, left);
    }
}

/// True of a delivery that another loop's core has as well, whose producer is there: that one
/// counts it. It keeps none that is settled, once all of it was handed over.
bool Watch::is_watched_elsewhere(const Delivery& delivery) const {
    const Link* in = links_.find(delivery.in);
    return in != nullptr && in->connection.traits.is_loop && !(delivery.settled && delivery.whole);
}

/// Counts as stuck what is old: the oldest come first.
void Watch::watch_oldest(BranchList& branches, std::size_t& left) {
    std::size_t looked_at = 0;
    for (Branch& branch : branches) {
        if (clock_.tenths() - branch.delivery->arrived < kStuckAfterTenths ||
            looked_at == kStuckMax) {
            break;
        }
        ++looked_at;
        note_stuck(branch);
    }
    left -= std::min(left, looked_at);
}

void Watch::note_stuck(Branch& branch) {
    Delivery& delivery = *branch.delivery;
    if (!delivery.whole && branch.has_begun()) {
        return;  // a stream takes its time
    }
    if (!branch.stuck && branch.line != nullptr) {
        branch.line->note_stuck(branch);
    } else if (!branch.stuck && branch.link != nullptr) {
        branch.stuck = true;
        ++branch.link->stuck;
    }
    if (!delivery.stuck && !is_watched_elsewhere(delivery)) {
        tally_.stuck(delivery, links_.find(delivery.in));
    }
}

/// A consumer that takes nothing holds back the producers of a multicast no longer. Those of other
/// loops and routers are judged there.
void Watch::stall(Link& link, std::size_t& left) {
    if (link.stalled || link.outlet.relay) {
        return;
    }
    link.stalled = true;
    Branch* const first = !link.unsettled.empty() ? &link.unsettled.front()
                          : !link.queue.empty()   ? &link.queue.front()
                                                  : nullptr;
    if (is_multicast(link.address) && first != nullptr) {
        mark_next_claim(link, first);
        stalling_.push_back(link.self);
        release_claims(link, left);
    }
}

/// Producers need not wait for these any more; those that take too much memory are given up.
void Watch::release_claims(Link& link, std::size_t& left) {
    while (link.next_claim != nullptr && left > 0) {
        Branch& branch = *link.next_claim;
        mark_next_claim(link, link.stalled ? behind(branch) : nullptr);
        if (!link.stalled) {
            return;
        }
        --left;
        Delivery& delivery = *branch.delivery;
        const bool claimed = branch.claims;
        Settlement::waive(branch);
        if (branch.stage != Stage::unsettled && is_too_large_to_wait(branch)) {
            settlement_.give_up(branch, DropReason::consumer_queue_full);
        } else if (!claimed) {
            continue;
        }
        settlement_.review(delivery);
    }
}

}  // namespace weft::router

#include "router/core/core.hpp"
#include "router/core/outcome.hpp"

#include <algorithm>
#include <cstdint>

/// What does not move, and why.
namespace weft::router {

void Core::tick() {
    counters_.links_blocked = 0;
    for (const Slot& slot : slots_) {
        if (slot.link) {
            watch(*slot.link);
        }
    }
    std::vector<Address*> unused;
    addresses_.visit([&](Address& address) {
        watch_oldest(address.waiting);
        watch_oldest(address.relayed);
        if (address.unused()) {  // other routers settled the last of it
            unused.push_back(&address);
        }
    });
    for (Address* address : unused) {
        addresses_.erase(*address);
    }
    for (const auto& trunk : trunks_) {
        if (trunk->strayed) {
            gather_strays(*trunk);
        }
    }
}

void Core::watch(Link& link) {
    const DeliveryCounters& counters = link.counters;
    const std::uint64_t settled = counters.presettled + counters.accepted + counters.rejected +
                                  counters.released + counters.modified;
    link.settled_in[tenths_ / 10 % link.settled_in.size()] =
        static_cast<std::uint32_t>(settled - link.settled_before);
    link.settled_before = settled;

    const bool has_credit = link.direction == Direction::out
                                ? link.outlet.credit > 0
                                : link.granted && link.outstanding < link.capacity;
    if (has_credit) {
        link.zero_credit_since = 0;
    } else if (link.zero_credit_since == 0) {
        link.zero_credit_since = tenths_;
    } else if (tenths_ - link.zero_credit_since >= kStuckAfterTenths) {
        counters_.links_blocked += link.connection.is_client() ? 1U : 0U;
    }
    if (link.direction == Direction::out) {
        watch_oldest(link.queue);
        watch_oldest(link.unsettled);
        const bool settles_nothing = !link.unsettled.empty();
        const bool takes_nothing = (settles_nothing || !link.queue.empty()) &&
                                   (link.outlet.credit == 0 || link.outlet.full);
        if ((takes_nothing || (settles_nothing && is_multicast(link.address))) &&
            tenths_ - link.progress >= kStalledAfterTenths) {
            stall(link);
        }
    }
}

/// True of a delivery that another loop's core has as well, whose producer is there: that one
/// counts it. It keeps none that is settled, once all of it was handed over.
bool Core::is_watched_elsewhere(const Delivery& delivery) {
    const Link* in = find(delivery.in);
    return in != nullptr && in->connection.is_relay() && !(delivery.settled && delivery.whole);
}

/// Counts as stuck what is old; of a link's, the oldest come first.
void Core::watch_oldest(BranchList& branches) {
    for (Branch& branch : branches) {
        Delivery& delivery = *branch.delivery;
        if (tenths_ - delivery.arrived < kStuckAfterTenths) {
            if (branch.link != nullptr) {
                return;
            }
            continue;  // an urgent one, before older ones that wait at the address
        }
        if (!delivery.whole && branch.started) {
            continue;  // a stream takes its time
        }
        if (branch.link != nullptr && !branch.stuck) {
            branch.stuck = true;
            ++branch.link->stuck;
        }
        if (!delivery.stuck && !is_watched_elsewhere(delivery)) {
            delivery.stuck = true;
            ++counters_.stuck;
            if (Link* in = find(delivery.in)) {
                ++in->stuck;
            }
        }
    }
}

/// A consumer that takes nothing holds back the producers of a multicast no longer. Those of other
/// loops and routers are judged there.
void Core::stall(Link& link) {
    if (link.stalled || link.outlet.relay) {
        return;
    }
    link.stalled = true;
    if (!is_multicast(link.address)) {
        return;
    }
    for (Branch& branch : link.unsettled) {
        unhold(branch);
    }
    for (auto at = link.queue.begin(); at != link.queue.end();) {
        Branch& branch = *at++;
        unhold(branch);
        if (too_large_to_wait(branch)) {
            give_up(branch);
        }
    }
}

/// True of a stalled consumer's copy of a multicast message that would take too much memory.
bool Core::too_large_to_wait(const Branch& branch) const {
    return branch.open && branch.link != nullptr && branch.link->stalled &&
           is_multicast(branch.link->address) &&
           branch.delivery->received - branch.sent > kStalledMessageBytesMax;
}

/// This consumer does not get the rest.
void Core::give_up(Branch& branch) {
    Link& out = *branch.link;
    count_drop(&out, DropReason::consumer_queue_full, branch.delivery->presettled());
    if (branch.started) {
        out.connection.port.abort(out);
    }
    close(branch, branch.started ? kModifiedFailed : kReleased);
}

Blocked Core::blocked(const Link& link) const {
    if (link.direction == Direction::in) {
        if (link.address != nullptr && !link.address->reachable()) {
            return Blocked::no_consumer;
        }
        return link.outstanding >= link.capacity ? Blocked::capacity_used : Blocked::no;
    }
    if (link.stalled) {
        return Blocked::consumer_stalled;
    }
    if (link.outlet.credit == 0) {
        return Blocked::no_credit;
    }
    return link.outlet.full ? Blocked::connection_full : Blocked::no;
}

}  // namespace weft::router

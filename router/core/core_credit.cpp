#include "router/core/core.hpp"

#include <algorithm>

/// The credit of producers: it flows while somebody receives.
namespace weft::router {

void Core::offer_credit(Link& link) {
    const bool relay = link.connection.is_relay();
    const bool wanted = link.address == nullptr ||
                        (relay ? link.address->reachable_here() : link.address->reachable());
    const bool reachable = wanted && (!quiescing_ || !link.connection.is_client());
    if (!link.active || (!reachable && !link.granted)) {
        return;
    }
    if (!reachable) {
        // Given back by the peer when it likes to; what it still sends is released.
        link.connection.port.grant(link, 0, /*drain=*/true);
        link.granted = false;
        return;
    }
    link.granted = true;
    const std::uint32_t used = std::min<std::uint32_t>(link.outstanding, link.capacity);
    std::uint32_t credit = link.capacity - used;
    if (relay) {
        credit = std::min(credit, relay_room(*link.address, credit));
    }
    link.connection.port.grant(link, credit, /*drain=*/link.drain_asked);
}

/// What consumers here can take from other loops now, at most `enough` of it matters: what they
/// can't take waits where its producer is, where other consumers may get it.
std::uint32_t Core::relay_room(const Address& address, std::uint32_t enough) const {
    const bool multicast = address.treatment.distribution == Distribution::multicast;
    std::uint32_t room = multicast || address.routable ? enough : 0;
    if (!multicast && !address.relayed.empty()) {
        return 0;
    }
    for (const Link* consumer : address.consumers) {
        if (consumer->outlet.relay || !consumer->active) {
            continue;
        }
        const std::uint32_t own = consumer->outlet.in_process ? enough : consumer->outlet.credit;
        if (!multicast) {
            room += std::min(own, enough - room);
            if (room == enough) {
                break;
            }
        } else if (!consumer->stalled) {
            room = std::min(room, consumer->queue.empty() ? own : 0);
        }
    }
    return room;
}

void Core::offer_relays(const Address& address) {
    for (Link* relay : address.relays) {
        offer_credit(*relay);
    }
}

void Core::quiesce() {
    quiescing_ = true;
    for (const Slot& slot : slots_) {
        if (slot.link && slot.link->direction == Direction::in) {
            offer_credit(*slot.link);
        }
    }
}

}  // namespace weft::router

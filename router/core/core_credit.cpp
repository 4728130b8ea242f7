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
/// can't take waits where its producer is, where other consumers may get it. Copies of multicasts
/// wait here, each for its consumer.
std::uint32_t Core::relay_room(const Address& address, std::uint32_t enough) const {
    if (is_multicast(&address)) {
        return enough;
    }
    if (!address.relayed.empty()) {
        return 0;
    }
    std::uint32_t room = address.routable ? enough : 0;
    for (const Link* consumer : address.consumers) {
        if (room == enough) {
            break;
        }
        if (!consumer->outlet.relay && consumer->active) {
            const std::uint32_t own =
                consumer->outlet.in_process ? enough : consumer->outlet.credit;
            room += std::min(own, enough - room);
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

#include "router/core/accounts.hpp"

#include <algorithm>

namespace weft::router {

void Accounts::waive(Delivery& delivery) {
    if (!delivery.claims.credit) {
        return;
    }
    discharge(delivery);
    delivered(delivery);
    delivery.claims.credit = false;
    if (Link* in = links_.find(delivery.in)) {
        in->account.close();
        offer(*in);
    }
}

void Accounts::charge(Delivery& delivery, std::ptrdiff_t bytes) {
    Link* in = bytes == 0 || !delivery.claims.bytes ? nullptr : links_.find(delivery.in);
    if (in != nullptr) {
        in->account.charge(bytes);
        in->port().hold(*in, bytes);
    }
}

void Accounts::discharge(Delivery& delivery) {
    if (delivery.first_chunk != nullptr) {
        charge(delivery, -static_cast<std::ptrdiff_t>(delivery.received - delivery.dropped));
    }
    delivery.claims.bytes = false;
}

void Accounts::charge_if_large(const Link& in, Delivery& delivery) {
    if (!in.connection.traits.from_router || delivery.claims.bytes ||
        delivery.first_chunk == nullptr) {
        return;
    }
    const std::uint64_t kept = delivery.received - delivery.dropped;
    if (kept > kUnchargedMax) {
        delivery.claims.bytes = true;
        charge(delivery, static_cast<std::ptrdiff_t>(kept));
    }
}

void Accounts::offer(Link& in) {
    const Traits& traits = in.connection.traits;
    const bool wanted = in.address == nullptr ||
                        (traits.is_loop ? in.address->reachable_here() : in.address->reachable());
    const bool reachable = wanted && (!quiescing_ || !traits.is_client);
    if (!in.is_active() || (!reachable && !in.granted)) {
        return;
    }
    if (!reachable) {
        // What the peer still sends is released, or delivered by a router that stops.
        if (quiescing_) {
            in.port().grant(in, 0, /*drain=*/true);
        } else {
            in.port().drain(in);
        }
        in.granted = false;
        return;
    }
    in.granted = true;
    const std::uint32_t credit = traits.is_loop ? room_for(in) : in.account.credit();
    in.port().grant(in, credit, /*drain=*/in.rest_asked);
}

/// What consumers here can take of another loop now: what they can't take waits where its producer
/// is, where other consumers may get it. Copies of multicasts wait here, each for its consumer.
std::uint32_t Accounts::room_for(const Link& loop) {
    const Address& address = *loop.address;
    const std::uint32_t room = loop.account.room();
    if (is_multicast(&address)) {
        return room;
    }
    if (!address.relayed()->empty()) {
        return 0;
    }
    if (address.routable || address.in_process > 0) {
        return room;
    }
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(room, address.credit_here));
}

void Accounts::quiesce() {
    quiescing_ = true;
    for (Link* link = links_.next(0); link != nullptr; link = links_.next(link->self.index + 1)) {
        if (link->direction == Direction::in) {
            offer(*link);
        }
    }
}

}  // namespace weft::router

#include "router/core/accounts.hpp"

#include <algorithm>
#include <utility>

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
                        (traits.is_loop ? in.address->reachable_here() : in.address->reachable()) ||
                        (in.address->falls_back() && may_fall_back(in));
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
    const bool limited = traits.is_loop || in.on_demand;
    const std::uint32_t credit = limited ? room_for(in) : in.account.credit();
    in.port().grant(in, credit, /*drain=*/in.rest_asked);
}

void Accounts::offer_later(Address& address) {
    address.untold = static_cast<std::uint32_t>(address.producers.size());
    if (!std::exchange(address.followed, true)) {
        offered_later_.push_back(&address);
    }
}

/// What consumers can take now: of another loop those here, as what they can't take waits where its
/// producer is, where others may get it; of a container all, as it keeps what nobody asked for.
/// Copies of multicasts wait here, each for its consumer.
std::uint32_t Accounts::room_for(const Link& in) {
    const Address& address = *in.address;
    const bool is_loop = in.connection.traits.is_loop;
    const std::uint32_t room = is_loop ? in.account.room() : in.account.credit();
    if (is_multicast(&address)) {
        return room;
    }
    if (!address.relayed()->empty() || (in.on_demand && !address.waiting.empty())) {
        return 0;
    }
    if (address.routable || address.in_process > 0) {
        return room;
    }
    std::uint64_t wanted = address.credit_here;
    if (in.on_demand) {
        for (const Link* exit : address.exits()) {
            wanted += ready(*exit) ? exit->outlet.credit : 0;
        }
    }
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(room, wanted));
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

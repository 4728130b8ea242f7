#include "router/core/accounts.hpp"

#include <algorithm>
#include <utility>

namespace weft::router {
namespace {

Rations::Facts facts_of(const Link& container) {
    return {.sent = container.counters.deliveries,
            .room = container.account.credit(),
            .active = container.is_active()};
}

}  // namespace

/// A link that the mesh, or an edge router, has for one address holds up no other one: its messages
/// have a claim on its credit. None has one on the session that all share, unless it is large.
void Accounts::open_of_router(Link& in, Delivery& delivery) {
    const Traits& traits = in.connection.traits;
    if ((traits.is_uplink || traits.is_edge) && in.address != nullptr) {
        in.account.open(delivery.claims);
        delivery.claims.bytes = false;
    }
}

void Accounts::return_credit(Link* in, Delivery& delivery) {
    if (!delivery.claims.credit) {
        return;
    }
    discharge(delivery);
    if (in != nullptr) {
        delivered(*in, delivery);
        in->account.close();
        offer(*in);
    }
    delivery.claims = {};
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
    const Traits& traits = in.connection.traits;
    const bool is_shared = traits.from_router || traits.is_uplink || traits.is_edge;
    if (!is_shared || delivery.claims.bytes || delivery.first_chunk == nullptr) {
        return;
    }
    const std::uint64_t kept = delivery.received - delivery.dropped;
    if (kept > kUnchargedMax) {
        delivery.claims.bytes = true;
        charge(delivery, static_cast<std::ptrdiff_t>(kept));
    }
}

void Accounts::offer(Link& in) {
    if (in.on_demand) [[unlikely]] {
        offer_containers(*in.address);
        return;
    }
    const Traits& traits = in.connection.traits;
    const bool wanted =
        in.address == nullptr ||
        (traits.is_loop ? in.address->reachable_here() : is_told_reachable(*in.address)) ||
        (in.address->falls_back() && !in.from_fallback && !traits.is_loop);
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
    in.port().grant(in, traits.is_loop ? room_for(in) : in.account.credit(),
                    /*drain=*/in.rest_asked);
}

/// What consumers here can take now of another loop: what they can't take waits where its producer
/// is, where others may get it. Copies of multicasts wait here, each for its consumer.
std::uint32_t Accounts::room_for(const Link& in) {
    const Address& address = *in.address;
    const std::uint32_t room = in.account.room();
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

/// What all consumers can take now of containers, which keep what nobody asked for; `room` is what
/// these may have under way besides.
std::uint64_t Accounts::wanted_of(const Address& address, std::uint64_t room) const {
    if (quiescing_ || !address.reachable()) {
        return 0;
    }
    if (is_multicast(&address)) {
        return room;
    }
    if (!address.relayed()->empty() || !address.waiting.empty()) {
        return 0;
    }
    const FarDemand* const far = address.loops->far.get();
    const bool is_unknown =
        address.routable && address.own_containers() > 0 && (far == nullptr || !far->is_exact());
    if (is_unknown || address.in_process > 0) {
        return room;
    }
    return wanted_here(address) + wanted_afar(address);
}

/// What consumers of this router can take now.
std::uint64_t Accounts::wanted_here(const Address& address) {
    if (!address.relayed()->empty() || !address.waiting.empty()) {
        return 0;
    }
    std::uint64_t wanted = address.credit_here;
    for (const Link* exit : address.exits()) {
        wanted += ready(*exit) ? exit->outlet.credit : 0;
    }
    return wanted;
}

/// What containers of each other router may be given of that: nothing of what others want, whom
/// they hear themselves. Where there are containers here besides, each at least one.
std::uint64_t Accounts::room_for_far(const Address& address) {
    if (address.in_process > 0) {
        return UINT64_MAX;
    }
    const std::uint64_t wanted = wanted_here(address);
    const std::uint64_t askers = address.loops->askers.size();
    return askers == 0 || address.own_containers() == 0 ? wanted : (wanted + askers - 1) / askers;
}

void Accounts::ask_containers(Address& address, bool far) {
    if (address.containers().empty()) {
        return;
    }
    note(address);
    Rations& rations = address.loops->rations;
    for (const Link* container : address.containers()) {
        if (!far || container->far == kNoRouter) {
            rations.ask(container->holding);
        }
    }
    offer_containers(address);
}

void Accounts::answered(const Link& container) {
    Rations& rations = container.address->loops->rations;
    rations.note(container.holding, facts_of(container));
    rations.answered(container.holding);
}

void Accounts::divide_soon(Address& address) {
    if (address.containers().size() > kDividedAtOnce) {
        divide_later(address);
    } else {
        divide(address);
    }
}

void Accounts::divide_later(Address& address) {
    address.loops->undivided = true;
    if (!std::exchange(address.followed, true)) {
        divided_later_.push_back(&address);
    }
}

void Accounts::divide(Address& address) {
    Loops& loops = *address.loops;
    loops.undivided = false;
    const std::uint64_t all_room = note(address);
    end_far_drains(address);
    if (loops.draining.empty() && (loops.far == nullptr || !loops.far->waits())) {
        loops.rations.call_off();
    }
    for (const Rations::Grant& grant : loops.rations.divide(wanted_of(address, all_room))) {
        Link& container = *loops.containers[grant.container];
        if (container.is_active()) {  // else it is about to go
            container.granted = grant.credit > 0;
            container.port().grant(container, grant.credit, grant.drain);
        }
    }
}

/// How things are with each container. Returns how much all of them may have under way besides.
std::uint64_t Accounts::note(Address& address) {
    const std::uint64_t for_far = address.loops->askers.empty() ? 0 : room_for_far(address);
    std::uint64_t all_room = 0;
    for (const Link* container : address.containers()) {
        Rations::Facts facts = facts_of(*container);
        if (container->far != kNoRouter) {
            facts.room = static_cast<std::uint32_t>(std::min<std::uint64_t>(facts.room, for_far));
        }
        address.loops->rations.note(container->holding, facts);
        all_room += facts.room;
    }
    return all_room;
}

/// Routers that drain hear that there is no more, once the containers here have said so or nothing
/// may be sent there.
void Accounts::end_far_drains(Address& address) {
    Loops& loops = *address.loops;
    if (loops.far == nullptr || !loops.far->waits()) {
        return;
    }
    const bool asked = std::ranges::any_of(loops.containers, [&](const Link* container) {
        return container->far == kNoRouter && loops.rations.is_asked(container->holding);
    });
    if (!asked || wanted_afar(address) == 0) {
        loops.far->rest();
        if (far_observer_ != nullptr) {
            far_observer_->on_rest(address);
        }
    }
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

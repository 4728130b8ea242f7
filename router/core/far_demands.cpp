#include "router/core/far_demands.hpp"

#include <memory>

namespace weft::router {

void FarDemands::containers_changed(Address& address) {
    FarDemandObserver* const observer = accounts_.far_observer();
    if (observer == nullptr || is_multicast(&address)) {
        return;
    }
    std::unique_ptr<FarDemand>& far = address.loops->far;
    const bool any = address.own_containers() > 0;
    if (any != (far != nullptr)) {
        far = any ? std::make_unique<FarDemand>() : nullptr;
        observer->on_containers(address, any);
    }
}

void FarDemands::told(Address& address, RouterIndex router, const FarDemand::Word& word) {
    if (address.loops->far->tell(router, word)) {
        accounts_.ask_containers(address, /*far=*/true);
    }
    changed(address);
    if (FarDemandObserver* const observer = accounts_.far_observer()) {
        observer->on_rest(address);
    }
}

void FarDemands::changed(Address& address) {
    if (!goes_on(address)) {
        accounts_.offer_containers(address);
    }
}

/// What waits for consumers here may go to other routers, before containers send more. True: it is
/// looked at soon, and the containers hear of it then.
bool FarDemands::goes_on(Address& address) {
    if (address.waiting.empty() || wanted_afar(address) == 0) {
        return false;
    }
    address.look_again(Scope::all);
    accounts_.divide_later(address);
    return true;
}

void FarDemands::tick(Address& address) {
    FarDemand* const far = address.loops->far.get();
    if (far == nullptr) {
        return;
    }
    far->tick();
    goes_on(address);
    if (FarDemandObserver* const observer = accounts_.far_observer()) {
        observer->on_rest(address);
    }
}

void FarDemands::asked(Address& address) {
    if (!address.loops->draining.empty()) {
        accounts_.ask_containers(address);
    }
}

/// What is received in a later phase than it is sent in passes containers in between.
bool FarDemands::awaits_askers(const Address& address, std::uint32_t now) const {
    const FarDemandObserver* const observer = accounts_.far_observer();
    return observer != nullptr && observer->has_others() && address.containers().empty() &&
           address.key.address_class() == 'M' && address.key.phase() != '0' &&
           now - address.active_since < kAskedWithin;
}

/// A message counts at the router where it came into the mesh, when it leaves there, and at the one
/// where it stays, or comes back from, among those of the link that stands for that router's
/// containers.
void FarDemands::note_way(const Address& address, const Incoming& in, bool leaves) {
    if (FarDemand* const far = counting(address, in.origin())) {
        if (leaves) {
            far->sent();
        }
        return;
    }
    if (leaves || !in.link.connection.traits.from_router) {
        return;
    }
    if (Link* const asker = address.loops->asker(in.origin())) {
        ++asker->counters.deliveries;
        asker->port().spend(*asker, 1);
    }
}

}  // namespace weft::router

#include "router/core/reach.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace weft::router {

Reach::View Reach::view_of(const Address& address) {
    return {.any = address.reachable(),
            .here = address.reachable_here(),
            .beside = address.active_here > 0,
            .local = address.active_consumers > address.in_process + address.active_uplinks,
            .active = address.active_consumers,
            .most = address.most_taken(Scope::all),
            .most_here = address.routable ? kAnySize : address.most_taken(Scope::here),
            .routable = address.routable};
}

void Reach::count_edges(const Link& consumer, std::uint32_t one) {
    if (consumer.connection.edge != nullptr) [[unlikely]] {
        consumer.address->edge->consumers += one;
    }
}

void Reach::consumer_active(Link& link) {
    Address& address = *link.address;
    const View before = view_of(address);
    link.outlet.attached = true;
    link.outlet.changed();
    if (address.active_consumers++ == 0) {
        address.active_since = clock_.tenths();
    }
    address.active_here += link.outlet.relay ? 0U : 1U;
    count_edges(link, 1);
    address.active_uplinks += link.outlet.uplink ? 1U : 0U;
    address.add_limit(link);
    changed(address, before);
    charge_review(link, before);
}

void Reach::consumer_inactive(Link& link) {
    Address& address = *link.address;
    const View before = view_of(address);
    link.outlet.attached = false;
    link.outlet.changed();
    --address.active_consumers;
    address.active_here -= link.outlet.relay ? 0U : 1U;
    count_edges(link, UINT32_MAX);
    address.active_uplinks -= link.outlet.uplink ? 1U : 0U;
    address.remove_limit(link);
    changed(address, before);
    charge_review(link, before);
    if (address.loops != nullptr) {
        chores_.look_at(address);  // less is wanted of other loops, and of containers
    }
}

void Reach::set_limit(Link& link, std::uint64_t bytes) {
    if (link.outlet.bytes_max == bytes) {
        return;
    }
    Address& address = *link.address;
    const View before = view_of(address);
    if (link.outlet.attached) {
        address.remove_limit(link);
    }
    link.outlet.bytes_max = bytes;
    link.outlet.changed();
    if (link.outlet.attached) {
        address.add_limit(link);
        changed(address, before);
    }
}

/// Credit begins to flow with the first consumer and ends with the last; other loops and routers
/// hear of both.
void Reach::changed(Address& address, const View& before) {
    const View now = view_of(address);
    const bool is_new_way = now.routable && !before.routable;
    if (is_new_way || (before.local && !now.local && now.routable)) {
        address.look_again(Scope::all);
    }
    if (is_new_way || (before.beside && !now.beside && now.routable)) {
        address.look_again(Scope::here);
    }
    if (before.local && !now.local && address.active_uplinks > 0) {
        address.look_again(Scope::all);  // what came from there does not go back
        address.look_again(Scope::here);
    }
    if (address.edge != nullptr) [[unlikely]] {
        edges_changed(address, before, now);
    }
    if (now.most < before.most || now.most_here < before.most_here || address.is_looked_through()) {
        chores_.look_at(address);
    }
    if (now.any != before.any || now.here != before.here) {
        chores_.follow(address);
        if (address.fallback_for != nullptr && !address.fallback_for->reachable()) {
            chores_.follow(*address.fallback_for);
        }
    }
    if (address.wildcard != nullptr && now.any != before.any) {
        begin_review();
    }
    const bool other_kind = now.beside != before.beside || now.most_here != before.most_here;
    if ((now.here != before.here || (now.here && other_kind)) && demand_ != nullptr) {
        demand_->demand_changed(address, now.here);
    }
    if (now.local != before.local && local_demand_ != nullptr) {
        local_demand_->demand_changed(address, now.local);
    }
}

/// Edge routers hear whether others than they receive, and what they brought comes back once nobody
/// else does.
void Reach::edges_changed(Address& address, const View& before, const View& now) {
    const EdgeUse& use = *address.edge;
    const auto tells = [&](const View& view) { return std::min(view.active, use.most + 1); };
    if (tells(before) == tells(now) && before.routable == now.routable) {
        return;
    }
    const bool is_left_alone = !now.routable && now.active == use.consumers;
    if (use.consumers > 0 && now.active <= use.most && is_left_alone) {
        address.look_again(Scope::all);
    }
    if (use.producers > 0) {
        chores_.follow(address);
    }
}

void Reach::set_path(
    RouterIndex router, std::string_view id, Trunk* trunk, std::uint32_t cost, Instant now) {
    clock_.set(now);
    const Trunk* const before = routes_.set_path(router, trunk, cost);
    if ((before != nullptr) == (trunk != nullptr)) {
        return;
    }
    tell(router, "R" + std::string(id), trunk != nullptr, {});
    if (routes_.addresses_of(router).size() > (trunk != nullptr ? 1U : 0U)) {
        follow(router);  // else others than its own are told later, or were taken back
    }
}

void Reach::follow(RouterIndex router) {
    const bool first = following_.empty();
    std::erase_if(following_, [router](const Following& each) { return each.router == router; });
    following_.push_back({router, routes_.addresses_of(router).size()});
    if (first) {
        work();
    }
}

/// From the end: of those that come and go meanwhile none is left out.
void Reach::work() {
    std::size_t left = slice_;
    while (left > 0 && !following_.empty()) {
        Following& next = following_.front();
        const std::vector<Address*>& addresses = routes_.addresses_of(next.router);
        next.left = std::min(next.left, addresses.size());
        while (next.left > 0 && left > 0) {
            const std::uint64_t before = steps();
            update_routable(*addresses[--next.left]);
            left -= std::min<std::size_t>(left, 1 + steps() - before);
        }
        if (next.left == 0) {
            following_.pop_front();
        }
    }
    admit(left);
    review(left);
}

/// Subscriptions with wildcards that there was no room for when they came.
void Reach::admit(std::size_t& left) {
    for (; left > 0 && addresses_.may_admit(); --left) {
        if (addresses_.admit().reachable()) {
            begin_review();
        }
    }
}

/// Producers of the addresses that a subscription means hear of it. Many that come together cost
/// two rounds at most.
void Reach::begin_review() {
    review_again_ = unreviewed_ > 0;
    unreviewed_ = unreviewed_ > 0 ? unreviewed_ : addresses_.size();
}

/// Who comes or goes pays for the addresses that are looked at for it, here; other loops have it
/// from a link of their own.
void Reach::charge_review(Link& link, const View& before) const {
    const Address& address = *link.address;
    if (address.wildcard != nullptr && address.reachable() != before.any) {
        link.port().spend(link, addresses_.size() / kAddressesOfStep);
    }
}

/// From the end, as above.
void Reach::review(std::size_t& left) {
    while (left > 0 && unreviewed_ > 0) {
        unreviewed_ = std::min(unreviewed_, addresses_.size());
        const std::uint64_t before = steps();
        if (unreviewed_ > 0) {
            follow_wildcards(*addresses_.all()[--unreviewed_]);
        }
        left -= std::min<std::size_t>(left, 1 + steps() - before);
        if (unreviewed_ == 0 && std::exchange(review_again_, false)) {
            unreviewed_ = addresses_.size();
        }
    }
}

void Reach::follow_wildcards(Address& address) {
    if (address.wildcards == nullptr) {
        return;
    }
    // What is on its way may refer to it, and one that passes keeps its own.
    const bool is_of_use =
        address.meant == nullptr || address.meant->target.use_count() > 1 || address.unused();
    if (address.wildcards->empty() && !is_of_use) {
        address.meant.reset();
    }
    const bool reached = address.wildcards->reach(address);
    if (std::exchange(address.reached_by_wildcards, reached) != reached) {
        chores_.follow(address);
    }
}

void Reach::set_remote(RouterIndex router,
                       std::string_view key,
                       bool has,
                       std::optional<Distribution> hint,
                       Instant now) {
    clock_.set(now);
    if (!is_management(AddressKey{std::string(key)})) {  // each router's own: none is another's
        tell(router, key, has, hint);
    }
}

void Reach::tell(RouterIndex router,
                 std::string_view key,
                 bool has,
                 std::optional<Distribution> hint) {
    Address* address = addresses_.find(key);
    if (address == nullptr) {
        if (!has) {
            return;
        }
        const AddressKey whole{std::string(key)};
        address = &addresses_.obtain(whole, resolver_.treatment_from_afar(whole, hint));
    }
    routes_.set_remote(*address, router, has);
    update_routable(*address);
    if (address->unused()) {
        addresses_.erase(*address);
    }
}

void Reach::update_routable(Address& address) {
    const View before = view_of(address);
    routes_.refresh(address);
    address.routable = std::ranges::any_of(
        address.routes, [](const auto& route) { return !route->destinations.empty(); });
    changed(address, before);
}

}  // namespace weft::router

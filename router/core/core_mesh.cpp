#include "common/base/assert.hpp"
#include "router/core/core.hpp"
#include "router/core/outcome.hpp"

#include <algorithm>
#include <utility>

/// Other routers: the ways to them, and what is known of their consumers.
namespace weft::router {
namespace {

/// Where a message of this router goes while nobody has told the core of a mesh: nowhere else.
const Destinations kNowhere;

}  // namespace

Trunk& Core::add_trunk(Connection& connection, TrunkPort& port, bool weft) {
    trunks_.push_back(std::make_unique<Trunk>(connection, port, weft));
    connection.trunk = trunks_.back().get();
    return *connection.trunk;
}

void Core::remove_trunk(Connection& connection) {
    const Trunk* gone = std::exchange(connection.trunk, nullptr);
    std::erase_if(trunks_, [gone](const auto& trunk) { return trunk.get() == gone; });
}

Link& Core::attach_data(Trunk& trunk,
                        Direction direction,
                        std::uint8_t priority,
                        std::uint16_t capacity,
                        std::uintptr_t port_link) {
    Link& link = make_link(trunk.connection,
                           {.direction = direction, .capacity = capacity, .port_link = port_link});
    link.streams = priority >= kPriorities;
    link.priority = link.streams ? wire::kPriorityDefault : priority;
    if (direction == Direction::out && !link.streams) {
        trunk.out[priority] = &link;
    }
    return link;
}

/// A link for one stream after another; null if the neighbour has none.
Link* Core::stream_link(Trunk& trunk) {
    if (!trunk.streaming) {
        return nullptr;
    }
    const auto idle =
        std::ranges::find_if(trunk.streams, [](const Link* link) { return link->queue.empty(); });
    if (idle != trunk.streams.end()) {
        return *idle;
    }
    if (trunk.streams.size() >= kStreamsMax) {
        return trunk.streams[++trunk.next_stream % trunk.streams.size()];
    }
    Link& link = attach_data(trunk, Direction::out, kPriorities, 0, 0);
    if (!trunk.port.open_stream(link)) {
        free_link(link);
        return nullptr;
    }
    trunk.streams.push_back(&link);
    return &link;
}

Core::RouterPath& Core::path_of(RouterIndex router) {
    if (router >= paths_.size()) {
        paths_.resize(std::size_t{router} + 1);
    }
    return paths_[router];
}

void Core::set_path(RouterIndex router, std::string_view id, Trunk* trunk, std::uint32_t cost) {
    RouterPath& path = path_of(router);
    Trunk* const before = std::exchange(path.trunk, trunk);
    const bool was_reachable = before != nullptr;
    path.cost = cost;
    ++paths_version_;
    if (was_reachable && before != trunk) {
        before->strayed = true;
    }
    if (was_reachable == (trunk != nullptr)) {
        return;
    }
    set_remote(router, "R" + std::string(id), trunk != nullptr, {});
    if (paths_[router].addresses <= (trunk != nullptr ? 1U : 0U)) {
        return;  // others than its own are told later, or were taken back
    }
    const std::vector<Address*> all = addresses_.all();
    for (Address* address : all) {
        if (std::ranges::count(address->remotes, router) > 0) {
            update_routable(*address);
        }
    }
}

void Core::set_remote(RouterIndex router,
                      std::string_view key,
                      bool has,
                      std::optional<Distribution> hint) {
    Address* address = addresses_.find(key);
    if (address == nullptr) {
        if (!has) {
            return;
        }
        address = &addresses_.obtain(AddressKey{std::string(key)}, treatment_from_afar(key, hint));
    }
    RouterPath& path = path_of(router);
    path.addresses -= std::erase(address->remotes, router);
    if (has) {
        address->remotes.push_back(router);
        ++path.addresses;
    } else if (path.trunk != nullptr) {
        path.trunk->strayed = true;
    }
    address->routes_version = 0;
    update_routable(*address);
    if (address->unused()) {
        addresses_.erase(*address);
    }
}

/// As configured here; what another router says counts where nothing is.
Treatment Core::treatment_from_afar(std::string_view key, std::optional<Distribution> hint) const {
    Treatment treatment;
    treatment.distribution = hint.value_or(options_.default_distribution);
    const AddressKey whole{std::string(key)};
    if (whole.address_class() != 'M') {
        treatment.distribution = Distribution::closest;
    } else if (const AddressRule* rule = rules_.find(whole.name())) {
        treatment = rule->treatment;
    }
    return treatment;
}

void Core::update_routable(Address& address) {
    const Reach before = reach_of(address);
    refresh_routes(address);
    address.routable = std::ranges::any_of(
        address.routes, [](const auto& route) { return !route->destinations.empty(); });
    reach_changed(address, before);
    if (address.routable && !before.routable) {
        redistribute(address, address.waiting);
        redistribute(address, address.relayed);
    }
}

/// The routes of an address, made anew if paths have changed since.
const std::vector<std::unique_ptr<Route>>& Core::routes_of(Address& address) {
    if (address.routes_version != paths_version_) {
        refresh_routes(address);
    }
    return address.routes;
}

void Core::refresh_routes(Address& address) {
    address.routes_version = paths_version_;
    for (const auto& route : address.routes) {
        route->destinations.clear();
    }
    for (const RouterIndex router : address.remotes) {
        const RouterPath path = router < paths_.size() ? paths_[router] : RouterPath{};
        if (path.trunk != nullptr) {
            route_over(address, *path.trunk).destinations.emplace_back(router, path.cost);
        }
    }
    std::erase_if(address.routes, [](const auto& route) {
        return route->destinations.empty() && route->outstanding == 0;
    });
}

Route& Core::route_over(Address& address, Trunk& trunk) {
    const auto known = std::ranges::find_if(
        address.routes, [&](const auto& route) { return route->trunk == &trunk; });
    if (known != address.routes.end()) {
        return **known;
    }
    address.routes.push_back(std::make_unique<Route>());
    Route& route = *address.routes.back();
    route.address = &address;
    route.trunk = &trunk;
    return route;
}

const Destinations& Core::allowed_from(RouterIndex origin) const {
    const bool known = topology_ != nullptr && origin != kNoRouter;
    return known ? topology_->valid_destinations(origin) : kNowhere;
}

/// The neighbours that are to get a copy of a multicast message.
const std::vector<Route*>& Core::routes_for(Address& address, RouterIndex origin) {
    chosen_routes_.clear();
    if (address.routable) {
        const Destinations& allowed = allowed_from(origin);
        for (const auto& route : routes_of(address)) {
            if (cost_of(*route, allowed)) {
                chosen_routes_.push_back(route.get());
            }
        }
    }
    return chosen_routes_;
}

/// Where an anycast message of `origin` goes now; neither link nor route: nowhere yet.
Core::Way Core::choose(Address& address, bool relayed, RouterIndex origin) {
    ++address.turn;
    if (address.routable) {
        routes_of(address);
    }
    return choice(address, relayed, origin, address.turn);
}

/// Decides; the routes are up to date.
Core::Way Core::choice(const Address& address,
                       bool relayed,
                       RouterIndex origin,
                       std::uint32_t turn) const {
    const Distribution distribution = address.treatment.distribution;
    const auto at =
        choose_outlet(address.outlets, distribution, turn, relayed ? Scope::here : Scope::all);
    const Way local{at ? address.consumers[*at] : nullptr, nullptr};
    if (!address.routable) [[likely]] {
        return local;
    }
    const bool has_local = may_wait(address, relayed);
    if ((distribution == Distribution::closest && has_local) ||
        (at && address.outlets[*at]->in_process)) {
        return local;
    }
    const RouteChoice route =
        choose_route(address.routes, distribution, turn, allowed_from(origin));
    if (route.route == nullptr ||
        (at && burden(*address.outlets[*at], distribution) <= route.burden)) {
        return local;
    }
    return {nullptr, route.route};
}

/// True if there are consumers that may take a message of the address later.
bool Core::may_wait(const Address& address, bool relayed) {
    return (relayed ? address.active_here : address.active_consumers) > 0;
}

/// The link to the next router for a delivery: one of its own if it is a stream.
Link& Core::trunk_link(const Delivery& delivery, Route& route, std::uint8_t priority) {
    Link* const stream = delivery.whole ? nullptr : stream_link(*route.trunk);
    return stream != nullptr ? *stream : *route.trunk->for_priority(priority);
}

/// Gives a branch to a neighbour: at once if its link is free, after what it has already if not.
void Core::send_over(Branch& branch, Route& route, const Arrival& arrival) {
    Delivery& delivery = *branch.delivery;
    delivery.priority = priority_of(*route.address, arrival);
    Link& out = trunk_link(delivery, route, delivery.priority);
    choose_way(branch, route);
    if (!ready(out) || !launch(branch, out, arrival)) {
        adopt(branch, out, {});
    }
}

void Core::choose_way(Branch& branch, Route& route) {
    branch.route = &route;
    ++route.outstanding;
}

}  // namespace weft::router

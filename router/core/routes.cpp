#include "router/core/routes.hpp"

#include "common/wire/sections.hpp"

#include <algorithm>
#include <utility>

namespace weft::router {
namespace {

/// Where a message of this router goes while nobody has told the core of a mesh: nowhere else.
const Destinations kNowhere;

}  // namespace

Trunk& Routes::add_trunk(Connection& connection, bool weft) {
    trunks_.push_back(std::make_unique<Trunk>(connection, weft));
    connection.trunk = trunks_.back().get();
    return *connection.trunk;
}

void Routes::remove_trunk(Connection& connection) {
    const Trunk* gone = std::exchange(connection.trunk, nullptr);
    std::erase_if(trunks_, [gone](const auto& trunk) { return trunk.get() == gone; });
}

Link& Routes::attach(Trunk& trunk,
                     Direction direction,
                     std::uint8_t priority,
                     std::uint16_t capacity,
                     std::uintptr_t port_link) {
    Link& link = links_.make(trunk.connection, direction, capacity, port_link);
    link.streams = priority >= kPriorities;
    link.priority = link.streams ? wire::kPriorityDefault : priority;
    if (direction == Direction::out && !link.streams) {
        trunk.out[priority] = &link;
    }
    return link;
}

/// A link for one stream after another; null if the neighbour has none.
Link* Routes::stream_link(Trunk& trunk) {
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
    Link& link = attach(trunk, Direction::out, kPriorities, 0, 0);
    if (!link.port().attach(link)) {
        links_.free(link);
        return nullptr;
    }
    trunk.streams.push_back(&link);
    return &link;
}

Link& Routes::link_for(const Delivery& delivery, Route& route, std::uint8_t priority) {
    Link* const stream = delivery.whole ? nullptr : stream_link(*route.trunk);
    return stream != nullptr ? *stream : *route.trunk->for_priority(priority);
}

Link* Routes::stream_beside(Link& exit) {
    if (Link* const known = exit.port().stream_beside(exit)) {
        return known;
    }
    Link& link = links_.make(exit.connection, Direction::out, 0, exit.port_link);
    link.streams = true;
    if (!link.port().attach(link)) {
        links_.free(link);
        return nullptr;
    }
    link.life = Life::active;
    return &link;
}

RouterIndex Routes::index_of(std::string_view router_id) const {
    return topology_ == nullptr ? kNoRouter : topology_->index_of(router_id);
}

bool Routes::is_detour(const Link& in, RouterIndex origin) const {
    const Trunk* trunk = in.connection.trunk;
    return trunk != nullptr && !trunk->weft && topology_ != nullptr &&
           !topology_->leads_here(origin, *trunk);
}

Routes::Path& Routes::path_of(RouterIndex router) {
    if (router >= paths_.size()) {
        paths_.resize(std::size_t{router} + 1);
    }
    return paths_[router];
}

Trunk* Routes::set_path(RouterIndex router, Trunk* trunk, std::uint32_t cost) {
    Path& path = path_of(router);
    Trunk* const before = std::exchange(path.trunk, trunk);
    path.cost = cost;
    ++version_;
    if (before != nullptr && before != trunk) {
        before->strayed = true;
    }
    return before;
}

bool Routes::has_path(RouterIndex router) const {
    return router < paths_.size() && paths_[router].trunk != nullptr;
}

void Routes::set_remote(Address& address, RouterIndex router, bool has) {
    Path& path = path_of(router);
    unlist(path, address, router);
    if (has) {
        list(path, address, router);
    } else if (path.trunk != nullptr) {
        path.trunk->strayed |= std::ranges::any_of(address.routes, [&](const auto& route) {
            return route->trunk == path.trunk && route->unsent > 0;
        });
    }
    address.routes_version = 0;
}

void Routes::list(Path& path, Address& address, RouterIndex router) {
    address.remotes.push_back({router, static_cast<std::uint32_t>(path.addresses.size())});
    path.addresses.push_back(&address);
}

void Routes::unlist(Path& path, Address& address, RouterIndex router) {
    const auto at = std::ranges::find(address.remotes, router, &Remote::router);
    if (at == address.remotes.end()) {
        return;
    }
    const std::uint32_t position = at->position;
    address.remotes.erase(at);
    Address& last = *path.addresses.back();
    path.addresses.pop_back();
    if (&last != &address) {
        path.addresses[position] = &last;
        std::ranges::find(last.remotes, router, &Remote::router)->position = position;
    }
}

void Routes::refresh(Address& address) {
    address.routes_version = version_;
    for (const auto& route : address.routes) {
        route->destinations.clear();
    }
    for (const Remote& remote : address.remotes) {
        if (has_path(remote.router)) {  // I1
            const Path& path = paths_[remote.router];
            route_over(address, *path.trunk).destinations.emplace_back(remote.router, path.cost);
        }
    }
    std::erase_if(address.routes, [](const auto& route) {
        return route->destinations.empty() && route->outstanding == 0;  // I2
    });
}

Route& Routes::route_over(Address& address, Trunk& trunk) {
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

const Destinations& Routes::allowed_from(RouterIndex origin) const {
    const bool known = topology_ != nullptr && origin != kNoRouter;
    return known ? topology_->valid_destinations(origin) : kNowhere;
}

const std::vector<Route*>& Routes::reached_from(Address& address, RouterIndex origin) {
    chosen_.clear();
    if (address.routable) {
        const Destinations& allowed = allowed_from(origin);
        for (const auto& route : of(address)) {
            if (cost_of(*route, allowed)) {
                chosen_.push_back(route.get());
            }
        }
    }
    return chosen_;
}

/// The address first, if somebody uses it.
const std::vector<Address*>& Routes::meant_by(const SentTo& sent_to) {
    meant_.clear();
    if (sent_to.address != nullptr) {
        meant_.push_back(sent_to.address);
        const std::vector<Address*>& by = sent_to.wildcards->meaning(*sent_to.address).by;
        meant_.insert(meant_.end(), by.begin(), by.end());
    } else {
        sent_to.wildcards->match(sent_to.name, meant_);
    }
    return meant_;
}

/// Routes over a neighbour that does not expand are of different addresses, and none serves two.
const std::vector<Route*>& Routes::reached_for_all(const SentTo& sent_to, RouterIndex origin) {
    chosen_.clear();
    ++round_;
    const Destinations& allowed = allowed_from(origin);
    for (Address* address : meant_by(sent_to)) {
        if (!address->routable) {
            continue;
        }
        for (const auto& route : of(*address)) {
            Trunk& trunk = *route->trunk;
            if (cost_of(*route, allowed) &&
                (!trunk.expands || std::exchange(trunk.chosen_in, round_) != round_)) {
                chosen_.push_back(route.get());
            }
        }
    }
    return chosen_;
}

Link* Routes::exit_for_all(const SentTo& sent_to, std::uint32_t loop) {
    for (const Address* address : meant_by(sent_to)) {
        for (Link* const exit : address->exits()) {
            if (exit->loop == loop && exit->is_active()) {
                return exit;
            }
        }
    }
    return nullptr;
}

Routes::Way Routes::choice(const Address& address,
                           Scope scope,
                           RouterIndex origin,
                           std::uint32_t turn) const {
    return or_over_routers(choose_consumer(address, scope, turn), has_consumers(address, scope),
                           address, origin, turn);
}

Routes::Way Routes::choose_for(std::uint64_t bytes,
                               Address& address,
                               Scope scope,
                               RouterIndex origin) {
    const std::uint32_t turn = ++address.turn;
    const Distribution distribution = address.treatment.distribution;
    Way local = choose_consumer(address, scope, turn, Sizes::unlimited);
    Link* const limited = choose_limited_consumer(address, bytes, scope, turn);
    const bool better = limited != nullptr &&
                        (local.link == nullptr || (!local.link->outlet.in_process &&
                                                   burden(limited->outlet, distribution) <
                                                       burden(local.link->outlet, distribution)));
    local.link = better ? limited : local.link;
    if (!address.routable) {
        return local;
    }
    of(address);
    const bool waits_here = has_consumers(address, scope) && bytes <= address.most_taken(scope);
    return or_over_routers(local, waits_here, address, origin, turn);
}

Routes::Way Routes::choose_below(std::uint64_t bytes, Address& address, Scope scope) {
    Outlet none;
    Outlet& up = address.uplink == nullptr ? none : address.uplink->outlet;
    const std::uint32_t credit = std::exchange(up.credit, 0);
    const bool attached = std::exchange(up.attached, false);
    up.changed();
    const Way way = bytes == 0 ? choose(address, scope, kThisRouter)
                               : choose_for(bytes, address, scope, kThisRouter);
    up.credit = credit;
    up.attached = attached;
    up.changed();
    return way;
}

/// What is better, a consumer here or a way over routers. `waits_here`: consumers here take it
/// later, if none does now.
Routes::Way Routes::or_over_routers(const Way& local,
                                    bool waits_here,
                                    const Address& address,
                                    RouterIndex origin,
                                    std::uint32_t turn) const {
    const Distribution distribution = address.treatment.distribution;
    if (!address.routable || (distribution == Distribution::closest && waits_here) ||
        (local.link != nullptr && local.link->outlet.in_process)) {
        return local;
    }
    const RouteChoice route =
        choose_route(address.routes, distribution, turn, allowed_from(origin));
    if (route.route == nullptr ||
        (local.link != nullptr && burden(local.link->outlet, distribution) <= route.burden)) {
        return local;
    }
    return {nullptr, route.route};
}

}  // namespace weft::router

#include "router/linkroute/link_routes.hpp"

#include "common/base/conditions.hpp"

#include <algorithm>
#include <utility>

namespace weft::linkroute {

using router::AddressPattern;

Result<const LinkRoute*> LinkRoutes::add(LinkRouteConfig config) {
    const std::string& place = places_.obtain(config.by, config.container);
    auto placed = place_in_area(configured_, std::move(config), place, nullptr);
    if (!placed) {
        places_.drop_if_unused(place);
        return tl::unexpected(std::move(placed).error());
    }
    places_.join(**placed);
    return *placed;
}

Result<const LinkRoute*> LinkRoutes::add_for(std::uint64_t connection,
                                             std::string_view container,
                                             LinkRouteConfig config) {
    config.by = Finds::maker;
    config.source = Source::connection;
    config.prefixes = {};
    const auto at = makers_.try_emplace(connection, Maker{std::string(container), {}}).first;
    Maker& maker = at->second;
    if (maker.routes.size() >= kMadeByOneMax) {
        of_connections_.refuse();
        return fail(
            kResourceLimitExceeded,
            "a connection may make " + std::to_string(kMadeByOneMax) + " link routes for itself");
    }
    auto placed = place_in_area(made_, std::move(config), maker.container, &maker.own);
    if (!placed) {
        if (placed.error().condition == kResourceLimitExceeded) {
            of_connections_.refuse();
        }
        if (maker.routes.empty()) {
            makers_.erase(at);
        }
        return tl::unexpected(std::move(placed).error());
    }
    LinkRoute& route = **placed;
    of_connections_.take(maker.own, route.taken);
    route.maker = connection;
    route.place_index = static_cast<std::uint32_t>(maker.routes.size());
    maker.routes.push_back(&route);
    areas_.add_target(route, connection);
    return &route;
}

/// Makes it one of `routes`. `of` is the container's name as it is kept, `own` what its maker has;
/// null: it may take what it likes.
Result<LinkRoute*> LinkRoutes::place_in_area(Routes& routes,
                                             LinkRouteConfig config,
                                             const std::string& of,
                                             const Allotment::Share* own) {
    const bool is_named = !config.name.empty() && config.by != Finds::maker;
    if (is_named && names_.contains(config.name)) {
        return fail(kPreconditionFailed, "Name conflicts with an existing entity");
    }
    WEFT_TRY(const auto pattern, read_pattern(config.grammar, config.text));
    WEFT_TRY(const Areas::Obtained obtained,
             areas_.obtain(config.direction, pattern, of_connections_, own));
    auto made = std::make_unique<LinkRoute>();
    made->id = next_id_++;
    made->name = std::move(config.name);
    made->text = std::move(config.text);
    if (!config.prefixes.empty()) {
        made->prefixes = std::make_unique<const ExternalPrefixes>(std::move(config.prefixes));
    }
    made->place = &of;
    made->area = obtained.area;
    made->taken = obtained.taken;
    made->grammar = config.grammar;
    made->direction = config.direction;
    made->by = config.by;
    made->source = config.source;
    LinkRoute& route = *routes.emplace_back(std::move(made));
    if (is_named) {
        names_.insert(route.name);
    }
    areas_.join(route);
    return &route;
}

bool LinkRoutes::remove(std::uint64_t id) {
    LinkRoute* const route = known(id);
    if (route == nullptr) {
        return false;
    }
    areas_.leave(*route);
    if (route->by == Finds::maker) {
        const auto at = makers_.find(route->maker);
        take_out(at->second.routes, *route);
        of_connections_.give_back(at->second.own, route->taken);
        if (at->second.routes.empty()) {
            makers_.erase(at);
        }
    } else {
        names_.erase(route->name);
        places_.leave(*route);
    }
    Routes& routes = route->by == Finds::maker ? made_ : configured_;
    routes.erase(
        std::ranges::lower_bound(routes, id, {}, [](const auto& each) { return each->id; }));
    tellers_.leave_room();
    return true;
}

void LinkRoutes::container_gone(std::uint64_t connection) {
    places_.gone(connection);
    const auto maker = makers_.find(connection);
    if (maker == makers_.end()) {
        return;
    }
    std::vector<std::size_t> places;
    for (LinkRoute* const route : maker->second.routes) {
        areas_.leave(*route);
        const auto at = std::ranges::lower_bound(made_, route->id, {},
                                                 [](const auto& each) { return each->id; });
        places.push_back(static_cast<std::size_t>(at - made_.begin()));
    }
    std::ranges::for_each(places, [this](std::size_t place) { made_[place].reset(); });
    std::erase(made_, nullptr);  // without a look at each
    of_connections_.give_back(maker->second.own, Allotment::Share{maker->second.own});
    makers_.erase(maker);
    tellers_.leave_room(places.size());
}

LinkRoute* LinkRoutes::known(std::uint64_t id) const {
    for (const Routes* routes : {&configured_, &made_}) {
        const auto at =
            std::ranges::lower_bound(*routes, id, {}, [](const auto& route) { return route->id; });
        if (at != routes->end() && (*at)->id == id) {
            return at->get();
        }
    }
    return nullptr;
}

const LinkRoute* LinkRoutes::find(std::uint64_t id) const {
    return known(id);
}

const LinkRoute* LinkRoutes::rival(const AddressPattern& pattern) const {
    for (const router::Direction direction : {router::Direction::in, router::Direction::out}) {
        if (const LinkRoute* route = areas_[areas_.known(direction, pattern)].configured()) {
            return route;
        }
    }
    return nullptr;
}

std::span<LinkRoute* const> LinkRoutes::made_by(std::uint64_t connection) const {
    const auto at = makers_.find(connection);
    return at != makers_.end() ? std::span<LinkRoute* const>{at->second.routes}
                               : std::span<LinkRoute* const>{};
}

std::optional<AreaView> LinkRoutes::area_for(router::Direction direction,
                                             std::string_view address) const {
    const std::uint32_t number = areas_.at(direction, address);
    return number != 0 ? std::optional{Areas::view_of(areas_[number])} : std::nullopt;
}

}  // namespace weft::linkroute

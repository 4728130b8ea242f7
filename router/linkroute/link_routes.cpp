#include "router/linkroute/link_routes.hpp"

#include "common/base/conditions.hpp"
#include "router/core/address.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace weft::linkroute {
namespace {

using router::AddressPattern;

/// Containers and names of connections are apart.
std::string place_of(Finds by, std::string_view name) {
    return std::string(by == Finds::container ? "i" : "n").append(name);
}

}  // namespace

// --- which there are ----------------------------------------------------------------------------

Result<const LinkRoute*> LinkRoutes::add(LinkRouteConfig config) {
    const auto at = places_.try_emplace(place_of(config.by, config.container)).first;
    auto placed = place_in_area(configured_, std::move(config), at->first, nullptr);
    if (!placed) {
        forget_if_unused(at);
        return tl::unexpected(std::move(placed).error());
    }
    LinkRoute& route = **placed;
    route.place_index = static_cast<std::uint32_t>(at->second.routes.size());
    at->second.routes.push_back(&route);
    for (const std::uint64_t connection : at->second.connections) {
        add_target(route, connection);
    }
    for (Following& each : following_) {
        each.has_begun = each.has_begun || each.place == at->first;
    }
    return &route;
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
    add_target(route, connection);
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
    WEFT_TRY(const Obtained obtained, obtain_area(config.direction, pattern, of_connections_, own));
    Area& area = areas_[obtained.area];
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
    route.area_index = static_cast<std::uint32_t>(area.routes.size());
    area.routes.push_back(&route);
    return &route;
}

bool LinkRoutes::remove(std::uint64_t id) {
    LinkRoute* const route = known(id);
    if (route == nullptr) {
        return false;
    }
    const auto swap_out = [route](std::vector<LinkRoute*>& of) {
        of.back()->place_index = route->place_index;
        of[route->place_index] = of.back();
        of.pop_back();
    };
    leave_area(*route);
    if (route->by == Finds::maker) {
        const auto at = makers_.find(route->maker);
        swap_out(at->second.routes);
        of_connections_.give_back(at->second.own, route->taken);
        if (at->second.routes.empty()) {
            makers_.erase(at);
        }
    } else {
        names_.erase(route->name);
        const auto at = places_.find(*route->place);
        swap_out(at->second.routes);
        forget_if_unused(at);
    }
    Routes& routes = route->by == Finds::maker ? made_ : configured_;
    routes.erase(
        std::ranges::lower_bound(routes, id, {}, [](const auto& each) { return each->id; }));
    return true;
}

/// Its links go nowhere any more.
void LinkRoutes::leave_area(LinkRoute& route) {
    const std::uint32_t number = route.area;
    Area& area = areas_[number];
    active_ -= route.by != Finds::maker && route.is_active() ? 1U : 0U;
    const bool was_announced = area.is_announced;
    const std::string key = was_announced ? key_of(area) : std::string{};
    if (route.by == Finds::maker) {
        if (Target* const target = target_of(area, route.maker, route.id)) {
            erase_target(area, static_cast<std::uint32_t>(target - area.targets.data()));
        }
    } else {
        for (std::size_t at = area.targets.size(); at-- > 0 && route.active > 0;) {
            if (area.targets[at].route == &route) {
                erase_target(area, static_cast<std::uint32_t>(at));
                --route.active;
            }
        }
    }
    area.routes.back()->area_index = route.area_index;
    area.routes[route.area_index] = area.routes.back();
    area.routes.pop_back();
    if (was_announced) {  // in the words of the first of its routes: another may be that now
        const bool still = !area.targets.empty();
        if (!still || key_of(area) != key) {
            announcements_.push_back({key, false});
            area.is_announced = false;
        }
        if (still) {
            announce(area, true);
        }
    }
    drop_area_if_unused(number);
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
        const Area& area = areas_[tree_.carried(tree_.known(pattern), direction)];
        const auto at = std::ranges::find_if(
            area.routes, [](const LinkRoute* route) { return route->by != Finds::maker; });
        if (at != area.routes.end()) {
            return *at;
        }
    }
    return nullptr;
}

std::span<LinkRoute* const> LinkRoutes::made_by(std::uint64_t connection) const {
    const auto at = makers_.find(connection);
    return at != makers_.end() ? std::span<LinkRoute* const>{at->second.routes}
                               : std::span<LinkRoute* const>{};
}

void LinkRoutes::forget_if_unused(Places::iterator at) {
    if (at->second.routes.empty() && at->second.connections.empty()) {
        places_.erase(at);
    }
}

// --- areas --------------------------------------------------------------------------------------

/// The area of that pattern, made if there is none. `own` is what its maker has of `all`; null: it
/// may take what it likes.
Result<LinkRoutes::Obtained> LinkRoutes::obtain_area(router::Direction direction,
                                                     const AddressPattern& pattern,
                                                     const Allotment& all,
                                                     const Allotment::Share* own) {
    const std::size_t before = tree_.find_cost();
    const RuleTree::Node node = tree_.obtain(pattern);
    const std::size_t after = tree_.find_cost();
    if (own != nullptr) {
        if (auto fits = all.check(*own, pattern, before, after); !fits) {
            tree_.drop_unused(node);
            return tl::unexpected(std::move(fits).error());
        }
    }
    const std::uint32_t known = tree_.carried(node, direction);
    return Obtained{.area = known != 0 ? known : make_area(direction, node),
                    .taken = {.bytes = Allotment::bytes_of(pattern), .find = after - before}};
}

std::uint32_t LinkRoutes::make_area(router::Direction direction, RuleTree::Node node) {
    auto number = static_cast<std::uint32_t>(areas_.size());
    if (free_areas_.empty()) {
        areas_.emplace_back();
    } else {
        number = free_areas_.back();
        free_areas_.pop_back();
    }
    areas_[number].node = node;
    areas_[number].direction = direction;
    tree_.carry(node, direction, number);
    return number;
}

void LinkRoutes::drop_area_if_unused(std::uint32_t number) {
    Area& area = areas_[number];
    if (!is_used(area)) {
        tree_.carry(area.node, area.direction, 0);
        area = {};
        free_areas_.push_back(number);
    }
}

/// In the words of the first of its rules, or else of another router.
std::string LinkRoutes::key_of(const Area& area) {
    return area.routes.empty() ? area.key : mesh_key(*area.routes.front());
}

AreaView LinkRoutes::view_of(const Area& area) {
    AreaView view{.key = key_of(area), .containers = area.targets.size(), .routers = {}};
    for (const Far& far : area.routers) {
        view.routers.push_back(far.router);
    }
    return view;
}

std::vector<AreaView> LinkRoutes::areas(std::size_t offset, std::size_t count) const {
    std::vector<AreaView> page;
    // Without holes a page is where it seems to be.
    std::size_t at = free_areas_.empty() ? std::min(offset, area_count()) + 1 : 1;
    for (std::size_t skip = free_areas_.empty() ? 0 : offset;
         at < areas_.size() && page.size() < count; ++at) {
        if (!is_used(areas_[at])) {
            continue;
        }
        if (skip > 0) {
            --skip;
        } else {
            page.push_back(view_of(areas_[at]));
        }
    }
    return page;
}

std::optional<AreaView> LinkRoutes::area_for(router::Direction direction,
                                             std::string_view address) const {
    const std::uint32_t number = area_at(direction, address);
    return number != 0 ? std::optional{view_of(areas_[number])} : std::nullopt;
}

std::optional<AreaView> LinkRoutes::area_of(std::string_view key) const {
    const MeshRoute said = read_mesh_key(key);
    const auto pattern = read_pattern(said.grammar, said.text);
    const std::uint32_t number = pattern ? tree_.carried(tree_.known(*pattern), said.direction) : 0;
    return number != 0 && key_of(areas_[number]) == key ? std::optional{view_of(areas_[number])}
                                                        : std::nullopt;
}

void LinkRoutes::announce(Area& area, bool has) {
    if (area.is_announced != has) {
        area.is_announced = has;
        announcements_.push_back({key_of(area), has});
    }
}

std::vector<Announcement> LinkRoutes::take_announcements() {
    return std::exchange(announcements_, {});
}

// --- containers come and go ---------------------------------------------------------------------

void LinkRoutes::container_came(std::uint64_t connection,
                                std::string_view container,
                                std::string_view name) {
    std::vector<std::string>& known = connections_[connection];
    known.push_back(place_of(Finds::connection, name));
    if (!container.empty()) {  // it is nobody's name
        known.push_back(place_of(Finds::container, container));
    }
    for (const std::string& place : known) {
        places_[place].connections.push_back(connection);
        follow(place, connection, /*came=*/true);
    }
}

void LinkRoutes::container_gone(std::uint64_t connection) {
    if (const auto maker = makers_.find(connection); maker != makers_.end()) {
        std::vector<std::size_t> places;
        for (LinkRoute* const route : maker->second.routes) {
            leave_area(*route);
            const auto at = std::ranges::lower_bound(made_, route->id, {},
                                                     [](const auto& each) { return each->id; });
            places.push_back(static_cast<std::size_t>(at - made_.begin()));
        }
        std::ranges::for_each(places, [this](std::size_t place) { made_[place].reset(); });
        std::erase(made_, nullptr);  // without a look at each
        of_connections_.give_back(maker->second.own, Allotment::Share{maker->second.own});
        makers_.erase(maker);
    }
    const auto known = connections_.find(connection);
    if (known == connections_.end()) {
        return;
    }
    // What has not begun to follow it need not follow that it went.
    std::vector<std::string> not_begun;
    std::erase_if(following_, [&](Following& each) {
        const bool its_own = each.connection == connection;
        if (its_own && !each.has_begun) {
            not_begun.push_back(std::move(each.place));
        }
        return its_own;
    });
    for (const std::string& place : known->second) {
        const auto at = places_.find(place);
        std::erase(at->second.connections, connection);
        if (std::ranges::find(not_begun, place) == not_begun.end()) {
            follow(place, connection, /*came=*/false);
        }
        forget_if_unused(at);
    }
    connections_.erase(known);
}

void LinkRoutes::follow(const std::string& place, std::uint64_t connection, bool came) {
    if (const std::size_t routes = places_[place].routes.size(); routes > 0) {
        following_.push_back({place, connection, came, routes});
    }
}

/// From the end: of the link routes that come and go meanwhile none is left out. One may be met
/// twice, or have what is to be done already.
bool LinkRoutes::work(std::size_t budget) {
    while (!following_.empty()) {
        Following& next = following_.front();
        const auto at = places_.find(next.place);
        const std::size_t routes = at != places_.end() ? at->second.routes.size() : 0;
        next.has_begun = next.has_begun || budget > 0;
        for (next.left = std::min(next.left, routes); next.left > 0; --budget) {
            if (budget == 0) {
                return true;
            }
            LinkRoute& route = *at->second.routes[--next.left];
            if (next.came) {
                add_target(route, next.connection);
            } else {
                remove_target(route, next.connection);
            }
        }
        following_.pop_front();
    }
    return false;
}

/// What made a link route for itself is open as long as that is there.
bool LinkRoutes::is_open(const Target& target) const {
    return target.route->by == Finds::maker || connections_.contains(target.connection);
}

void LinkRoutes::add_target(LinkRoute& route, std::uint64_t connection) {
    Area& area = areas_[route.area];
    const auto position = static_cast<std::uint32_t>(area.targets.size());
    if (!positions_.try_emplace({connection, route.id}, position).second) {
        return;
    }
    area.targets.push_back({.connection = connection, .route = &route});
    active_ += route.by != Finds::maker && !route.is_active() ? 1U : 0U;
    ++route.active;
    announce(area, true);
}

void LinkRoutes::remove_target(LinkRoute& route, std::uint64_t connection) {
    Area& area = areas_[route.area];
    Target* const target = target_of(area, connection, route.id);
    if (target == nullptr) {
        return;
    }
    erase_target(area, static_cast<std::uint32_t>(target - area.targets.data()));
    --route.active;
    active_ -= route.is_active() ? 0U : 1U;  // no maker's: those end with their target
    announce(area, !area.targets.empty());
}

/// Null: there is none.
LinkRoutes::Target* LinkRoutes::target_of(Area& area,
                                          std::uint64_t connection,
                                          std::uint64_t route) {
    const auto at = positions_.find({connection, route});
    return at == positions_.end() ? nullptr : &area.targets[at->second];
}

void LinkRoutes::erase_target(Area& area, std::uint32_t position) {
    const auto key = [](const Target& target) {
        return std::pair{target.connection, target.route->id};
    };
    positions_.erase(key(area.targets[position]));
    if (position + 1 < area.targets.size()) {
        area.targets[position] = area.targets.back();
        positions_[key(area.targets[position])] = position;
    }
    area.targets.pop_back();
}

// --- other routers ------------------------------------------------------------------------------

void LinkRoutes::set_cost(RouterIndex router, std::optional<std::uint32_t> cost) {
    if (cost) {
        costs_[router] = *cost;
    } else {
        costs_.erase(router);
    }
}

std::uint32_t LinkRoutes::cost_of(RouterIndex router) const {
    const auto at = costs_.find(router);
    return at != costs_.end() ? at->second : std::numeric_limits<std::uint32_t>::max();
}

std::optional<Error> LinkRoutes::router_has(RouterIndex router, std::string_view key) {
    Teller& teller = tellers_[router];
    auto taken = take(router, teller, key);
    if (taken) {
        return std::nullopt;
    }
    of_routers_.refuse();
    const bool is_first = teller.refused.empty();
    teller.refused.insert(TextHash{}(key));
    return is_first ? std::optional{std::move(taken).error()} : std::nullopt;
}

Result<void> LinkRoutes::take(RouterIndex router, Teller& teller, std::string_view key) {
    const MeshRoute said = read_mesh_key(key);
    WEFT_TRY(const auto pattern, read_pattern(said.grammar, said.text));
    WEFT_TRY(const Obtained obtained,
             obtain_area(said.direction, pattern, of_routers_, &teller.own));
    of_routers_.take(teller.own, obtained.taken);
    Area& area = areas_[obtained.area];
    const auto known = std::ranges::find(area.routers, router, &Far::router);
    Far& far = known != area.routers.end()
                   ? *known
                   : area.routers.emplace_back(Far{.router = router, .serial = next_serial_++});
    ++far.keys;
    far.find += obtained.taken.find;
    if (area.key.empty()) {
        area.key = key;
    }
    return {};
}

void LinkRoutes::router_lost(RouterIndex router, std::string_view key) {
    const auto teller = tellers_.find(router);
    if (teller == tellers_.end()) {
        return;
    }
    if (teller->second.refused.erase(TextHash{}(key)) == 0) {
        give_back(router, teller->second, key);
    }
    if (teller->second.own.bytes == 0 && teller->second.refused.empty()) {
        tellers_.erase(teller);
    }
}

void LinkRoutes::give_back(RouterIndex router, Teller& teller, std::string_view key) {
    const MeshRoute said = read_mesh_key(key);
    const auto pattern = read_pattern(said.grammar, said.text);
    const std::uint32_t number = pattern ? tree_.carried(tree_.known(*pattern), said.direction) : 0;
    std::vector<Far>& routers = areas_[number].routers;
    const auto known = std::ranges::find(routers, router, &Far::router);
    if (known == routers.end()) {
        return;
    }
    Allotment::Share less{.bytes = Allotment::bytes_of(*pattern)};
    if (--known->keys == 0) {
        less.find = known->find;
        routers.erase(known);
    }
    of_routers_.give_back(teller.own, less);
    drop_area_if_unused(number);
}

// --- links --------------------------------------------------------------------------------------

/// What the router is asked itself goes nowhere else.
std::uint32_t LinkRoutes::area_at(router::Direction direction, std::string_view address) const {
    return address == router::kManagementNode ? 0 : tree_.find(direction, address);
}

bool LinkRoutes::covers(router::Direction direction, std::string_view address) const {
    return area_at(direction, address) != 0;
}

/// Of those that `cost` says are cheapest, one with the fewest links: the first from `turn` on. Of
/// many that cost nothing, some are compared.
template <class Targets, class Cost>
typename Targets::iterator LinkRoutes::fewest_links(Targets& targets,
                                                    std::uint32_t& turn,
                                                    Cost cost) {
    auto best = targets.end();
    for (std::size_t i = 0; i < targets.size(); ++i) {
        if (i >= kComparedMax && cost(*best) == 0) {
            break;
        }
        ++compared_;
        const auto each =
            targets.begin() + static_cast<std::ptrdiff_t>((turn + i) % targets.size());
        if (best == targets.end() ||
            std::pair{cost(*each), each->links} < std::pair{cost(*best), best->links}) {
            best = each;
        }
    }
    if (best != targets.end()) {
        turn = static_cast<std::uint32_t>(best - targets.begin()) + 1;
    }
    return best;
}

std::optional<Way> LinkRoutes::choose(router::Direction direction, std::string_view address) {
    const std::uint32_t number = area_at(direction, address);
    Area& area = areas_[number];
    Way way{.area = number};
    const auto target = fewest_links(area.targets, area.turn,
                                     [this](const Target& each) { return is_open(each) ? 0 : 1; });
    if (target != area.targets.end() && is_open(*target)) {
        way.connection = target->connection;
        way.route = target->route->id;
        if (target->route->prefixes) {
            way.prefixes = *target->route->prefixes;
        }
        return way;
    }
    if (area.routers.empty()) {
        return std::nullopt;
    }
    const auto far = fewest_links(area.routers, area.turn,
                                  [this](const Far& each) { return cost_of(each.router); });
    way.router = far->router;
    way.serial = far->serial;
    return costs_.contains(way.router) ? std::optional{way} : std::nullopt;  // else none has a path
}

/// What the way led to may be gone, and its place another's.
void LinkRoutes::count(const Way& way, int more) {
    Area& area = areas_[way.area];
    const auto change = [more](auto& of) { of.links += static_cast<std::uint32_t>(more); };
    if (way.connection == 0) {
        const auto far = std::ranges::find(area.routers, way.serial, &Far::serial);
        if (far != area.routers.end()) {
            change(*far);
        }
    } else if (Target* const target = target_of(area, way.connection, way.route)) {
        change(*target);
    }
}

}  // namespace weft::linkroute

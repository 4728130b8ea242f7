#include "router/linkroute/areas.hpp"

#include "router/core/address.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace weft::linkroute {

Result<Areas::Obtained> Areas::obtain(router::Direction direction,
                                      const router::AddressPattern& pattern,
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
    return Obtained{.area = known != 0 ? known : make(direction, node),
                    .taken = {.bytes = Allotment::bytes_of(pattern), .find = after - before}};
}

std::uint32_t Areas::make(router::Direction direction, RuleTree::Node node) {
    auto number = static_cast<std::uint32_t>(areas_.size());
    if (free_.empty()) {
        areas_.emplace_back();
    } else {
        number = free_.back();
        free_.pop_back();
    }
    areas_[number].node = node;
    areas_[number].direction = direction;
    tree_.carry(node, direction, number);
    return number;
}

void Areas::drop_if_unused(std::uint32_t number) {
    Area& area = areas_[number];
    if (!area.is_used()) {
        tree_.carry(area.node, area.direction, 0);
        area = {};
        free_.push_back(number);
    }
}

/// What the router is asked itself goes nowhere else.
std::uint32_t Areas::at(router::Direction direction, std::string_view address) const {
    return address == router::kManagementNode ? 0 : tree_.find(direction, address);
}

std::uint32_t Areas::known(router::Direction direction,
                           const router::AddressPattern& pattern) const {
    return tree_.carried(tree_.known(pattern), direction);
}

AreaView Areas::view_of(const Area& area) {
    AreaView view{.key = area.shown_key(),
                  .containers = area.targets.size(),
                  .routers = {},
                  .configured = area.configured()};
    for (const Far& far : area.routers) {
        view.routers.push_back(far.router);
    }
    return view;
}

std::vector<AreaView> Areas::page(std::size_t offset, std::size_t most) const {
    std::vector<AreaView> views;
    // Without holes a page is where it seems to be.
    std::size_t at = free_.empty() ? std::min(offset, count()) + 1 : 1;
    for (std::size_t skip = free_.empty() ? 0 : offset; at < areas_.size() && views.size() < most;
         ++at) {
        if (!areas_[at].is_used()) {
            continue;
        }
        if (skip > 0) {
            --skip;
        } else {
            views.push_back(view_of(areas_[at]));
        }
    }
    return views;
}

std::optional<AreaView> Areas::view_of_key(std::string_view key) const {
    const MeshRoute said = read_mesh_key(key);
    const auto pattern = read_pattern(said.grammar, said.text);
    const std::uint32_t number = pattern ? known(said.direction, *pattern) : 0;
    return number != 0 && areas_[number].shown_key() == key ? std::optional{view_of(areas_[number])}
                                                            : std::nullopt;
}

void Areas::join(LinkRoute& route) {
    Area& area = areas_[route.area];
    route.area_index = static_cast<std::uint32_t>(area.routes.size());
    area.routes.push_back(&route);
}

void Areas::leave(LinkRoute& route) {
    const std::uint32_t number = route.area;
    Area& area = areas_[number];
    active_ -= route.by != Finds::maker && route.is_active() ? 1U : 0U;
    const bool was_announced = area.is_announced;
    const std::string key = was_announced ? area.shown_key() : std::string{};
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
        if (!still || area.shown_key() != key) {
            announcements_.push_back({key, false});
            area.is_announced = false;
        }
        if (still) {
            announce(area, true);
        }
    }
    drop_if_unused(number);
}

void Areas::add_target(LinkRoute& route, std::uint64_t connection) {
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

void Areas::remove_target(LinkRoute& route, std::uint64_t connection) {
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

Target* Areas::target_of(Area& area, std::uint64_t connection, std::uint64_t route) {
    const auto at = positions_.find({connection, route});
    return at == positions_.end() ? nullptr : &area.targets[at->second];
}

void Areas::erase_target(Area& area, std::uint32_t position) {
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

void Areas::announce(Area& area, bool has) {
    if (area.is_announced != has) {
        area.is_announced = has;
        announcements_.push_back({area.shown_key(), has});
    }
}

}  // namespace weft::linkroute

#include "router/linkroute/way_choice.hpp"

#include <algorithm>
#include <utility>

namespace weft::linkroute {

/// Of those that `cost` says are cheapest, one with the fewest links: the first from `turn` on. Of
/// many that cost nothing, some are compared.
template <class Targets, class Cost>
typename Targets::iterator WayChoice::fewest_links(Targets& targets,
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

/// What made a link route for itself is open as long as that is there.
bool WayChoice::is_open(const Target& target) const {
    return target.route->by == Finds::maker || places_.is_open(target.connection);
}

std::optional<Way> WayChoice::choose(std::uint32_t number, const Way* with) {
    Area& area = areas_[number];
    Way way{.area = number};
    const auto target = fewest_links(area.targets, area.turn, [&](const Target& each) {
        const bool apart = with != nullptr && each.connection != with->connection;
        return !is_open(each) ? 2 : apart ? 1 : 0;
    });
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
    const auto far = fewest_links(area.routers, area.turn, [&](const Far& each) {
        const bool together =
            with != nullptr && each.router == with->router && tellers_.has_path(each.router);
        return together ? 0 : tellers_.cost_of(each.router);
    });
    way.router = far->router;
    way.serial = far->serial;
    return tellers_.has_path(way.router) ? std::optional{way}
                                         : std::nullopt;  // else none has a path
}

void WayChoice::count(const Way& way, int more) {
    Area& area = areas_[way.area];
    const auto change = [more](auto& of) { of.links += static_cast<std::uint32_t>(more); };
    if (way.connection == 0) {
        const auto far = std::ranges::find(area.routers, way.serial, &Far::serial);
        if (far != area.routers.end()) {
            change(*far);
        }
    } else if (Target* const target = areas_.target_of(area, way.connection, way.route)) {
        change(*target);
    }
}

}  // namespace weft::linkroute

#include "router/linkroute/places.hpp"

#include <algorithm>
#include <utility>

namespace weft::linkroute {
namespace {

/// Containers and names of connections are apart.
std::string place_of(Finds by, std::string_view name) {
    return std::string(by == Finds::container ? "i" : "n").append(name);
}

}  // namespace

const std::string& Places::obtain(Finds by, std::string_view name) {
    return places_.try_emplace(place_of(by, name)).first->first;
}

void Places::drop_if_unused(const std::string& place) {
    forget_if_unused(places_.find(place));
}

void Places::join(LinkRoute& route) {
    const auto at = places_.find(*route.place);
    route.place_index = static_cast<std::uint32_t>(at->second.routes.size());
    at->second.routes.push_back(&route);
    for (const std::uint64_t connection : at->second.connections) {
        areas_.add_target(route, connection);
    }
    for (Following& each : following_) {
        each.has_begun = each.has_begun || each.place == at->first;
    }
}

void Places::leave(const LinkRoute& route) {
    const auto at = places_.find(*route.place);
    take_out(at->second.routes, route);
    forget_if_unused(at);
}

void Places::came(std::uint64_t connection, std::string_view container, std::string_view name) {
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

void Places::gone(std::uint64_t connection) {
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

void Places::follow(const std::string& place, std::uint64_t connection, bool came) {
    if (const std::size_t routes = places_[place].routes.size(); routes > 0) {
        following_.push_back({place, connection, came, routes});
    }
}

/// From the end: of the link routes that come and go meanwhile none is left out. One may be met
/// twice, or have what is to be done already.
bool Places::work(std::size_t budget) {
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
                areas_.add_target(route, next.connection);
            } else {
                areas_.remove_target(route, next.connection);
            }
        }
        following_.pop_front();
    }
    return false;
}

void Places::forget_if_unused(Map::iterator at) {
    if (at->second.routes.empty() && at->second.connections.empty()) {
        places_.erase(at);
    }
}

}  // namespace weft::linkroute

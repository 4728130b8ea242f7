#pragma once

#include "router/linkroute/link_routes.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace weft::linkroute {

using Grammar = router::AddressPattern::Grammar;
using router::Direction;

/// One for the container of that id.
inline LinkRouteConfig to(std::string container, std::string prefix, std::string name = "") {
    return {.name = std::move(name), .text = std::move(prefix), .container = std::move(container)};
}

/// Of `levels` levels each is an 'a', or any; they end alike.
inline std::string pattern_of(unsigned number, unsigned levels) {
    std::string pattern;
    for (unsigned level = 0; level < levels; ++level) {
        pattern += (number >> level & 1U) == 0 ? "a/" : "*/";
    }
    return pattern + "z";
}

/// The link routes of a router, which are asked and told what tests wish.
struct Desk {
    LinkRoutes routes;

    std::uint64_t add(LinkRouteConfig config) {
        const auto added = routes.add(std::move(config));
        REQUIRE(added);
        return (*added)->id;
    }
    void came(std::uint64_t connection, std::string_view container, std::string_view name) {
        routes.container_came(connection, container, name);
        CHECK_FALSE(routes.work(SIZE_MAX));
    }
    void gone(std::uint64_t connection) {
        routes.container_gone(connection);
        CHECK_FALSE(routes.work(SIZE_MAX));
    }
    bool active(std::uint64_t id) const { return routes.find(id)->is_active(); }
    /// The connection that a link for `address` goes over; 0: none.
    std::uint64_t connection(std::string_view address) {
        const auto way = routes.choose(Direction::in, address);
        return way ? way->connection : 0;
    }
    RouterIndex router(std::string_view address) {
        const auto way = routes.choose(Direction::in, address);
        return way ? way->router : kNoRouter;
    }
    /// "+Ca -Cb"
    std::string told() {
        std::string line;
        for (const auto& [key, has] : routes.take_announcements()) {
            line += (line.empty() ? "" : " ") + std::string(has ? "+" : "-") + key;
        }
        return line;
    }
};

}  // namespace weft::linkroute

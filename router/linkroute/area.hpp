#pragma once

#include "common/base/router_index.hpp"
#include "router/core/link.hpp"
#include "router/linkroute/link_route.hpp"
#include "router/linkroute/rule_tree.hpp"

#include <boost/container/small_vector.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// What Areas keeps. README.md has the picture.
namespace weft::linkroute {

/// A connection to a container that an area's links can go over.
struct Target {
    std::uint64_t connection = 0;
    LinkRoute* route = nullptr;
    std::uint32_t links = 0;
};

/// A router that has such.
struct Far {
    RouterIndex router = kNoRouter;
    std::uint32_t keys = 0;  // that say so
    std::uint32_t links = 0;
    std::uint32_t serial = 0;  // it is another one each time that it says so again
    std::size_t find = 0;      // what they added to the cost of a look
};

/// The links of one direction that patterns of the same levels mean.
struct Area {
    boost::container::small_vector<LinkRoute*, 1> routes;
    boost::container::small_vector<Target, 1> targets;
    std::vector<Far> routers;
    std::string key;  // as a router said it first
    RuleTree::Node node = 0;
    std::uint32_t turn = 0;
    router::Direction direction = router::Direction::in;
    bool is_announced = false;

    /// The first that no connection made for itself; null: there is none.
    const LinkRoute* configured() const {
        for (const LinkRoute* route : routes) {
            if (route->by != Finds::maker) {
                return route;
            }
        }
        return nullptr;
    }
    bool is_used() const { return !routes.empty() || !routers.empty(); }
    /// In the words of the first of its rules, or else of another router.
    std::string shown_key() const { return routes.empty() ? key : mesh_key(*routes.front()); }
};

/// The links of one direction that patterns of the same levels mean, for people.
struct AreaView {
    std::string key;                        // as other routers know it
    std::size_t containers = 0;             // connections that take such links here
    std::vector<RouterIndex> routers;       // that have such containers
    const LinkRoute* configured = nullptr;  // of the operator; null: none is
};

/// What the mesh is to hear: this router has containers for the key, or has none any more.
struct Announcement {
    std::string key;
    bool has = false;
    bool operator==(const Announcement&) const = default;
};

}  // namespace weft::linkroute

#pragma once

#include "tests/unit/io/support.hpp"
#include "tests/unit/router_mgmt/world.hpp"

#include <algorithm>
#include <memory>
#include <string>

namespace weft::router_mgmt::test {

/// The configuration of a router of a mesh; `more` follows its listener.
inline std::string mesh_node(const std::string& id, const std::string& more) {
    return R"({"router": {"id": ")" + id + R"(", "mode": "interior"}, "listeners": [
        {"name": "mesh", "port": 0, "role": "inter-router"}])" +
           more + "}";
}

inline std::string connector_to(node::Router& peer, int cost) {
    const auto port = peer.listeners().all().front()->listener->bound_port();
    return R"(, "connectors": [{"name": "to-peer", "role": "inter-router", "cost": )" +
           std::to_string(cost) + R"(, "port": )" + std::to_string(port) + "}]";
}

/// A row of three routers on one loop, of which A is the one that is asked: A —2— B —1— C.
struct Row3 : World {
    Row3() : World{mesh_node("A", "")} {
        b = join("B", router, 2);
        c = join("C", b->router, 1);
        wait_for([this] { return reachable(router) == 2 && reachable(b->router) == 2; });
    }

    std::unique_ptr<Managed> join(const char* id, node::Router& peer, int cost) {
        return std::make_unique<Managed>(
            node::test::parsed(mesh_node(id, connector_to(peer, cost))), loop);
    }
    static std::ptrdiff_t reachable(const node::Router& of) {
        return std::ranges::count_if(of.mesh()->state().nodes(),
                                     [](const linkstate::RouterNode& node) {
                                         return node.index != kThisRouter && node.path;
                                     });
    }
    template <class Condition>
    void wait_for(Condition condition) {
        io::run_until(loop, condition);
    }
    /// The row of the router `id`, as `at` sees it.
    static wire::Value node(Managed& at, const char* id) {
        return at
            .ask({{"operation", "READ"},
                  {"type", "router.node"},
                  {"identity", std::string{"router.node/"} + id}})
            .body;
    }

    std::unique_ptr<Managed> b;
    std::unique_ptr<Managed> c;
};

}  // namespace weft::router_mgmt::test

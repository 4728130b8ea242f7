#pragma once

#include "router/annotations/annotations.hpp"
#include "tests/unit/core/world.hpp"

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace weft::router {

inline constexpr Treatment kMulticast{.distribution = Distribution::multicast};
inline constexpr Treatment kClosest{.distribution = Distribution::closest};

/// Says what it was told; of origins that it was told nothing of, messages may go everywhere.
struct FakeTopology final : Topology {
    RouterIndex index_of(std::string_view router_id) const override {
        const auto at = index.find(router_id);
        return at == index.end() ? kNoRouter : at->second;
    }
    const Destinations& valid_destinations(RouterIndex origin) override {
        const auto at = valid.find(origin);
        return at == valid.end() ? everywhere : at->second;
    }

    bool leads_here(RouterIndex origin, const Trunk& trunk) override {
        const auto at = ways.find(origin);
        return at == ways.end() || at->second == &trunk;
    }

    std::map<std::string, RouterIndex, std::less<>> index;
    std::map<RouterIndex, const Trunk*> ways;  // of the others all neighbours do
    std::map<RouterIndex, Destinations> valid;
    Destinations everywhere = Destinations(16, true);
};

/// Router "B" between its neighbours west and east; routers A and D are behind west, C is behind
/// east. Clients are on `left` and `right` of the World.
struct MeshWorld : World {
    static constexpr RouterIndex kA = 1;
    static constexpr RouterIndex kC = 2;
    static constexpr RouterIndex kD = 3;

    explicit MeshWorld(bool west_is_weft = true, bool east_is_weft = true)
        : World{{.router_id = "B"}} {
        topology.index = {{"A", kA}, {"C", kC}, {"D", kD}};
        core.routes().set_topology(&topology);
        west.trunk().weft = west_is_weft;
        east.trunk().weft = east_is_weft;
        path(kA, "A", &west, 1);
        path(kD, "D", &west, 2);
        path(kC, "C", &east, 1);
    }

    ~MeshWorld() {
        for (const auto& [id, router] : topology.index) {
            path(router, id, nullptr, 0);
        }
        for (FakePort* port : {&west, &east}) {
            port->check_contexts();
            for (const auto& peer : port->peers()) {
                if (peer->link != nullptr) {
                    port->detach(*peer);
                }
            }
            CHECK(port->faults == std::vector<std::string>{});
        }
        core.routes().set_topology(nullptr);
        for (const std::string& key : known_) {
            for (const RouterIndex router : {kA, kC, kD}) {
                core.reach().set_remote(router, key, false, {}, now);
            }
        }
    }

    void path(RouterIndex router, std::string_view id, FakePort* next, std::uint32_t cost) {
        core.reach().set_path(router, id, next == nullptr ? nullptr : &next->trunk(), cost, now);
    }
    void remote(RouterIndex router, std::string_view address, bool has = true) {
        known_.push_back("M0" + std::string(address));
        core.reach().set_remote(router, known_.back(), has, {}, now);
    }
    std::uint32_t waiting(std::string_view address) const {
        const Address* found = core.addresses().find("M0" + std::string(address));
        return found == nullptr ? 0 : static_cast<std::uint32_t>(found->waiting.count());
    }

    FakeTopology topology;
    FakePort west{core, now, Traits::of_router()};
    FakePort east{core, now, Traits::of_router()};
    // The routers send on `from_…`, and get on `to_…`.
    Peer& from_west = west.data(Direction::in);
    Peer& to_west = west.data(Direction::out);
    Peer& from_east = east.data(Direction::in);
    Peer& to_east = east.data(Direction::out);

private:
    std::vector<std::string> known_;
};

/// A message taken apart.
struct Dissected {
    explicit Dissected(Bytes message);

    wire::Facts facts;
    annotations::RouterAnnotations annotations;
    std::vector<std::string> trace;
    std::string bare;
    std::string users;  // the annotations that are not routers', encoded
};

/// What routers have written into a message on its way.
struct Stamps {
    std::string_view to{};
    std::string_view ingress{};
    std::vector<std::string> trace{};
    std::uint8_t phase = 0;
};

/// `message` as another router passes it on.
Buffer stamped(Bytes message, const Stamps& stamps);

/// A message that A stamped.
inline Buffer from_a(std::string_view to, std::string_view body) {
    return stamped(plain_message(body), {.to = to, .ingress = "0/A", .trace = {"0/A"}});
}
/// A message with a header that says `priority`.
Buffer urgent_message(std::uint8_t priority, std::string_view body);

}  // namespace weft::router

#include "tests/simulation/seeds.hpp"
#include "tools/sim/sim_audit.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

/// Meshes of production machines to which things happen at random. When they stop happening, all
/// must agree within a bound, and be right.
///
/// seeds.hpp says which seeds run.
namespace weft::linkstate {
namespace {

using sim::SimMesh;
using std::chrono::milliseconds;
using std::chrono::seconds;

std::string name_of(std::size_t number) {
    return "r" + std::to_string(number);
}

/// A random connected mesh of about `degree` links a router.
void build(SimMesh& mesh, std::size_t routers, std::size_t degree, std::uint32_t cost_max) {
    auto& random = mesh.random();
    const auto delay = [&] { return std::chrono::microseconds(200 + random() % 3000); };
    const auto cost = [&] { return static_cast<std::uint32_t>(1 + random() % cost_max); };
    for (std::size_t i = 0; i < routers; ++i) {
        mesh.add(name_of(i));
        mesh.set_address(i, "M0own" + std::to_string(i), true);
        if (i > 0) {
            mesh.connect(i, random() % i, cost(), delay(), milliseconds(1));
        }
    }
    for (std::size_t extra = routers; extra < routers * degree / 2; ++extra) {
        const std::size_t a = random() % routers;
        const std::size_t b = random() % routers;
        if (a != b) {
            mesh.connect(a, b, cost(), delay(), milliseconds(1));
        }
    }
}

class Trouble {
public:
    explicit Trouble(SimMesh& mesh) : mesh_{mesh} {}

    void act() {
        const std::size_t router = below(mesh_.size());
        const std::size_t wire = below(mesh_.wires().size());
        switch (below(10)) {
            case 0:
            case 1:
                mesh_.cut(wire);
                break;
            case 2:
            case 3:
                mesh_.restore(wire);
                break;
            case 4:
                mesh_.crash(router, below(2) == 0);
                break;
            case 5:
                if (!mesh_.place(router).alive()) {
                    start(router);
                }
                break;
            case 6:
                mesh_.set_cost(wire, static_cast<std::uint32_t>(1 + below(5)));
                break;
            case 7:
                if (mesh_.runs(router)) {
                    mesh_.freeze(router);
                } else if (mesh_.place(router).frozen) {
                    mesh_.thaw(router);
                }
                break;
            default:
                mesh_.set_address(router, "M0a" + std::to_string(below(8)), below(2) == 0);
                break;
        }
        mesh_.run_for(milliseconds(below(4) == 0 ? below(5000) : below(50)));
    }

    void end() {
        for (std::size_t router = 0; router < mesh_.size(); ++router) {
            if (mesh_.place(router).frozen) {
                mesh_.thaw(router);
            }
            if (!mesh_.place(router).alive() && below(2) == 0) {
                start(router);
            }
        }
        for (std::size_t wire = 0; wire < mesh_.wires().size(); ++wire) {
            if (below(2) == 0) {
                mesh_.restore(wire);
            }
        }
    }

private:
    std::size_t below(std::size_t bound) { return mesh_.random()() % bound; }
    void start(std::size_t router) { mesh_.start(router, ++instance_); }

    SimMesh& mesh_;
    std::int64_t instance_ = 1;
};

/// Longer than anything that is waited for; that is holding down who flaps.
constexpr Duration kBound = seconds(35);

std::string simulate(std::uint32_t seed) {
    const auto data_after = milliseconds(seed % 3 == 0 ? 20 * (seed % 50) : 0);
    LinkStateOptions options;
    options.slice = seed % 2 == 0 ? 1 + seed % 3 : options.slice;
    SimMesh mesh({.seed = seed, .options = options, .data_after = data_after});
    build(mesh, 3 + mesh.random()() % 12, 2 + mesh.random()() % 4, 1 + mesh.random()() % 4);
    Trouble trouble(mesh);
    const std::size_t steps = 20 + mesh.random()() % 60;
    for (std::size_t step = 0; step < steps; ++step) {
        trouble.act();
    }
    trouble.end();
    const auto converged =
        mesh.run_until([&] { return sim::audit_paths(mesh).empty(); }, kBound, milliseconds(500));
    if (!converged) {
        return sim::audit(mesh) + sim::dump(mesh);
    }
    mesh.run_for(seconds(10));
    const std::string fault = sim::audit(mesh);
    return fault.empty() ? fault : fault + sim::dump(mesh);
}

}  // namespace

TEST_CASE("three routers started together agree within 0.1 s") {
    SimMesh mesh({.seed = 1, .options = {}});
    for (std::size_t i = 0; i < 3; ++i) {
        mesh.add(name_of(i));
        mesh.set_address(i, "M0a" + std::to_string(i), true);
    }
    mesh.connect(0, 1);
    mesh.connect(1, 2);
    const auto time =
        mesh.run_until([&] { return sim::audit(mesh).empty(); }, seconds(1), milliseconds(1));
    REQUIRE(time);
    MESSAGE("converged after " << std::chrono::duration<double, std::milli>(*time).count()
                               << " ms");
    CHECK(*time <= milliseconds(50));
}

TEST_CASE("sixty routers: from cold, split, joined again, at rest") {
    constexpr std::size_t kRouters = 60;
    SimMesh mesh({.seed = 3, .options = {}});
    build(mesh, kRouters, 4, 2);
    const auto agree = [&](Duration limit) {
        return mesh
            .run_until([&] { return sim::audit_paths(mesh).empty(); }, limit, milliseconds(50))
            .has_value();
    };
    CHECK_MESSAGE(agree(seconds(1)), sim::audit_paths(mesh));

    const auto is_between = [&](std::size_t wire) {
        return (mesh.wires()[wire].a < kRouters / 2) != (mesh.wires()[wire].b < kRouters / 2);
    };
    const auto change_between = [&](auto change) {
        for (std::size_t wire = 0; wire < mesh.wires().size(); ++wire) {
            if (is_between(wire)) {
                change(wire);
            }
        }
    };
    change_between([&](std::size_t wire) { mesh.cut(wire); });
    CHECK_MESSAGE(agree(seconds(1)), sim::audit_paths(mesh));
    mesh.set_address(1, "M0while-split", true);
    mesh.run_for(seconds(3));
    change_between([&](std::size_t wire) { mesh.restore(wire); });
    CHECK_MESSAGE(agree(seconds(2)), sim::audit_paths(mesh));

    mesh.crash(7, /*silently=*/true);
    mesh.run_for(seconds(75));
    CHECK(sim::audit(mesh) == "");
    for (std::size_t router = 0; router < kRouters; ++router) {
        if (router != 7) {
            CHECK(mesh.router(router).machine.index_of(name_of(7)) == kNoRouter);
        }
    }
    const std::uint64_t before = mesh.bytes();
    mesh.run_for(seconds(60));
    const auto ends = 2 * mesh.wires().size();
    CHECK((mesh.bytes() - before) / (60 * ends) < 1024);  // bytes a second to each neighbour
}

/// Follows the paths from one router to another as a message would; where it ends.
std::size_t carried(SimMesh& mesh, std::size_t from, std::size_t to) {
    for (std::size_t hops = 0; hops < mesh.size() && from != to; ++hops) {
        sim::SimRouter& router = mesh.router(from);
        const auto path = router.paths.find(router.machine.index_of(name_of(to)));
        if (path == router.paths.end()) {
            return from;
        }
        const SimMesh::Wire& wire = mesh.wires()[mesh.place(from).wires.at(path->second.link)];
        from = wire.a == from ? wire.b : wire.a;
    }
    return from;
}

TEST_CASE("messages keep to the way that works until a shorter one carries them") {
    SimMesh mesh({.seed = 1, .options = {}, .data_after = seconds(1)});
    for (std::size_t i = 0; i < 4; ++i) {
        mesh.add(name_of(i));
        mesh.set_address(i, "M0a" + std::to_string(i), true);
    }
    for (std::size_t i = 0; i < 3; ++i) {
        mesh.connect(i, i + 1);
    }
    mesh.run_for(seconds(5));
    REQUIRE(sim::audit(mesh) == "");
    const std::size_t shorter = mesh.connect(0, 3);
    const auto routes_over_it = [&] { return mesh.router(0).paths.at(3).cost == 1; };
    for (int i = 0; i < 90; ++i) {
        mesh.run_for(milliseconds(10));
        CHECK(carried(mesh, 0, 3) == 3);
        CHECK(carried(mesh, 1, 3) == 3);
        CHECK_FALSE(routes_over_it());
    }
    mesh.run_for(seconds(1));
    CHECK(routes_over_it());
    CHECK(sim::audit(mesh) == "");
    CHECK(mesh.wires()[shorter].alive);
}

TEST_CASE("all routers agree, whatever happened before") {
    test::for_seeds({.count = 20}, [](std::uint32_t seed) {
        const std::string fault = simulate(seed);
        if (!fault.empty()) {
            FAIL(fault << "; " << test::replay(seed, "weft_linkstate_sim", "*"));
        }
    });
}

}  // namespace weft::linkstate

#include "tests/simulation/seeds.hpp"
#include "tests/simulation/settings_sim_mesh.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <string>

/// Meshes of production machines to which things happen at random. When they stop happening, all
/// must soon know the same, and the right thing.
///
/// seeds.hpp says which seeds run; WEFT_ROUTERS=<count> sets how
/// large the mesh is that is measured.
namespace weft::settings {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Ids in the order of the numbers.
std::string name_of(std::size_t number) {
    const std::string digits = std::to_string(number);
    return "r" + std::string(4 - std::min<std::size_t>(digits.size(), 4), '0') + digits;
}

class Trouble {
public:
    explicit Trouble(SettingsMesh& mesh)
        : mesh_{mesh}, keys_{4 + mesh.below(40)}, value_max_{mesh.below(3) == 0 ? 8000U : 20U} {}

    void begin(std::size_t routers) {
        for (std::size_t i = 0; i < routers; ++i) {
            mesh_.add(name_of(i));
        }
        for (std::size_t i = 0; i < routers; ++i) {
            mesh_.start(i, file());
        }
        mesh_.loss = static_cast<double>(mesh_.below(4)) / 10;
        mesh_.run_for(seconds(mesh_.below(3)));
    }

    void act() {
        const std::size_t router = mesh_.below(mesh_.size());
        const bool runs = mesh_.node(router).machine != nullptr;
        switch (mesh_.below(10)) {
            case 0:
                mesh_.move(router, static_cast<int>(mesh_.below(3)));
                break;
            case 1:
                divide();
                break;
            case 2:
                if (runs) {
                    mesh_.crash(router, /*keeps=*/mesh_.below(4) != 0);
                }
                break;
            case 3:
            case 4:
                if (!runs) {
                    start(router);
                }
                break;
            case 5:
            case 6:
                if (runs) {
                    mesh_.remove(router, key());
                }
                break;
            default:
                if (runs) {
                    mesh_.set(router, key(), value());
                }
                break;
        }
        mesh_.run_for(milliseconds(mesh_.below(4) == 0 ? mesh_.below(20'000) : mesh_.below(100)));
    }

    /// No message is lost any more, all run and reach each other.
    void end() {
        mesh_.loss = 0;
        for (std::size_t router = 0; router < mesh_.size(); ++router) {
            mesh_.move(router, 0);
            if (mesh_.node(router).machine == nullptr) {
                start(router);
            }
        }
    }

private:
    void divide() {
        for (std::size_t router = 0; router < mesh_.size(); ++router) {
            mesh_.move(router, static_cast<int>(mesh_.below(2)));
        }
    }
    void start(std::size_t router) {
        mesh_.start(router, mesh_.below(2) == 0 ? mesh_.node(router).file : file());
    }
    /// Half of the routers have the same file, which changes now and then.
    File file() {
        if (mesh_.below(2) == 0) {
            if (common_.empty() || mesh_.below(8) == 0) {
                common_ = any_file();
            }
            return common_;
        }
        return mesh_.below(2) == 0 ? File{} : any_file();
    }
    File any_file() {
        File file;
        for (std::size_t count = mesh_.below(6); count > 0; --count) {
            file[key()] = value();
        }
        return file;
    }
    std::string key() { return "k" + std::to_string(mesh_.below(keys_)); }
    std::string value() {
        return "v" + std::to_string(mesh_.below(1000)) + std::string(mesh_.below(value_max_), 'x');
    }

    SettingsMesh& mesh_;
    std::size_t keys_;
    std::size_t value_max_;
    File common_;
};

/// Until all is well, or it took too long since the last trouble.
void settle(SettingsMesh& mesh) {
    const Instant begin = mesh.now();
    while (!mesh.audit().empty() && mesh.now() - begin < 3 * MeshSettings::kDigestGap) {
        mesh.run_for(milliseconds(500));
    }
}

std::string simulate(std::uint32_t seed, std::size_t routers_max, std::size_t steps_max) {
    SettingsMesh mesh(seed);
    Trouble trouble(mesh);
    trouble.begin(3 + mesh.below(routers_max - 2));
    for (std::size_t step = mesh.below(steps_max); step > 0; --step) {
        trouble.act();
    }
    trouble.end();
    settle(mesh);
    if (std::string fault = mesh.audit(); !fault.empty()) {
        return fault;
    }
    mesh.run_for(MeshSettings::kDigestGap);  // what is still on its way arrives
    const auto before = mesh.traffic();
    mesh.run_for(2 * MeshSettings::kDigestGap);
    if (mesh.traffic().walks != before.walks) {
        return "they know the same, and still walk";
    }
    return mesh.audit();
}

void check(std::uint32_t seed, const std::string& fault, const char* test_case) {
    if (!fault.empty()) {
        FAIL("seed " << seed << ": " << fault << "; "
                     << test::replay(seed, "weft_settings_sim", test_case));
    }
}

}  // namespace

TEST_CASE("all routers know the same, whatever happened before") {
    test::for_seeds({.count = 50}, [](std::uint32_t seed) {
        check(seed, simulate(seed, 12, 120), "all routers know the same*");
    });
}

TEST_CASE("many routers know the same, whatever happened before") {
    test::for_seeds({.count = 2, .slow = true}, [](std::uint32_t seed) {
        check(seed, simulate(seed, 200, 60), "many routers know the same*");
    });
}

TEST_CASE("100 routers with 100 settings: what they say, and what at rest") {
    const char* count = std::getenv("WEFT_ROUTERS");
    const std::size_t routers = count == nullptr ? 100U : std::strtoul(count, nullptr, 10);
    SettingsMesh mesh(1);
    for (std::size_t i = 0; i < routers; ++i) {
        mesh.add(name_of(i));
    }
    mesh.sight_max = milliseconds(1);
    for (std::size_t i = 0; i < routers; ++i) {
        mesh.start(i, {});
    }
    mesh.run_for(seconds(1));
    for (std::size_t i = 0; i < 100; ++i) {
        mesh.set(i % routers, "address/" + std::to_string(i), R"({"distribution":"balanced"})");
    }
    const auto per_router = [&](const SettingsMesh::Traffic& since) {
        return std::pair{(mesh.traffic().messages - since.messages) / routers,
                         (mesh.traffic().bytes - since.bytes) / routers};
    };
    auto before = mesh.traffic();
    mesh.run_for(seconds(1));
    CHECK(mesh.audit() == "");
    const auto [news, news_bytes] = per_router(before);
    MESSAGE("100 changes: " << news << " messages, " << news_bytes << " bytes a router");
    mesh.run_for(seconds(60));
    before = mesh.traffic();
    mesh.run_for(seconds(60));
    const auto [messages, bytes] = per_router(before);
    MESSAGE("at rest, each minute: " << messages << " messages, " << bytes << " bytes a router");
    CHECK(messages <= 20);
    CHECK(bytes / 60 < 40);
    CHECK(mesh.traffic().walks == 0);
}

}  // namespace weft::settings

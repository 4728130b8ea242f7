#include "tests/simulation/mesh_sim_clients.hpp"
#include "tests/simulation/seeds.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

/// Routers joined by wires that take their time, and clients that do at random what clients do. Of
/// each three seeds one leaves the mesh alone, one lets clients come and go, and one breaks wires
/// too.
///
/// seeds.hpp says which seeds run.
namespace weft::router {
namespace {

constexpr int kSteps = 1200;

class Simulation {
public:
    explicit Simulation(std::uint64_t seed) : dice_{seed} {
        for (std::size_t i = 0; i < 6; ++i) {
            clients_.attach_consumer();
        }
        world_.come_to_rest();
        for (std::size_t i = 0; i < 6; ++i) {
            clients_.attach_producer();
        }
    }

    /// What went wrong; empty if nothing did.
    std::string run() {
        for (step_ = 0; step_ < kSteps && ledger_.fault.empty(); ++step_) {
            act();
            if (dice_.chance(40)) {
                world_.work();
            }
            world_.look(step_ % 8 == 0);
        }
        settle_all();
        if (ledger_.fault.empty()) {
            ledger_.check_fates();
        }
        world_.part();
        return ledger_.fault.empty() ? "" : "step " + std::to_string(step_) + ": " + ledger_.fault;
    }

private:
    void act() {
        const std::size_t choice = dice_.below(100);
        if (choice < 35) {
            clients_.send();
        } else if (choice < 65) {
            if (WireEnd* end = world_.some_end()) {
                end->carry(1 + dice_.below(12));
            }
        } else if (choice < 75) {
            clients_.answer();
        } else if (choice < 84) {
            clients_.give_credit();
        } else if (choice < 87) {
            clients_.settle_decided();
        } else if (choice < 91) {
            if (dice_.chance(20)) {
                world_.come_to_rest();
            } else {
                world_.let_one_learn();
            }
        } else if (choice < 93) {
            world_.change_room();
        } else if (choice < 95) {
            pass_time();
        } else if (choice < 98) {
            clients_.change();
        } else {
            world_.change();
        }
    }

    void pass_time() {
        now_ += std::chrono::milliseconds(dice_.below(500));
        world_.tick();
        clients_.give_back();
    }

    /// Everybody finishes what they began, takes all and answers all.
    void settle_all() {
        world_.come_to_rest();
        for (int round = 0; round < 24 && ledger_.fault.empty(); ++round) {
            world_.make_all_room();
            clients_.finish();
            world_.carry_all();
            clients_.take_all();
            world_.carry_all();
            clients_.settle_decided();
            pass_time();
            while (world_.work()) {
            }
            world_.look(true);
        }
        world_.check_empty();
        clients_.check_credit();
    }

    Dice dice_;
    Instant now_{std::chrono::hours(1)};
    MeshLedger ledger_;
    MeshWorld world_{dice_, ledger_, now_};
    MeshClients clients_{dice_, ledger_, world_};
    int step_ = 0;
};

}  // namespace

TEST_CASE("a mesh loses, doubles, changes and leaks nothing") {
    test::for_seeds({.count = 150}, [](std::uint32_t seed) {
        const std::string fault = Simulation{seed}.run();
        if (!fault.empty()) {
            FAIL(fault << "; " << test::replay(seed, "weft_mesh_sim", "*"));
        }
    });
}

}  // namespace weft::router

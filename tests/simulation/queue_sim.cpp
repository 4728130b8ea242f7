#include "tests/simulation/queue_walk.hpp"
#include "tests/simulation/queue_walk_settings.hpp"
#include "tests/simulation/seeds.hpp"

#include <doctest/doctest.h>

#include <random>

namespace weft::queue::sim {

TEST_SUITE("queue simulation") {
    TEST_CASE("a queue of any kind does what a simple model of it does") {
        test::for_seeds({.count = 50}, [](std::uint32_t seed) {
            CAPTURE(test::replay(seed, "weft_broker_queue_sim_test", "a queue of any kind*"));
            for (const Kind& kind : kKinds) {
                CAPTURE(kind.name);
                std::mt19937 random{seed};
                const Dice dice = [&random](std::uint32_t sides) {
                    return static_cast<std::uint32_t>(random()) % sides;
                };
                QueueWalk walk{dice, kind.settings};
                walk.walk(2000);
                walk.drain();
            }
        });
    }
}

}  // namespace weft::queue::sim

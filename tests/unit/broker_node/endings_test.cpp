#include "broker/node/endings.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <vector>

namespace weft::broker {

TEST_SUITE("endings") {
    TEST_CASE("a turn does so many steps, and at least one end; the others wait, in order") {
        io::Loop loop;
        std::optional<Endings> endings{loop};
        std::vector<int> ended;
        const auto add = [&](std::size_t steps, int number) {
            endings->add(steps, [&ended, number] { ended.push_back(number); });
        };
        add(10, 1);
        add(3 * Endings::kStepsAtOnce, 2);  // more than a turn's
        CHECK(ended == std::vector{1, 2});
        for (int number = 3; number <= 5; ++number) {
            add(Endings::kStepsAtOnce / 2, number);
        }
        CHECK(ended == std::vector{1, 2});
        CHECK(endings->waiting() == 3);
        loop.run_one();
        CHECK(ended == std::vector{1, 2, 3, 4});
        SUBCASE("the next turn") {
            loop.run_one();
            CHECK(ended == std::vector{1, 2, 3, 4, 5});
            loop.post([] {});
            loop.run_one();
            add(1, 6);
            CHECK(ended.back() == 6);
        }
        SUBCASE("what waits when it goes does not run, and is let go of") {
            const auto held = std::make_shared<int>(0);
            endings->add(1, [held] { ++*held; });
            endings.reset();
            CHECK(held.use_count() == 1);
            CHECK(*held == 0);
        }
    }
}

}  // namespace weft::broker

#include "router/core/size_limits.hpp"

#include "tests/unit/core/world.hpp"

namespace weft::router {

TEST_SUITE_BEGIN("size limits");

TEST_CASE("the least and the highest limit are those of the consumers that are there") {
    World world;
    SizeLimits limits;
    CHECK(limits.least() == kAnySize);
    CHECK(limits.most(Scope::all) == 0);
    CHECK(limits.unused());
    const auto consumer = [&](std::uint64_t most) -> Link& {
        return *world.right
                    .attach({.direction = Direction::out, .address = "a", .max_message_size = most})
                    .link;
    };
    Link& small = consumer(10);
    Link& twin = consumer(10);
    Link& large = consumer(1000);
    for (Link* each : {&small, &twin, &large}) {
        limits.add(*each);
    }
    CHECK(limits.least() == 10);
    CHECK(limits.most(Scope::here) == 1000);
    CHECK(limits.count(Scope::all) == 3);
    limits.remove(small);
    CHECK(limits.least() == 10);
    limits.remove(twin);
    CHECK(limits.least() == 1000);
    limits.remove(large);
    CHECK(limits.unused());
}

TEST_SUITE_END();

}  // namespace weft::router

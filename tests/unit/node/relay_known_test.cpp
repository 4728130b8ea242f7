#include "router/node/relay.hpp"
#include "tests/unit/node/loops.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <utility>

namespace weft::node {

TEST_SUITE_BEGIN("Relay: what others know");

TEST_CASE(
    "who waits for other loops to know of its consumer hears of it, or is not kept for long") {
    Loops loops;
    Relay& relay = loops.all[1]->relay;
    std::string heard;
    CHECK(relay.others_know());
    relay.when_known([&] { heard += "0"; });
    CHECK(heard == "0");
    router::Peer& one = loops.there.consumer("a");
    router::Peer& two = loops.there.consumer("a");
    CHECK_FALSE(relay.others_know());
    relay.when_known([&] { heard += "1"; });
    loops.there.consumer("b");
    relay.when_known([&] { heard += "2"; });
    relay.tick();
    CHECK(heard == "0");
    loops.cross();
    CHECK(heard == "012");
    CHECK(relay.others_know());

    loops.there.detach(one);  // of others, nobody is told
    loops.there.detach(two);
    CHECK(relay.others_know());
    loops.there.consumer("a");
    CHECK_FALSE(relay.others_know());
    relay.when_known([&] { heard += "3"; });
    relay.tick();
    CHECK(heard == "012");
    relay.tick();
    CHECK(heard == "0123");
}

TEST_CASE("who waits for other loops to know of its consumer hears of it in slices") {
    Loops loops;
    Relay& relay = loops.all[1]->relay;
    loops.there.consumer("a");
    std::size_t heard = 0;
    for (int i = 0; i < 500; ++i) {
        relay.when_known([&] { ++heard; });
    }
    loops.hand_over();
    loops.arrive();
    loops.hand_over();
    REQUIRE(loops.on_the_way.size() == 1);
    relay.receive(0, std::move(loops.on_the_way.front().slab), loops.now);
    loops.on_the_way.clear();
    constexpr std::size_t kSlice = Relay::kStepsMax / Awareness::kStepsToAnswer;
    CHECK(heard == kSlice);
    CHECK(relay.has_work());
    relay.when_known([&] { ++heard; });  // behind those that wait
    CHECK(heard == kSlice);
    relay.go_on(loops.now);
    CHECK(heard == 2 * kSlice);
    relay.go_on(loops.now);
    CHECK(heard == 501);
    CHECK_FALSE(relay.has_work());
}

TEST_SUITE_END();

}  // namespace weft::node

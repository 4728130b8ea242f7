#include "router/core/far_demand.hpp"

#include <doctest/doctest.h>

namespace weft::router {
namespace {

constexpr RouterIndex kOne = 1;
constexpr RouterIndex kTwo = 2;

}  // namespace

TEST_SUITE_BEGIN("FarDemand");

TEST_CASE("what routers want is a sum, less what has left") {
    FarDemand far;
    CHECK(far.credit() == 0);
    far.tell(kOne, {.limit = 3});
    far.tell(kTwo, {.limit = 2});
    CHECK(far.credit() == 5);
    far.sent();
    CHECK(far.credit() == 4);
    far.tell(kOne, {.limit = 3, .taken = 1});
    far.tell(kOne, {.limit = 3, .taken = 1});  // said again, it means the same
    CHECK(far.credit() == 4);
    far.tell(kOne, {.limit = 1, .taken = 1});
    CHECK(far.credit() == 2);
    far.sent();
    far.sent();
    far.sent();
    CHECK(far.credit() == 0);
    far.returned();
    far.returned();
    CHECK(far.credit() == 1);
}

TEST_CASE("a router that goes takes what it wanted along, and what it had stays counted") {
    FarDemand far;
    far.tell(kOne, {.limit = 10});
    far.tell(kTwo, {.limit = 5});
    for (int i = 0; i < 4; ++i) {
        far.sent();
    }
    far.tell(kOne, {.limit = 10, .taken = 3});
    CHECK(far.credit() == 11);
    far.forget(kOne);
    CHECK(far.credit() == 4);
    far.tell(kOne, {.limit = 12, .taken = 3});  // it had been away
    CHECK(far.credit() == 13);
    far.tell(kOne, {.limit = 2});  // it counts anew
    CHECK(far.credit() == 6);
    far.forget(kOne);
    far.forget(kTwo);
    CHECK(far.credit() == 0);
    far.tell(kOne, {.limit = 1});
    CHECK(far.credit() == 1);  // what is under way to nobody holds nobody back
}

TEST_CASE("what never came anywhere is under way for a few ticks only") {
    FarDemand far;
    far.tell(kOne, {.limit = 3});
    far.sent();
    for (std::size_t i = 0; i < FarDemand::kUnderWayTicks; ++i) {
        CHECK(far.credit() == 2);
        far.tick();
    }
    far.sent();
    CHECK(far.credit() == 1);
    far.tick();
    CHECK(far.credit() == 2);  // the first one is made up for
}

TEST_CASE("a drain is answered when there is no more, and what had left was taken") {
    FarDemand far;
    CHECK(far.tell(kOne, {.limit = 2, .drain = 7}));
    CHECK_FALSE(far.tell(kOne, {.limit = 2, .drain = 7}));
    CHECK(far.waits());
    far.sent();
    CHECK(far.take_answers().empty());
    far.rest();
    CHECK_FALSE(far.waits());
    CHECK(far.credit() == 0);  // it is about to want nothing
    CHECK(far.take_answers().empty());
    CHECK_FALSE(far.tell(kOne, {.limit = 2, .taken = 1, .drain = 7}));
    CHECK(far.credit() == 0);
    const auto answers = far.take_answers();
    REQUIRE(answers.size() == 1);
    CHECK(answers[0].router == kOne);
    CHECK(answers[0].drain == 7);
    CHECK(far.take_answers().empty());
    CHECK_FALSE(far.tell(kOne, {.limit = 2, .taken = 1, .drain = 7}));  // the answer was lost
    CHECK(far.credit() == 0);
    CHECK(far.take_answers().size() == 1);
    CHECK(far.tell(kOne, {.limit = 3, .taken = 1, .drain = 8}));
    CHECK(far.credit() == 2);
    CHECK_FALSE(far.tell(kOne, {.limit = 3, .taken = 1}));
    CHECK_FALSE(far.waits());
}

TEST_CASE("a drain does not wait for what was lost") {
    FarDemand far;
    far.tell(kOne, {.limit = 1, .drain = 1});
    far.sent();
    far.rest();
    for (std::size_t i = 0; i < FarDemand::kUnderWayTicks; ++i) {
        CHECK(far.take_answers().empty());
        far.tick();
    }
    far.tick();
    CHECK(far.take_answers().size() == 1);
}

TEST_CASE("what a router claims is bounded") {
    FarDemand far;
    far.tell(kOne, {.limit = UINT64_MAX});
    far.tell(kTwo, {.limit = UINT64_MAX});
    CHECK(far.credit() == 2 * FarDemand::kWantedMax);
    far.tell(kTwo, {.limit = 0, .taken = UINT64_MAX});
    CHECK(far.credit() == FarDemand::kWantedMax);
    far.sent();
    far.tell(kOne, {.limit = 1});
    CHECK(far.credit() == 0);  // what the other one claimed to have taken was not under way
}

TEST_SUITE_END();

}  // namespace weft::router

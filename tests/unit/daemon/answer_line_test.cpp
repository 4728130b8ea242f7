#include "common/daemon/answer_line.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <vector>

using namespace weft;
using namespace weft::daemon;

namespace {

struct Counter {
    io::Loop loop;
    std::optional<AnswerLine> line{loop};
    std::vector<AnswerLine::Place> places;
    std::vector<std::size_t> begun;

    bool enter(std::size_t number) {
        return line->enter([this, number](const AnswerLine::Place& place) {
            begun.push_back(number);
            places.push_back(place);
        });
    }
};

constexpr std::size_t kAtOnce = AnswerLine::kAtOnce;

}  // namespace

TEST_SUITE_BEGIN("answer line");

TEST_CASE("so many begin at once, the others in order as places are left") {
    Counter counter;
    for (std::size_t i = 0; i < kAtOnce + 3; ++i) {
        REQUIRE(counter.enter(i));
    }
    CHECK(counter.begun.size() == kAtOnce);
    counter.places.pop_back();
    counter.places.pop_back();
    CHECK(counter.begun.size() == kAtOnce);  // they have a turn of their own
    while (counter.begun.size() < kAtOnce + 2) {
        counter.loop.run_one();
    }
    CHECK(counter.begun.back() == kAtOnce + 1);
    CHECK(counter.enter(99));
    counter.places.clear();
    while (counter.begun.size() < kAtOnce + 4) {
        counter.loop.run_one();
    }
    CHECK(counter.begun.back() == 99);
}

TEST_CASE("beyond a number of those that wait, others are refused") {
    Counter counter;
    for (std::size_t i = 0; i < kAtOnce + AnswerLine::kWaitingMax; ++i) {
        REQUIRE(counter.enter(i));
    }
    CHECK_FALSE(counter.enter(0));
}

TEST_CASE("places may outlive the line") {
    Counter counter;
    for (std::size_t i = 0; i <= kAtOnce; ++i) {
        REQUIRE(counter.enter(i));
    }
    counter.line.reset();
    counter.places.clear();
    CHECK(counter.begun.size() == kAtOnce);
}

TEST_SUITE_END();

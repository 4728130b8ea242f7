#include "router/node/edge_tracker.hpp"

#include <doctest/doctest.h>

#include <string>

using weft::node::EdgeTracker;

namespace {

/// A key of so many bytes.
std::string key_of(std::size_t number, std::size_t size) {
    std::string key = std::to_string(number);
    key.resize(size, 'x');
    return key;
}

}  // namespace

TEST_CASE("words that nobody reads have a bound in bytes, and what is forgotten makes room") {
    constexpr std::size_t kSize = std::size_t{1} << 14U;
    constexpr std::size_t kFit = EdgeTracker::kDueBytesMax / kSize;
    EdgeTracker tracker;
    for (std::size_t i = 0; i < kFit; ++i) {
        REQUIRE(tracker.tell(key_of(i, kSize), true));
    }
    CHECK(tracker.tell(key_of(0, kSize), false));  // the latest word of the same address
    CHECK_FALSE(tracker.tell(key_of(kFit, kSize), true));
    tracker.forget(key_of(kFit, kSize));  // it is none
    CHECK_FALSE(tracker.tell(key_of(kFit, kSize), true));
    tracker.forget(key_of(1, kSize));
    CHECK(tracker.tell(key_of(kFit, kSize), true));
}

TEST_CASE("words that nobody reads have a bound in number") {
    EdgeTracker tracker;
    for (std::size_t i = 0; i < EdgeTracker::kDueMax; ++i) {
        REQUIRE(tracker.tell(std::to_string(i), true));
    }
    CHECK(tracker.tell("0", false));
    CHECK_FALSE(tracker.tell("more", true));
}

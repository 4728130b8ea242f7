#include "tests/unit/broker_selector/asking.hpp"

#include <cstddef>

namespace weft::selector {
namespace {

std::string times(std::size_t count, std::string_view text) {
    std::string all;
    for (std::size_t i = 0; i < count; ++i) {
        all += text;
    }
    return all;
}

/// `count` conditions, each of two values and an operator.
std::string joined_by_or(std::size_t count) {
    std::string all = "a=1";
    for (std::size_t i = 1; i < count; ++i) {
        all += " OR a=1";
    }
    return all;
}

std::string condition_of(std::string_view selector) {
    const auto parsed = Selector::parse(selector);
    return parsed ? "" : std::string{parsed.error().condition};
}

constexpr const char* kTooMuch = "amqp:resource-limit-exceeded";

}  // namespace

TEST_SUITE_BEGIN("selector limits");

TEST_CASE("a selector has so many bytes") {
    const std::string longest = "a = '" + std::string(kTextBytesMax - 6, 'x') + "'";
    CHECK(condition_of(longest).empty());
    CHECK(condition_of(longest + " ") == kTooMuch);
    CHECK(printed(longest + " ") ==
          "the selector has 16385 bytes, but may have 16384; make it shorter");
}

TEST_CASE("parentheses, NOTs and signs stand so deep in one another") {
    for (const auto& [open, close] : {std::pair{"(", ")"}, {"NOT ", ""}, {"- ", ""}}) {
        const std::string end = open == std::string{"- "} ? "a = 0" : "a";
        CAPTURE(open);
        CHECK(condition_of(times(kDepthMax, open) + end + times(kDepthMax, close)).empty());
        const std::string bomb = times(kDepthMax + 1, open) + end + times(kDepthMax + 1, close);
        CHECK(condition_of(bomb) == kTooMuch);
    }
    CHECK(printed(times(3000, "(")) ==
          "the selector is refused at column 65: here are more than 64 parentheses, NOTs and signs "
          "in one another; make the selector simpler");
}

TEST_CASE("depth is not counted along a line of conditions") {
    CHECK(condition_of(joined_by_or(1000)).empty());
    CHECK(condition_of("a = 1" + times(1000, " + (1)")).empty());
}

TEST_CASE("a selector has so many values and operators") {
    CHECK(condition_of(joined_by_or(kNodesMax / 3)).empty());
    CHECK(condition_of(joined_by_or(kNodesMax / 3 + 1)) == kTooMuch);
    CHECK(condition_of("a IN (1" + times(kNodesMax, ",1") + ")") == kTooMuch);
}

TEST_CASE("a selector has so many different names") {
    std::string selector = "n0";
    for (std::size_t i = 1; i < kNamesMax; ++i) {
        selector += " OR n" + std::to_string(i);
    }
    CHECK(condition_of(selector + " OR n5 OR n0").empty());
    CHECK(condition_of(selector + " OR amqp.durable") == kTooMuch);
    CHECK(condition_of(selector + " OR x") == kTooMuch);
}

TEST_CASE("a message with too many properties is not answered, and says so") {
    wire::Message message;
    for (std::size_t i = 0; i < 3'000; ++i) {
        message.application_properties.emplace_back("p" + std::to_string(i), 1);
    }
    const Buffer bytes = encoded(message);
    CHECK(ask("p2999 = 1", Candidate{.message = bytes}) == "yes");

    // A map of nulls, written by hand: two bytes of which make an entry.
    Buffer bomb{0x00, 0x53, 0x74, 0xd1, 0x00, 0x06, 0x1a, 0x84, 0x00, 0x06, 0x1a, 0x80};
    bomb.resize(bomb.size() + 400'000, 0x40);
    const Judgement judgement = Selector::parse("NOT a = 1")->judge({.message = bomb});
    CHECK(judgement.verdict == Verdict::gave_up);
    CHECK(judgement.steps <= kStepsMax);
}

TEST_CASE("each part of a selector is looked at once at most") {
    const auto selector = Selector::parse(joined_by_or(1000)).value();
    const Judgement judgement = selector.judge({});
    CHECK(judgement.verdict == Verdict::passed_over);
    CHECK(judgement.steps == 1 + 1 + 1000 * 3);
}

TEST_SUITE_END();

}  // namespace weft::selector

#include "broker/node/forward_rule.hpp"

#include "broker/node/queue_entry.hpp"
#include "common/base/conditions.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

namespace weft::broker {
namespace {

using forwarding::Rule;

Result<std::optional<Rule>> read(const wire::Map& rule) {
    return read_rule({{"type", "queue"}, {"forward", rule}});
}

std::string fault(const wire::Map& rule) {
    const auto done = read(rule);
    REQUIRE_FALSE(done);
    return done.error().text;
}

}  // namespace

TEST_SUITE("forward rule") {
    TEST_CASE("none, and one with what is given by default") {
        CHECK(read_rule({{"type", "queue"}}).value() == std::nullopt);
        CHECK(read_rule({{"forward", wire::Value{}}}).value() == std::nullopt);
        const auto rule = read({{"to", "central"}}).value();
        REQUIRE(rule);
        CHECK(*rule == Rule{.to = "central"});
    }

    TEST_CASE("all of it, and as it is written again") {
        const auto rule = read({{"to", "central/orders"},
                                {"messagesPerSecond", std::int64_t{500}},
                                {"window", std::int64_t{1}},
                                {"delaySeconds", 0.5},
                                {"maxDelaySeconds", std::int64_t{60}}})
                              .value();
        REQUIRE(rule);
        CHECK(*rule == Rule{.to = "central/orders",
                            .per_second = 500,
                            .window = 1,
                            .pause_first = std::chrono::milliseconds{500},
                            .pause_most = std::chrono::seconds{60}});
        CHECK(read(rule_words(*rule)).value() == rule);
    }

    TEST_CASE("what can't be names the key and what would be right") {
        CHECK(fault({}) ==
              "\"forward\" has no \"to\": name the address that messages go on to, of 1 to 1024 "
              "bytes");
        CHECK(fault({{"to", ""}}).starts_with("\"forward\" has no \"to\""));
        CHECK(fault({{"to", std::string(1025, 'a')}}).starts_with("\"forward\" has no \"to\""));
        CHECK(fault({{"to", "a"}, {"rate", std::int64_t{1}}})
                  .starts_with("this broker does not do \"forward."));
        CHECK(fault({{"to", "a"}, {"messagesPerSecond", std::int64_t{-1}}}) ==
              "\"forward.messagesPerSecond\" is -1: it must be a number from 0 to 1000000");
        CHECK(fault({{"to", "a"}, {"messagesPerSecond", "many"}})
                  .starts_with("\"forward.messagesPerSecond\" is "));
        CHECK(fault({{"to", "a"}, {"window", std::int64_t{0}}}) ==
              "\"forward.window\" is 0: it must be a number from 1 to 10000");
        CHECK(fault({{"to", "a"}, {"window", 1.5}}) == "\"forward.window\" must be a whole number");
        CHECK(fault({{"to", "a"}, {"delaySeconds", 0.001}}) ==
              "\"forward.delaySeconds\" is 0.001: it must be a number from 0.01 to 86400");
        CHECK(fault({{"to", "a"}, {"delaySeconds", std::int64_t{50}}}) ==
              "\"forward.maxDelaySeconds\" is less than delaySeconds, 50");
        const auto text = read_rule({{"forward", "central"}});
        REQUIRE_FALSE(text);
        CHECK(text.error().condition == kInvalidField);
    }

    TEST_CASE("it is kept with its queue, and is no topic's") {
        const QueueEntry entry =
            read_entry({{"type", "queue"}, {"forward", wire::Map{{"to", "central"}}}}).value();
        REQUIRE(entry.forward);
        CHECK(entry.is_to_leave());
        CHECK_FALSE(entry.is_draining());
        CHECK(parse_entry(entry_text(entry)).value() == entry);
        CHECK(read_entry(entry_words(entry)).value() == entry);
        const auto topic =
            read_entry({{"type", "topic"}, {"forward", wire::Map{{"to", "central"}}}});
        REQUIRE_FALSE(topic);
        CHECK(topic.error().text.find("leave it out") != std::string::npos);
    }
}

}  // namespace weft::broker

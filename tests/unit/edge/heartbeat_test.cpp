#include "router/edge/heartbeat.hpp"

#include "common/wire/message.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <limits>
#include <string>
#include <variant>

using namespace weft;
using namespace weft::edge;
using namespace std::chrono_literals;

namespace {

wire::Map said(wire::Value value) {
    return {{wire::Symbol{std::string{kPaceProperty}}, std::move(value)}};
}

}  // namespace

TEST_SUITE("heartbeats") {
    TEST_CASE("the more edge routers there are, the less often each is to say that it is alive") {
        CHECK(pace_for(0) == kPaceMin);
        CHECK(pace_for(750) == 150ms);
        CHECK(pace_for(5000) == 1s);
        CHECK(pace_for(10'000) == kPaceMax);
        CHECK(pace_for(1'000'000) == kPaceMax);
    }

    TEST_CASE("a pace that was said is read the same") {
        wire::Map properties;
        say_pace(properties, 300ms);
        CHECK(pace_of(properties) == 300ms);
    }

    TEST_CASE("what is no pace means that there is none") {
        CHECK(pace_of({}) == std::nullopt);
        CHECK(pace_of(said("soon")) == std::nullopt);
        CHECK(pace_of(said(0)) == std::nullopt);
        CHECK(pace_of(said(-5)) == std::nullopt);
        CHECK(pace_of(said(std::numeric_limits<std::int64_t>::max())) == std::nullopt);
        CHECK(pace_of(said(1)) == kPaceMin);
    }

    TEST_CASE("the faster heartbeats are, the sooner silence means that nobody is there") {
        CHECK(answer_max(std::nullopt) == kSilenceMax);
        CHECK(answer_max(kPaceMin) == 750ms);
        CHECK(answer_max(kPaceMax) == kSilenceMax);
        CHECK(silence_max(std::nullopt) == kSilenceMax);
        CHECK(silence_max(kPaceMin) == 2s);
        CHECK(silence_max(1s) == 5s);
    }

    TEST_CASE("one is a message whose value is a number") {
        Buffer out;
        write_heartbeat(out, 17);
        const auto message = wire::decode_message(out);
        REQUIRE(message);
        REQUIRE(std::holds_alternative<wire::Value>(message->body));
        CHECK(std::get<wire::Value>(message->body) == wire::Value{std::int32_t{17}});
    }
}

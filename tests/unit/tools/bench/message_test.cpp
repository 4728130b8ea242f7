#include "tools/weft/bench/message.hpp"

#include "common/wire/message.hpp"
#include "common/wire/sections.hpp"

#include <doctest/doctest.h>

#include <variant>

namespace weft::tools {
namespace {

constexpr std::uint64_t kRun = 0x1234'5678'9abc'def1;

Buffer copy(Bytes bytes) {
    return {bytes.begin(), bytes.end()};
}

}  // namespace

TEST_SUITE("bench message") {
    TEST_CASE("a message has a header, an id of its own and as much data as was asked for") {
        for (const std::size_t size : {std::size_t{16}, std::size_t{100}, std::size_t{70'000}}) {
            CAPTURE(size);
            BenchMessage message{kRun, size};
            const auto first = wire::decode_message(copy(message.stamped(1)));
            const auto second = wire::decode_message(copy(message.stamped(2)));
            REQUIRE(first);
            REQUIRE(second);
            CHECK(first->message_id != second->message_id);
            const auto& data = std::get<wire::Data>(second->body);
            REQUIRE(data.sections.size() == 1);
            CHECK(data.sections[0].size() == size);
        }
    }

    TEST_CASE("the time is found in each message, wherever the data begins") {
        BenchMessage message{kRun, 100};
        BenchStampFinder finder{kRun};
        CHECK(finder.time_of(message.stamped(77)) == 77);
        CHECK(finder.time_of(message.stamped(78)) == 78);
        Buffer longer(23, 0);  // as if a router had put annotations in front
        append(longer, message.stamped(79));
        CHECK(finder.time_of(longer) == 79);
        CHECK(finder.time_of(message.stamped(80)) == 80);
    }

    TEST_CASE("the time is found in the first part of a message") {
        BenchMessage message{kRun, 100'000};
        BenchStampFinder finder{kRun};
        CHECK(finder.time_of(message.stamped(5).first(512)) == 5);
    }

    TEST_CASE("messages of another run and other bytes have no time") {
        BenchMessage other{kRun + 2, 100};
        BenchStampFinder finder{kRun};
        CHECK(finder.time_of(other.stamped(5)) == 0);
        CHECK(finder.time_of({}) == 0);
        CHECK(finder.time_of(Buffer(7, 1)) == 0);
    }

    TEST_CASE("a stamp that is cut off has no time") {
        BenchMessage message{kRun, 16};
        BenchStampFinder finder{kRun};
        const Bytes whole = message.stamped(5);
        for (std::size_t size = 0; size < whole.size(); ++size) {
            CHECK(finder.time_of(whole.first(size)) == 0);
        }
        CHECK(finder.time_of(whole) == 5);
    }
}

}  // namespace weft::tools

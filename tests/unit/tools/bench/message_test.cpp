#include "tools/weft/bench/message.hpp"

#include "common/wire/message.hpp"
#include "common/wire/sections.hpp"

#include <doctest/doctest.h>

#include <variant>

namespace weft::tools {
namespace {

constexpr std::uint64_t kRun = bench_run(0x9abc'def1);

Buffer copy(Bytes bytes) {
    return {bytes.begin(), bytes.end()};
}

}  // namespace

TEST_SUITE("bench message") {
    TEST_CASE("a message has a header, an id of its own and as much data as was asked for") {
        for (const std::size_t size : {std::size_t{24}, std::size_t{100}, std::size_t{70'000}}) {
            CAPTURE(size);
            BenchMessage message{kRun, size};
            const auto first = wire::decode_message(copy(message.stamped(1, 0)));
            const auto second = wire::decode_message(copy(message.stamped(2, 1)));
            REQUIRE(first);
            REQUIRE(second);
            CHECK(first->message_id != second->message_id);
            CHECK_FALSE(first->durable);
            const auto& data = std::get<wire::Data>(second->body);
            REQUIRE(data.sections.size() == 1);
            CHECK(data.sections[0].size() == size);
        }
    }

    TEST_CASE("a durable message says so") {
        BenchMessage message{kRun, 100, /*durable=*/true};
        const auto decoded = wire::decode_message(copy(message.stamped(1, 0)));
        REQUIRE(decoded);
        CHECK(decoded->durable);
    }

    TEST_CASE("another run gives its messages other ids") {
        BenchMessage message{kRun, 100};
        BenchMessage other{bench_run(5), 100};
        CHECK(wire::decode_message(copy(message.stamped(1, 0)))->message_id !=
              wire::decode_message(copy(other.stamped(1, 0)))->message_id);
    }

    TEST_CASE("a number is a sender's and a sequence") {
        const BenchStamp stamp{.number = bench_number(99'999, 1'000'000'000'000)};
        CHECK(stamp.sender() == 99'999);
        CHECK(stamp.sequence() == 1'000'000'000'000);
    }

    TEST_CASE("the stamp is found in each message, wherever the data begins") {
        BenchMessage message{kRun, 100};
        BenchStampFinder finder{kRun};
        CHECK(finder.stamp_of(message.stamped(77, 5)) == BenchStamp{kRun, 77, 5});
        CHECK(finder.stamp_of(message.stamped(78, 6)) == BenchStamp{kRun, 78, 6});
        Buffer longer(23, 0);  // as if a router had put annotations in front
        append(longer, message.stamped(79, 7));
        CHECK(finder.stamp_of(longer) == BenchStamp{kRun, 79, 7});
        CHECK(finder.stamp_of(message.stamped(80, 8)) == BenchStamp{kRun, 80, 8});
    }

    TEST_CASE("the stamp is found in the first part of a message") {
        BenchMessage message{kRun, 100'000};
        BenchStampFinder finder{kRun};
        CHECK(finder.stamp_of(message.stamped(5, 0).first(512)) == BenchStamp{kRun, 5, 0});
    }

    TEST_CASE("messages of another run have a stamp only for who wants those of any") {
        BenchMessage other{bench_run(2), 100};
        BenchStampFinder finder{kRun};
        BenchStampFinder of_any{0};
        CHECK_FALSE(finder.stamp_of(other.stamped(5, 0)));
        CHECK(of_any.stamp_of(other.stamped(5, 0)) == BenchStamp{bench_run(2), 5, 0});
        for (const Buffer& bytes : {Buffer{}, Buffer(7, 1), Buffer(200, 1)}) {
            CHECK_FALSE(finder.stamp_of(bytes));
            CHECK_FALSE(of_any.stamp_of(bytes));
        }
    }

    TEST_CASE("a stamp that is cut off is none") {
        BenchMessage message{kRun, 24};
        BenchStampFinder finder{kRun};
        const Bytes whole = message.stamped(5, 0);
        for (std::size_t size = 0; size < whole.size(); ++size) {
            CHECK_FALSE(finder.stamp_of(whole.first(size)));
        }
        CHECK(finder.stamp_of(whole) == BenchStamp{kRun, 5, 0});
    }
}

}  // namespace weft::tools

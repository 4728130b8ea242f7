#include "broker/node/read_ahead.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <utility>
#include <vector>

namespace weft::broker {
namespace {

queue::Payload payload_of(std::size_t bytes) {
    return std::make_shared<const Buffer>(bytes);
}

}  // namespace

TEST_SUITE("what is read ahead") {
    TEST_CASE("a payload counts until nobody has it") {
        ReadAhead all{[] {}};
        queue::Payload one = all.count(payload_of(100));
        queue::Payload copy = one;
        CHECK(all.bytes() == 100);
        one.reset();
        CHECK(all.bytes() == 100);
        CHECK(copy->size() == 100);
        copy.reset();
        CHECK(all.bytes() == 0);
    }

    TEST_CASE("a queue's window is large while little is held by all") {
        ReadAhead all{[] {}, 400};
        CHECK(all.window_bytes() == ReadAhead::kWindowMax);
        queue::Payload one = all.count(payload_of(99));
        CHECK(all.window_bytes() == ReadAhead::kWindowMax);
        all.ask(1, [] {});
        CHECK(all.window_bytes() == ReadAhead::kWindowLess);
        all.answered(1);
        CHECK(all.window_bytes() == ReadAhead::kWindowMax);
        all.note_ready(0, 100);  // what came in and is kept
        CHECK(all.window_bytes() == ReadAhead::kWindowLess);
        all.note_ready(100, 0);
        CHECK(all.window_bytes() == ReadAhead::kWindowMax);
    }

    TEST_CASE("where so much is held not even one read goes on, until something goes") {
        int asked_later = 0;
        constexpr std::size_t kLarge = 100;
        ReadAhead all{[&] { ++asked_later; }, kLarge};
        int reads = 0;
        std::vector<queue::Payload> held;
        for (std::size_t i = 0; i < ReadAhead::kOverMax; ++i) {
            all.ask(kLarge, [&] { ++reads; });
            held.push_back(all.count(payload_of(kLarge)));
            all.answered(kLarge);
        }
        CHECK(reads == static_cast<int>(ReadAhead::kOverMax));
        all.ask(1, [&] { ++reads; });
        CHECK(all.in_line() == 1);
        CHECK(all.waited() == 1);
        CHECK(asked_later == 0);
        held.pop_back();
        CHECK(asked_later == 1);
        all.go_on();
        CHECK(all.in_line() == 0);
        CHECK(reads == static_cast<int>(ReadAhead::kOverMax) + 1);
    }

    TEST_CASE("reads for which there is no room wait in line, but one goes on at a time") {
        int asked_later = 0;
        constexpr std::size_t kLarge = 100;
        ReadAhead all{[&] { ++asked_later; }, 4 * kLarge};
        int reads = 0;
        const auto read = [&] { ++reads; };
        for (int i = 0; i < 6; ++i) {
            all.ask(kLarge, read);
        }
        CHECK(reads == 4);
        CHECK(all.in_line() == 2);
        CHECK(all.waited() == 2);
        std::vector<queue::Payload> held;
        for (int i = 0; i < 4; ++i) {
            held.push_back(all.count(payload_of(kLarge)));
            all.answered(kLarge);
        }
        CHECK(asked_later == 1);  // nothing is asked: one may be, though all is held
        all.go_on();
        CHECK(reads == 5);
        CHECK(all.in_line() == 1);
        held.clear();
        CHECK(asked_later == 2);
        all.go_on();
        CHECK(reads == 6);
        CHECK(all.in_line() == 0);
    }
}

}  // namespace weft::broker

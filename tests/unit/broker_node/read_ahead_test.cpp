#include "broker/node/read_ahead.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace weft::broker {
namespace {

queue::Payload payload_of(std::size_t bytes) {
    return std::make_shared<const Buffer>(bytes);
}

constexpr Instant kStart = Instant{} + std::chrono::hours{1};

Instant at_start() {
    return kStart;
}

/// Somebody who has a payload of a read.
struct Having final : Holder {
    explicit Having(ReadAhead& holds_for) : all{holds_for} {}
    ~Having() override { all.note_moving(*this); }

    void give_back() override {
        ++asked;
        held.clear();
    }
    std::string who() const override { return "somebody"; }
    /// A read, answered at once.
    void read(std::size_t bytes) {
        all.ask(bytes, [this, bytes] {
            held.push_back(all.count(payload_of(bytes)));
            all.answered(bytes);
        });
    }

    ReadAhead& all;
    std::vector<queue::Payload> held;
    int asked = 0;
};

/// Whose time the test sets.
struct Reads {
    Instant now = kStart;
    int asked_later = 0;
    ReadAhead all{[this] { ++asked_later; },
                  [this] { return now; },
                  {.bytes_max = 100, .still_max = Duration{10}}};
};

}  // namespace

TEST_SUITE("what is read ahead") {
    TEST_CASE("a payload counts until nobody has it") {
        ReadAhead all{[] {}, at_start, {}};
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
        ReadAhead all{[] {}, at_start, {.bytes_max = 400}};
        CHECK(all.window_bytes() == ReadAhead::kWindowMax);
        queue::Payload one = all.count(payload_of(99));
        CHECK(all.window_bytes() == ReadAhead::kWindowMax);
        all.ask(1, [] {});
        CHECK(all.window_bytes() == ReadAhead::kWindowLess);
        all.answered(1);
        CHECK(all.window_bytes() == ReadAhead::kWindowMax);
        all.note_ready(0, 100);  // what came in and is kept
        CHECK(all.window_bytes() == ReadAhead::kWindowLess);
        CHECK(all.keeps());
        all.note_ready(100, 400);
        CHECK_FALSE(all.keeps());
        all.note_ready(400, 0);
        CHECK(all.keeps());
        CHECK(all.window_bytes() == ReadAhead::kWindowMax);
    }

    TEST_CASE("where so much is held not even one read goes on, until something goes") {
        int asked_later = 0;
        constexpr std::size_t kLarge = 100;
        ReadAhead all{[&] { ++asked_later; }, at_start, {.bytes_max = kLarge}};
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
        ReadAhead all{[&] { ++asked_later; }, at_start, {.bytes_max = 4 * kLarge}};
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

    TEST_CASE("where none goes on who has begun nothing gives back, for longest first") {
        Reads reads;
        Having first{reads.all};
        Having second{reads.all};
        Having third{reads.all};
        for (Having* const each : {&first, &second, &third}) {
            each->read(150);
            reads.all.note_still(*each, /*begun=*/false);
        }
        CHECK(reads.all.bytes() == ReadAhead::kOverMax * 100 + 50);
        CHECK_FALSE(reads.all.is_over());
        Having other{reads.all};
        other.read(1);
        CHECK(other.held.empty());
        CHECK(reads.all.is_over());
        CHECK(reads.all.longest_still() == &first);
        CHECK(reads.asked_later == 1);
        reads.all.go_on();
        CHECK(other.held.size() == 1);
        CHECK(first.asked == 1);
        CHECK(second.asked == 0);
        CHECK_FALSE(first.is_still());
        CHECK(reads.all.given_back() == 1);
        CHECK_FALSE(reads.all.is_over());
    }

    TEST_CASE("who goes on is asked for nothing") {
        Reads reads;
        Having first{reads.all};
        Having second{reads.all};
        for (Having* const each : {&first, &second}) {
            each->read(200);
            reads.all.note_still(*each, /*begun=*/false);
        }
        reads.all.note_moving(first);
        Having other{reads.all};
        other.read(1);
        reads.all.go_on();
        CHECK(first.asked == 0);
        CHECK(second.asked == 1);
    }

    TEST_CASE("who has begun gives up what it has after so long, while others wait for it") {
        Reads reads;
        Having begun{reads.all};
        begun.read(400);
        reads.all.note_still(begun, /*begun=*/true);
        CHECK(reads.all.deadline() == kNever);
        Having other{reads.all};
        other.read(1);
        CHECK(reads.asked_later == 0);
        CHECK(reads.all.deadline() == kStart + Duration{10});
        reads.now += Duration{9};
        reads.all.go_on();
        CHECK(begun.asked == 0);
        reads.now += Duration{1};
        reads.all.go_on();
        CHECK(begun.asked == 1);
        CHECK(other.held.size() == 1);
        CHECK(reads.all.deadline() == kNever);
    }

    TEST_CASE("who begins, and takes little, is still as long as before") {
        Reads reads;
        Having slow{reads.all};
        slow.read(400);
        reads.all.note_still(slow, /*begun=*/false);
        Having other{reads.all};
        other.read(1);
        reads.now += Duration{9};
        reads.all.note_still(slow, /*begun=*/true, /*moved=*/false);
        CHECK(reads.all.deadline() == kStart + Duration{10});
        reads.all.note_still(slow, /*begun=*/true, /*moved=*/false);
        CHECK(reads.all.deadline() == kStart + Duration{10});
        reads.all.note_still(slow, /*begun=*/true);
        CHECK(reads.all.deadline() == kStart + Duration{19});
        reads.all.go_on();
        CHECK(slow.asked == 0);
        reads.now += Duration{10};
        reads.all.go_on();
        CHECK(slow.asked == 1);
    }

    TEST_CASE("while one goes on at a time who was still for long gives back") {
        Reads reads;
        Having old{reads.all};
        old.read(150);
        reads.all.note_still(old, /*begun=*/false);
        reads.all.ask(1, [] {});  // one goes on
        Having other{reads.all};
        other.read(1);
        reads.all.go_on();
        CHECK(old.asked == 0);
        reads.now = reads.all.deadline();
        reads.all.go_on();
        CHECK(old.asked == 1);
        CHECK(other.held.size() == 1);
    }

    TEST_CASE(
        "of a large message a peer takes a part at least, and a larger one while none goes on") {
        Reads reads;
        constexpr std::size_t kHuge = std::size_t{64} * 1024 * 1024;
        CHECK(reads.all.moved_least(1000) == ReadAhead::kMovedLeast);
        CHECK(reads.all.moved_least(kHuge) == kHuge / ReadAhead::kMovedParts);
        const queue::Payload large = reads.all.count(payload_of(ReadAhead::kOverMax * 100));
        CHECK(reads.all.moved_least(kHuge) == kHuge / ReadAhead::kMovedParts);  // nobody waits
        reads.all.ask(1, [] {});
        CHECK(reads.all.moved_least(kHuge) == kHuge / ReadAhead::kMovedPartsOver);
    }

    TEST_CASE("windows that nobody takes are given back once no other keeps anything") {
        Reads reads;
        Having idle{reads.all};
        Having taking{reads.all};
        Having begun{reads.all};
        reads.all.note_still(idle, /*begun=*/false);
        reads.all.note_still(begun, /*begun=*/true);
        reads.all.note_ready(0, 99);
        CHECK(reads.asked_later == 0);
        CHECK(reads.all.deadline() == kNever);
        reads.all.note_ready(0, 1);
        CHECK(reads.asked_later == 1);
        reads.all.go_on();
        CHECK(idle.asked == 0);
        CHECK(reads.all.deadline() == kStart + Duration{10});
        reads.now += Duration{5};
        reads.all.note_still(taking, /*begun=*/false);
        reads.now += Duration{5};
        reads.all.go_on();
        CHECK(idle.asked == 1);
        CHECK(taking.asked == 0);
        CHECK(begun.asked == 0);  // no link ends for that
        reads.all.note_ready(100, 50);
        CHECK(reads.all.deadline() == kNever);
        CHECK(reads.all.given_back() == 1);
    }

    TEST_CASE("what is held beside windows leaves them no room to keep anything") {
        Reads reads;
        Having idle{reads.all};
        reads.all.note_still(idle, /*begun=*/false);
        queue::Payload held = reads.all.count(payload_of(99));
        CHECK(reads.all.keeps());
        const queue::Payload more = reads.all.count(payload_of(1));
        CHECK_FALSE(reads.all.keeps());
        CHECK(reads.asked_later == 1);
        held.reset();
        CHECK(reads.all.keeps());
    }

    TEST_CASE("so many give back in a turn, others in the next one") {
        Reads reads;
        std::vector<std::unique_ptr<Having>> all;
        for (std::size_t i = 0; i < 2 * ReadAhead::kGivenBackAtOnce; ++i) {
            all.push_back(std::make_unique<Having>(reads.all));
            reads.all.note_still(*all.back(), /*begun=*/false);
        }
        const queue::Payload large = reads.all.count(payload_of(ReadAhead::kOverMax * 100));
        Having other{reads.all};
        other.read(1);
        reads.all.go_on();
        CHECK(reads.all.given_back() == ReadAhead::kGivenBackAtOnce);
        CHECK(reads.asked_later == 2);
    }
}

}  // namespace weft::broker

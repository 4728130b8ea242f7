#include "router/exchange/passages.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <vector>

namespace weft::exchange {
namespace {

/// An exchange where messages come in.
struct PassagesWorld {
    Passage& begin(std::uint64_t context = 1) {
        router::OutgoingHead head;
        head.context = context;
        return passages.begin(inlet, head);
    }

    Exchange exchange{{.name = "e", .address = "x"}, "Mx"};
    Inlet inlet{exchange, "R"};
    Passages passages;
};

}  // namespace

TEST_SUITE_BEGIN("Passages");

TEST_CASE_FIXTURE(PassagesWorld, "a passage is found by its number until it ends") {
    Passage& one = begin();
    Passage& two = begin();
    CHECK(passages.find(two.number) == &two);
    CHECK(inlet.under_way == 2);
    const std::uint32_t number = one.number;
    passages.end(one);
    CHECK(passages.find(number) == nullptr);
    CHECK(passages.count() == 1);
    CHECK(begin().number == number);
}

TEST_CASE_FIXTURE(PassagesWorld, "those that are due come in order, each once") {
    Passage& one = begin();
    Passage& two = begin();
    passages.note_due(two);
    passages.note_due(one);
    passages.note_due(two);
    CHECK(&passages.take_due() == &two);
    CHECK(&passages.take_due() == &one);
    CHECK_FALSE(passages.has_due());
}

TEST_CASE_FIXTURE(PassagesWorld, "one that ends is not due any more") {
    Passage& one = begin();
    passages.note_due(one);
    passages.end(one);
    CHECK_FALSE(passages.has_due());
}

TEST_CASE_FIXTURE(PassagesWorld, "one that is over leaves its memory to the next, no more") {
    Passage& one = begin();
    one.bytes.assign(100, 1);
    one.outcome.assign(4, 1);
    one.copies.assign(3, 1);
    one.life = Passage::Life::done;
    one.whole = one.passed = one.finishing = true;
    one.counts = false;
    passages.note_due(one);
    const Passage* const memory = &one;
    passages.end(one);
    const Passage& next = begin(9);
    CHECK(&next == memory);
    CHECK(passages.allocated() == 1);
    CHECK(next.bytes.capacity() >= 100);
    CHECK(next.outcome.capacity() >= 4);
    CHECK(next.copies.capacity() >= 3);
    CHECK(next.bytes.empty());
    CHECK(next.outcome.empty());
    CHECK(next.copies.empty());
    CHECK(next.context == 9);
    CHECK(next.life == Passage::Life::arriving);
    CHECK(next.counts);
    CHECK_FALSE((next.whole || next.passed || next.finishing));
    CHECK_FALSE(passages.has_due());
}

TEST_CASE_FIXTURE(PassagesWorld, "what is kept of those that are over has a limit") {
    Passage& large = begin();
    large.bytes.assign(Passages::kSpareBytesMax + 1, 1);
    passages.end(large);
    CHECK(begin().bytes.capacity() == 0);
    std::vector<Passage*> many;
    for (std::size_t i = 0; i < Passages::kSpareMax; ++i) {
        many.push_back(&begin());
    }
    CHECK(passages.allocated() == Passages::kSpareMax + 1);
    for (Passage* each : many) {
        passages.end(*each);
    }
    passages.end(*passages.find(0));
    CHECK(passages.count() == 0);
    CHECK(passages.allocated() == Passages::kSpareMax);
}

TEST_CASE_FIXTURE(PassagesWorld, "of an exchange that goes nobody hears; what came whole goes on") {
    Passage& whole = begin();
    whole.whole = true;
    whole.life = Passage::Life::decided;
    Passage& arriving = begin();
    inlet.arriving = &arriving;
    passages.leave(inlet);
    CHECK(whole.inlet == nullptr);
    CHECK(whole.context == 0);
    CHECK_FALSE(whole.aborted);
    CHECK(arriving.aborted);
    CHECK(&passages.take_due() == &arriving);
    CHECK_FALSE(passages.has_due());
}

TEST_SUITE_END();

}  // namespace weft::exchange

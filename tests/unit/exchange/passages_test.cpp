#include "router/exchange/passages.hpp"

#include <doctest/doctest.h>

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

#include "router/uplink/uplinks.hpp"

#include <doctest/doctest.h>

namespace weft::uplink {
namespace {

constexpr Instant kBegin{std::chrono::seconds{100}};

/// Three connectors, of which the first is the dearest.
Uplinks three() {
    Uplinks uplinks;
    uplinks.expect("dear", 5);
    uplinks.expect("one", 1);
    uplinks.expect("other", 1);
    return uplinks;
}

}  // namespace

TEST_SUITE("uplinks") {
    TEST_CASE("the best one that may be is active as soon as it is open") {
        Uplinks uplinks = three();
        CHECK(uplinks.opened(7, "one", kBegin));
        CHECK(uplinks.active() == 7);
        CHECK_FALSE(uplinks.opened(8, "other", kBegin));
        CHECK(uplinks.all().size() == 2);
        CHECK(uplinks.next_due() == kNever);
    }

    TEST_CASE("another one waits a while for a better one") {
        Uplinks uplinks = three();
        CHECK_FALSE(uplinks.opened(7, "dear", kBegin));
        CHECK_FALSE(uplinks.active());
        CHECK(uplinks.next_due() == kBegin + Uplinks::kPatience);
        SUBCASE("that comes") {
            CHECK_FALSE(uplinks.opened(8, "other", kBegin + std::chrono::milliseconds{9}));
            CHECK(uplinks.next_due() == kBegin + Uplinks::kPatience);
            CHECK(uplinks.opened(9, "one", kBegin + std::chrono::milliseconds{10}));
            CHECK(uplinks.active() == 9);
            CHECK(uplinks.next_due() == kNever);
        }
        SUBCASE("that does not come") {
            CHECK_FALSE(uplinks.work(kBegin));
            CHECK(uplinks.work(kBegin + Uplinks::kPatience));
            CHECK(uplinks.active() == 7);
        }
        SUBCASE("and goes meanwhile") {
            CHECK_FALSE(uplinks.gone(7));
            CHECK(uplinks.next_due() == kNever);
        }
        SUBCASE("whose connector goes") {
            uplinks.forget("one");
            uplinks.forget("other");
            CHECK(uplinks.opened(8, "dear", kBegin));
            CHECK(uplinks.active() == 7);
        }
    }

    TEST_CASE("the best of those that stand by takes over, and keeps it") {
        Uplinks uplinks = three();
        CHECK(uplinks.opened(1, "one", kBegin));
        CHECK_FALSE(uplinks.opened(2, "dear", kBegin));
        CHECK_FALSE(uplinks.opened(3, "other", kBegin));
        CHECK_FALSE(uplinks.gone(99));
        CHECK(uplinks.gone(1));
        CHECK(uplinks.active() == 3);
        CHECK_FALSE(uplinks.opened(4, "one", kBegin));
        CHECK(uplinks.active() == 3);
        CHECK_FALSE(uplinks.gone(2));
        CHECK(uplinks.gone(3));
        CHECK(uplinks.active() == 4);
        CHECK(uplinks.gone(4));
        CHECK_FALSE(uplinks.active());
    }

    TEST_CASE("a connector that comes again has the cost of now") {
        Uplinks uplinks = three();
        uplinks.expect("dear", 1);
        CHECK(uplinks.opened(1, "dear", kBegin));
        CHECK(uplinks.active() == 1);
    }
}

}  // namespace weft::uplink

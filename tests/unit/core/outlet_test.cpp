#include "router/core/outlet.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <vector>

namespace weft::router {
namespace {

std::optional<std::size_t> choose(std::vector<Outlet> outlets,
                                  Distribution distribution,
                                  std::size_t start = 0) {
    std::vector<Outlet*> pointers;
    for (Outlet& outlet : outlets) {
        pointers.push_back(&outlet);
    }
    const std::size_t at = choose_outlet(pointers, distribution, start);
    return at < outlets.size() ? std::optional{at} : std::nullopt;
}

}  // namespace

TEST_SUITE_BEGIN("choose_outlet");

TEST_CASE("without an outlet that can take a delivery none is chosen") {
    CHECK_FALSE(choose({}, Distribution::balanced));
    CHECK_FALSE(choose({{.credit = 0}}, Distribution::balanced));
    CHECK_FALSE(choose({{.credit = 1, .busy = true}}, Distribution::closest));
    CHECK_FALSE(choose({{.credit = 1, .full = true}}, Distribution::closest));
}

TEST_CASE("the only one is chosen as it would be among others") {
    for (unsigned bits = 0; bits < 64; ++bits) {
        const auto is = [&](unsigned bit) { return (bits >> bit & 1U) != 0; };
        Outlet only{.credit = is(0) ? 1U : 0U,
                    .cost = is(1) ? 1U : 0U,
                    .attached = true,
                    .in_process = is(2),
                    .relay = is(3),
                    .full = is(4),
                    .bytes_max = is(5) ? 100 : kAnySize};
        const std::vector<Outlet*> outlets{&only};
        for (const Distribution distribution : {Distribution::closest, Distribution::balanced}) {
            for (const Scope scope : {Scope::all, Scope::here}) {
                for (const Sizes sizes : {Sizes::all, Sizes::unlimited}) {
                    CHECK(choose_outlet(outlets, distribution, 3, scope, sizes) ==
                          choose_among(outlets, distribution, 3, scope, sizes));
                }
            }
        }
    }
}

TEST_CASE("the reason why an outlet gets nothing is told") {
    CHECK(ineligible({.credit = 1}) == Ineligible::no);
    CHECK(ineligible({.credit = 0, .full = true}) == Ineligible::no_credit);
    CHECK(ineligible({.credit = 1, .full = true}) == Ineligible::full);
    CHECK(ineligible({.credit = 1, .busy = true}) == Ineligible::busy);
}

TEST_CASE("balanced takes the least burdened, path cost included") {
    CHECK(choose({{.outstanding = 3, .credit = 9}, {.outstanding = 1, .credit = 9}},
                 Distribution::balanced) == 1U);
    CHECK(choose({{.outstanding = 3, .credit = 9}, {.outstanding = 1, .credit = 9, .cost = 5}},
                 Distribution::balanced) == 0U);
    CHECK(choose({{.outstanding = 3, .credit = 9}, {.outstanding = 1}}, Distribution::balanced) ==
          0U);
}

TEST_CASE("closest looks at the cost alone") {
    CHECK(choose({{.credit = 9, .cost = 2}, {.outstanding = 8, .credit = 9, .cost = 1}},
                 Distribution::closest) == 1U);
}

TEST_CASE("what is in process comes before everything else, if it can take a delivery") {
    const Outlet inside{.outstanding = 5, .credit = 9, .in_process = true};
    const Outlet busy{.credit = 9, .in_process = true, .busy = true};
    const Outlet idle{.credit = 9};
    for (const Distribution distribution : {Distribution::closest, Distribution::balanced}) {
        CHECK(choose({busy, inside, idle}, distribution, 2) == 1U);
        CHECK(choose({busy, idle}, distribution, 0) == 1U);
    }
}

TEST_CASE("equals take turns") {
    const std::vector<Outlet> three(3, Outlet{.outstanding = 1, .credit = 9});
    for (std::size_t start = 0; start < 7; ++start) {
        CHECK(choose(three, Distribution::balanced, start) == start % 3);
        CHECK(choose(three, Distribution::closest, start) == start % 3);
    }
}

TEST_SUITE_END();

}  // namespace weft::router

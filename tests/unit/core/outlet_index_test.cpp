#include "router/core/outlet_index.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <random>
#include <vector>

namespace weft::router {
namespace {

/// Outlets with an index, in the order of an address: those in process first.
struct Indexed {
    explicit Indexed(Distribution its_distribution)
        : distribution{its_distribution}, index{its_distribution} {}

    void add(const Outlet& outlet) {
        all.push_back(outlet);
        outlets.push_back(&all.back());
        index.set(outlets.size() - 1, all.back());
    }
    void remove(std::size_t at) {
        Outlet& gone = *outlets[at];
        outlets[at] = outlets.back();
        index.set(at, *outlets[at]);
        outlets.pop_back();
        index.pop();
        gone.index = nullptr;
    }

    Distribution distribution;
    std::deque<Outlet> all;
    std::vector<Outlet*> outlets;
    OutletIndex index;
};

}  // namespace

TEST_SUITE_BEGIN("outlet index");

TEST_CASE("its choice is the one of a look at all, whatever happens to outlets") {
    for (unsigned seed = 1; seed <= 40; ++seed) {
        CAPTURE(seed);
        std::mt19937 random{seed};
        const auto below = [&](std::uint32_t bound) {
            return static_cast<std::uint32_t>(random() % bound);
        };
        Indexed some{seed % 2 == 0 ? Distribution::balanced : Distribution::closest};
        if (seed % 4 < 2) {
            some.add({.credit = seed % 8, .attached = true, .in_process = true});
        }
        const std::size_t fixed = some.outlets.size();
        for (int step = 0; step < 1'000; ++step) {
            const std::uint32_t action = below(10);
            if (action < 2) {
                const bool relay = below(5) == 0;
                some.add({.credit = below(2), .cost = relay ? below(2) : 0, .relay = relay});
            } else if (action == 2 && some.outlets.size() > fixed + below(60)) {
                some.remove(fixed + below(static_cast<std::uint32_t>(some.outlets.size() - fixed)));
            } else if (!some.outlets.empty()) {
                Outlet& outlet =
                    *some.outlets[below(static_cast<std::uint32_t>(some.outlets.size()))];
                outlet.outstanding = below(4);
                outlet.credit = below(3);
                outlet.attached = below(3) > 0;
                outlet.busy = below(3) == 0;
                outlet.full = below(6) == 0;
                outlet.bytes_max = !outlet.in_process && below(3) == 0 ? 1 + below(4) : kAnySize;
                outlet.changed();
            }
            REQUIRE(some.index.is_true());
            for (const Scope scope : {Scope::all, Scope::here}) {
                for (const Sizes sizes : {Sizes::all, Sizes::unlimited}) {
                    const std::uint32_t start = below(1'000);
                    REQUIRE(choose_outlet(some.outlets, some.index, start, scope, sizes) ==
                            choose_outlet(some.outlets, some.distribution, start, scope, sizes));
                }
                const std::uint32_t start = below(1'000);
                const std::uint64_t bytes = 1 + below(5);
                REQUIRE(some.index.choose_limited(bytes, start, scope) ==
                        choose_limited(some.outlets, bytes, some.distribution, start, scope));
            }
        }
    }
}

TEST_CASE("one of 240,000 is chosen, sent to and settled in a few steps each") {
    constexpr std::uint32_t kMany = 240'000;
    Indexed many{Distribution::balanced};
    for (std::uint32_t i = 0; i < kMany; ++i) {
        many.add({.outstanding = 1, .credit = i % 1000 == 0 ? 10U : 0U, .attached = true});
    }
    const std::uint64_t before = many.index.steps();
    std::vector<std::size_t> chosen;
    for (std::size_t turn = 0; turn < 1'000; ++turn) {
        const std::size_t at = choose_outlet(many.outlets, many.index, turn, Scope::all);
        REQUIRE(at < kMany);
        Outlet& outlet = *many.outlets[at];
        ++outlet.outstanding;
        outlet.changed();
        --outlet.credit;
        outlet.changed();
        chosen.push_back(at);
    }
    CHECK(many.index.steps() - before < 1'000 * 100);
    std::ranges::sort(chosen);  // each that has credit was as good as any: all had a turn
    const auto repeated = std::ranges::unique(chosen);
    CHECK(chosen.size() - repeated.size() == kMany / 1000);
}

TEST_CASE("outlets that outlive their index know of none") {
    Indexed some{Distribution::balanced};
    for (int i = 0; i < 20; ++i) {
        some.add({.credit = 1});
    }
    some.index.release();
    CHECK(std::ranges::all_of(some.all, [](const Outlet& each) { return each.index == nullptr; }));
}

TEST_SUITE_END();

}  // namespace weft::router

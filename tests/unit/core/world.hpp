#pragma once

#include "tests/unit/core/fake_port.hpp"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>

namespace weft::router {

/// A core with two connections: producers are on `left`, consumers on `right`, unless a test wishes
/// otherwise. At its end all is detached, and nothing may be left.
struct World {
    /// Dynamic addresses are called by number, unless the test says how.
    static CoreOptions with_names(CoreOptions options) {
        if (!options.names) {
            options.names = [next = std::uint8_t{0}]() mutable {
                return std::array<std::uint8_t, 16>{++next};
            };
        }
        return options;
    }

    explicit World(CoreOptions options = {.router_id = "r1"})
        : core{with_names(std::move(options))} {}

    ~World() {
        for (FakePort* port : {&left, &right}) {
            port->check_contexts();
            for (const auto& peer : port->peers()) {
                if (peer->link != nullptr) {
                    port->detach(*peer);
                }
            }
            CHECK(port->faults == std::vector<std::string>{});
        }
        core.tick(now);
        while (core.work(now)) {
        }
        CHECK(core.deliveries().in_use() == 0);
        CHECK(core.deliveries().held_bytes() == 0);
        CHECK(core.addresses().size() == (core.addresses().upstream() == nullptr ? 0 : 1));
        CHECK(core.links().size() == 0);
        CHECK(core.counters().stuck == 0);
    }

    World(const World&) = delete;
    World& operator=(const World&) = delete;

    /// Makes `address` mean `treatment` for those who attach from now on.
    void rule(std::string_view address, Treatment treatment) {
        auto pattern = AddressPattern::parse(AddressPattern::Grammar::address, address);
        REQUIRE(core.rules().add({.name = {}, .pattern = *pattern, .treatment = treatment}));
    }

    /// Time goes by, without a tick.
    void pass(std::chrono::milliseconds duration) { now += duration; }

    /// So many seconds go by, each with its tick, and what that puts off.
    void tick(int seconds = 1) {
        for (int i = 0; i < seconds; ++i) {
            pass(std::chrono::seconds(1));
            core.tick(now);
            while (core.work(now)) {
            }
        }
    }

    std::uint64_t dropped(DropReason reason) const {
        return core.counters().dropped[static_cast<int>(reason)];
    }

    Instant now{std::chrono::hours(1)};
    Core core;
    FakePort left{core, now};
    FakePort right{core, now};
};

/// With a multicast address "m".
struct MulticastWorld : World {
    explicit MulticastWorld(SlowConsumer slow_consumer = SlowConsumer::block) {
        rule("m", {.distribution = Distribution::multicast, .slow_consumer = slow_consumer});
    }
};

}  // namespace weft::router

#pragma once

#include "router/node/relay.hpp"
#include "tests/unit/core/fake_port.hpp"

#include <cstddef>
#include <deque>
#include <memory>
#include <vector>

namespace weft::node {

/// Loops of one router, whose slabs cross when a test says so. Producers are `here`, on the first,
/// and consumers `there`, on the second, unless a test wishes otherwise; "news" is multicast. At
/// its end all is detached, and nothing may be left.
struct Loops {
    /// One of them, with a client.
    struct One {
        One(Loops& all, std::size_t index, std::size_t count);

        router::Core core;
        Relay relay;
        router::FakePort client;
    };
    struct OnTheWay {
        std::size_t from;
        std::size_t to;
        Slab slab;
    };

    explicit Loops(std::size_t count = 2);
    ~Loops();
    Loops(const Loops&) = delete;
    Loops& operator=(const Loops&) = delete;

    /// Works, hands over and takes until nothing is left and nothing is on the way.
    void cross();
    /// What all have for each other is on the way.
    void hand_over();
    /// The oldest slab arrives; `at`: of those on the way.
    void arrive(std::size_t at = 0);
    /// So many seconds after the start.
    void tick(int seconds);

    Instant now{std::chrono::hours(1)};
    std::deque<OnTheWay> on_the_way;
    std::size_t transfers = 0;  // deliveries that went from one to another so far
    std::vector<std::unique_ptr<One>> all;
    router::Core& first;
    router::Core& second;
    router::FakePort& here;
    router::FakePort& there;

private:
    static std::vector<std::unique_ptr<One>> make(Loops& loops, std::size_t count);
    bool work();
};

}  // namespace weft::node

#include "router/core/rations.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <random>
#include <vector>

namespace weft::router {
namespace {

/// Holders as brokers that are a while away, and a consumer.
struct RationWorld {
    /// One direction of a link: what the router says, and what it hears. Counts are those of AMQP's
    /// links: messages, and credit that was given back.
    struct Flow {
        std::uint64_t count = 0;
        std::uint32_t credit = 0;
        bool drain = false;
    };
    struct Word {
        bool message = false;  // else the end of a drain
        std::uint64_t count = 0;
    };
    struct Broker {
        std::uint64_t queue = 0;
        bool answers = true;
        std::uint64_t count = 0;
        std::uint64_t limit = 0;
        bool drains = false;
        std::uint64_t asked = 0;  // grants that it was told
        std::uint64_t drained = 0;
        std::deque<Flow> flows;
        std::deque<Word> words;
        // the router's
        std::uint64_t heard = 0;
        std::uint64_t sent = 0;
        std::uint32_t room = 250;
        bool is_draining = false;
    };

    explicit RationWorld(std::size_t count) : brokers(count) {
        for (std::size_t i = 0; i < count; ++i) {
            rations.add(0);
        }
    }

    void note(std::size_t at) {
        rations.note(at, {.sent = brokers[at].sent, .room = brokers[at].room});
    }
    void divide() {
        for (std::size_t i = 0; i < brokers.size(); ++i) {
            note(i);
        }
        for (const Rations::Grant& grant : rations.divide(wanted)) {
            Broker& broker = brokers[grant.container];
            broker.flows.push_back({broker.heard, grant.credit, grant.drain});
            broker.is_draining = grant.drain;
            ++broker.asked;
            broker.drained += grant.drain ? 1 : 0;
        }
        std::uint64_t given = 0;
        for (std::size_t i = 0; i < brokers.size(); ++i) {
            given += rations.credit_of(i);
        }
        CHECK(given <= wanted);  // R1
    }
    void want(std::uint64_t more) {
        wanted += more;
        divide();
    }
    /// The broker hears the next flow.
    void hear(Broker& broker) {
        const Flow flow = broker.flows.front();
        broker.flows.pop_front();
        broker.limit = flow.count + flow.credit;
        broker.drains = flow.drain;
        work(broker);
    }
    static void work(Broker& broker) {
        for (; broker.queue > 0 && broker.count < broker.limit; --broker.queue) {
            broker.words.push_back({.message = true, .count = ++broker.count});
        }
        if (broker.drains && broker.answers) {
            broker.drains = false;
            broker.count = std::max(broker.count, broker.limit);
            broker.words.push_back({.count = broker.count});
        }
    }
    /// The router hears the broker's next word.
    void take(std::size_t at) {
        Broker& broker = brokers[at];
        const Word word = broker.words.front();
        broker.words.pop_front();
        broker.heard = word.count;
        if (word.message) {
            ++broker.sent;
            ++got;
            excess += wanted == 0 ? 1 : 0;
            wanted -= wanted > 0 ? 1 : 0;
        } else if (broker.is_draining) {
            broker.is_draining = false;
            note(at);
            rations.answered(at);
        }
        divide();
    }
    void tick() {
        silent += rations.tick();
        divide();
    }
    bool is_quiet() const {
        return std::ranges::all_of(brokers, [](const Broker& broker) {
            return broker.flows.empty() && broker.words.empty();
        });
    }
    /// Until nobody has anything to say.
    void settle() {
        int turns = 0;
        for (; !is_quiet(); ++turns) {
            REQUIRE(turns < 10'000);
            for (std::size_t i = 0; i < brokers.size(); ++i) {
                while (!brokers[i].flows.empty()) {
                    hear(brokers[i]);
                }
                while (!brokers[i].words.empty()) {
                    take(i);
                }
            }
        }
    }
    void keep(std::size_t at, std::uint64_t messages) {
        brokers[at].queue += messages;
        work(brokers[at]);
    }
    std::vector<std::uint32_t> credits() const {
        std::vector<std::uint32_t> all;
        for (std::size_t i = 0; i < brokers.size(); ++i) {
            all.push_back(rations.credit_of(i));
        }
        return all;
    }
    std::uint64_t queued() const {
        std::uint64_t all = 0;
        for (const Broker& broker : brokers) {
            all += broker.queue;
        }
        return all;
    }

    Rations rations;
    std::vector<Broker> brokers;
    std::uint64_t wanted = 0;
    std::uint64_t got = 0;
    std::uint64_t excess = 0;  // messages that nobody asked for
    std::size_t silent = 0;
};

using Credits = std::vector<std::uint32_t>;

}  // namespace

TEST_SUITE_BEGIN("Rations");

TEST_CASE(
    "a single container has all that is wanted, within its room, and is never drained for others") {
    RationWorld world(1);
    world.brokers[0].room = 20;
    world.want(15);
    CHECK(world.credits() == Credits{15});
    world.want(15);
    CHECK(world.credits() == Credits{20});
    world.wanted = 3;
    world.divide();
    world.tick();
    CHECK(world.credits() == Credits{3});
    CHECK(world.brokers[0].drained == 0);
}

TEST_CASE("several have equal parts while nothing is known of them") {
    RationWorld world(3);
    world.want(10);
    CHECK(world.credits() == Credits{4, 3, 3});
    world.settle();
    world.tick();
    world.settle();
    CHECK(world.brokers[0].drained + world.brokers[1].drained + world.brokers[2].drained == 0);
}

TEST_CASE("what a container without messages keeps goes to the one that has some") {
    RationWorld world(2);
    world.want(10);
    world.keep(0, 100);
    world.settle();
    CHECK(world.got == 10);
    CHECK(world.brokers[1].drained == 1);
    CHECK(world.credits() == Credits{0, 0});
}

TEST_CASE("an empty container is asked once a tick, and not at each message") {
    for (const std::uint64_t credit : {1U, 2U, 10U, 100U}) {
        CAPTURE(credit);
        RationWorld world(2);
        world.keep(0, 1'000'000);
        world.want(credit);
        world.settle();
        const std::uint64_t before = world.brokers[1].asked;
        for (int second = 0; second < 10; ++second) {
            for (int i = 0; i < 500; ++i) {
                world.want(credit);
                world.settle();
            }
            world.tick();
        }
        CHECK(world.got == 5001 * credit);
        CHECK(world.brokers[1].asked - before <= 20);  // one to ask and at most one to take back
    }
}

TEST_CASE("a message that comes to an empty container is asked for with the next tick") {
    RationWorld world(2);
    world.keep(0, 1000);
    world.want(1);
    world.settle();
    world.keep(1, 1);
    world.tick();
    for (int i = 0; i < 3; ++i) {
        world.want(1);
        world.settle();
    }
    CHECK(world.brokers[1].queue == 0);
}

TEST_CASE("less credit than containers: one after the other is asked, with each tick") {
    RationWorld world(3);
    world.want(1);
    world.settle();
    CHECK(world.credits() == Credits{0, 0, 1});
    for (std::size_t i = 0; i < 3; ++i) {
        world.keep(i, 1);
        world.tick();
        world.settle();
        CHECK(world.got == i + 1);
        world.want(1);
        world.settle();
    }
    const std::uint64_t before = world.brokers[0].asked;
    world.settle();
    CHECK(world.brokers[0].asked == before);
}

TEST_CASE("who drains hears when all have said that there is nothing more") {
    RationWorld world(2);
    world.keep(0, 3);
    world.keep(1, 1);
    world.rations.ask();
    world.want(10);
    CHECK(world.credits() == Credits{5, 5});
    CHECK(world.brokers[0].drained == 1);
    CHECK(world.brokers[1].drained == 1);
    world.hear(world.brokers[0]);
    while (!world.brokers[0].words.empty()) {
        world.take(0);
    }
    CHECK(world.got == 3);
    CHECK(world.rations.is_any_asked());
    CHECK(world.credits() == Credits{0, 5});  // what was given back waits for the other's answer
    world.settle();
    CHECK(world.got == 4);
    CHECK_FALSE(world.rations.is_any_asked());
}

TEST_CASE("a container that used up what it was asked for may have more") {
    RationWorld world(2);
    world.keep(0, 8);
    world.rations.ask();
    world.want(10);
    world.settle();
    CHECK(world.got == 8);
    CHECK_FALSE(world.rations.is_any_asked());
}

TEST_CASE("a container without room is asked all the same") {
    RationWorld world(2);
    world.brokers[0].room = 0;
    world.rations.ask();
    world.want(2);
    CHECK(world.brokers[0].drained == 1);
    CHECK(world.rations.credit_of(0) == 0);
    world.settle();
    CHECK_FALSE(world.rations.is_any_asked());
}

TEST_CASE("who does not take credit yet is not asked") {
    RationWorld world(1);
    world.rations.ask();
    world.rations.note(0, {.active = false});
    CHECK_FALSE(world.rations.is_any_asked());
    CHECK(world.rations.divide(5).empty());
}

TEST_CASE("a container that does not answer loses its credit after two ticks, and gets no more") {
    RationWorld world(2);
    world.brokers[1].answers = false;
    world.want(10);
    world.keep(0, 100);
    world.settle();
    CHECK(world.got == 5);
    CHECK(world.credits() == Credits{0, 5});
    world.tick();
    world.settle();
    CHECK(world.got == 5);
    CHECK(world.silent == 0);
    world.tick();
    world.settle();
    CHECK(world.silent == 1);
    CHECK(world.got == 10);
    world.tick();
    world.want(7);
    world.settle();
    CHECK(world.got == 17);
    world.brokers[1].answers = true;
    world.keep(1, 1);
    world.settle();
    world.tick();
    world.want(2);
    world.settle();
    CHECK(world.brokers[1].queue == 0);
}

TEST_CASE(
    "who drains does not wait for one that says nothing, and that one has credit anew later") {
    for (const std::size_t count : {1U, 2U, 3U}) {
        CAPTURE(count);
        RationWorld world(count);
        world.brokers[0].answers = false;
        world.rations.ask();
        world.want(6);
        world.settle();
        const auto wait = [&] {
            for (int second = 1; second < Rations::kMissedTicks; ++second) {
                world.tick();
                world.settle();
                CHECK(world.rations.is_any_asked());
            }
        };
        wait();
        if (count == 1) {  // it has its credit still: while it sends it is waited for
            world.keep(0, 1);
            world.settle();
            CHECK(world.got == 1);
            wait();
        }
        world.tick();
        world.settle();
        CHECK_FALSE(world.rations.is_any_asked());
        CHECK(world.silent == 1);
        world.tick();
        world.settle();
        CHECK(world.rations.credit_of(0) > 0);
    }
}

TEST_CASE("credit that consumers took back is taken from all") {
    RationWorld world(3);
    world.want(30);
    world.wanted = 10;
    world.divide();
    CHECK(world.credits() == Credits{3, 3, 4});
    world.wanted = 0;
    world.divide();
    CHECK(world.credits() == Credits{0, 0, 0});
    CHECK(world.brokers[0].drained == 0);
}

TEST_CASE(
    "of a container that drains credit is taken back without a word: what it says is the answer") {
    RationWorld world(2);
    world.want(10);
    world.rations.ask();
    world.divide();
    const std::size_t flows = world.brokers[0].flows.size();
    CHECK(world.brokers[0].flows.back().drain);
    world.wanted = 0;
    world.divide();
    CHECK(world.credits() == Credits{0, 0});
    CHECK(world.brokers[0].flows.size() == flows);
    world.settle();
    CHECK_FALSE(world.rations.is_any_asked());
    CHECK(world.got == 0);
    world.want(4);
    world.keep(0, 4);
    world.settle();
    CHECK(world.got >= 2);
    world.tick();
    world.settle();
    CHECK(world.got == 4);
}

TEST_CASE("what a container that leaves had is for the others") {
    RationWorld world(2);
    world.want(10);
    world.rations.remove(0);
    world.brokers.erase(world.brokers.begin());
    world.divide();
    CHECK(world.credits() == Credits{10});
}

/// Consumers that stay, and brokers that answer: whatever comes in whatever order, no message comes
/// that nobody asked for, and all are had in the end.
TEST_CASE("no message comes that was not asked for, and none stays for ever") {
    for (std::uint32_t seed = 0; seed < 300; ++seed) {
        CAPTURE(seed);
        std::minstd_rand dice{seed + 1};
        const auto roll = [&](std::uint32_t sides) { return dice() % sides; };
        RationWorld world(1 + roll(4));
        const auto any = [&] { return roll(static_cast<std::uint32_t>(world.brokers.size())); };
        for (int step = 0; step < 400; ++step) {
            const std::size_t at = any();
            RationWorld::Broker& broker = world.brokers[at];
            switch (roll(8)) {
                case 0:
                    world.want(1 + roll(roll(8) == 0 ? 50 : 3));
                    break;
                case 1:
                    world.keep(at, roll(roll(8) == 0 ? 50 : 3));
                    break;
                case 2:
                    if (roll(10) == 0) {
                        world.rations.ask();
                        world.divide();
                    }
                    break;
                case 3:
                    if (roll(10) == 0) {
                        world.settle();  // in a second all have answered
                        world.tick();
                    }
                    break;
                default:
                    if (!broker.words.empty() && roll(2) == 0) {
                        world.take(at);
                    } else if (!broker.flows.empty()) {
                        world.hear(broker);
                    }
            }
            CHECK(world.excess == 0);
        }
        world.settle();
        for (int second = 0; second < 8; ++second) {
            world.tick();
            world.settle();
        }
        CHECK(world.excess == 0);
        CHECK((world.wanted == 0 || world.queued() == 0));
        CHECK((world.wanted == 0 || !world.rations.is_any_asked()));
    }
}

TEST_SUITE_END();

}  // namespace weft::router

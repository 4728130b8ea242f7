#include "tests/unit/broker_queue/world.hpp"

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <set>
#include <string>

namespace weft::queue::test {
namespace {

const Outcome kOpen{.kind = Outcome::Kind::open};
const Outcome kUndone{.kind = Outcome::Kind::undone};

/// Consumers, pickers and transactions at random; who has what is known beside the queue.
class AsideWalk {
public:
    explicit AsideWalk(unsigned seed)
        : world_{{.deliveries_max = 0},
                 {.window_messages = 4, .browse_messages = 3, .again_max = 2}},
          dice_{seed} {}

    void step() {
        const unsigned what = roll(12);
        if (what < 3) {
            world_.put({(roll(2) == 0 ? "a" : "b") + std::to_string(++sent_)});
        } else if (what == 3 && has_.size() < 3) {
            join();
        } else if (what < 6) {
            for (const auto& [id, held] : has_) {
                world_.credit(id, roll(4));
            }
        } else if (what < 8) {
            each_held([this](int id, MessageId message) {
                CHECK(world_.settle(id, message, kOpen));
                aside_[message] = id;
            });
        } else if (what == 8) {
            each_held([this](int id, MessageId message) { end(id, message, roll(2) == 0); });
        } else if (what < 11) {
            conclude();
        } else if (!has_.empty()) {
            const int id = has_.begin()->first;
            has_.erase(id);
            world_.detach(id, roll(2) == 0);
        }
        hear();
    }
    /// All that was not processed is got by one consumer, once.
    void finish() {
        while (!aside_.empty()) {
            conclude();
            hear();
        }
        while (!has_.empty()) {
            const int id = has_.begin()->first;
            has_.erase(id);
            world_.detach(id);
        }
        join_as(/*picks=*/false);
        world_.credit(made_, 10'000);
        hear();
        CHECK(has_[made_].size() + processed_.size() == sent_);
        CHECK(world_.on_disk.size() == has_[made_].size());
    }

private:
    unsigned roll(unsigned sides) { return static_cast<unsigned>(dice_()) % sides; }
    void join() { join_as(roll(3) == 0); }
    void join_as(bool picks) {
        ++made_;
        if (picks) {
            world_.picker(made_, 0, 'a');
        } else {
            world_.consumer(made_, 0);
        }
        has_[made_] = {};
    }
    template <class Do>
    void each_held(Do what) {
        for (auto& [id, held] : has_) {
            if (!held.empty() && roll(2) == 0) {
                const MessageId message = *held.begin();
                held.erase(message);
                what(id, message);
            }
        }
    }
    void end(int id, MessageId message, bool accepts) {
        CHECK(world_.settle(id, message, accepts ? Outcome{} : kReleased));
        if (accepts) {
            processed_.insert(message);
        }
    }
    void conclude() {
        if (aside_.empty()) {
            return;
        }
        const auto [message, id] = *aside_.begin();
        aside_.erase(message);
        if (roll(2) == 0) {
            const bool stays = has_.contains(id);
            CHECK(world_.settle(id, message, kUndone) == stays);
            if (stays) {
                has_[id].insert(message);
                return;
            }
        }
        end(id, message, roll(2) == 0);
    }
    /// What was delivered was nobody's.
    void hear() {
        for (auto& [id, held] : has_) {
            for (const std::string& body : world_.take(id)) {
                const MessageId message = std::stoull(body.substr(1));
                CHECK_FALSE(aside_.contains(message));
                CHECK_FALSE(processed_.contains(message));
                for (const auto& [other, others] : has_) {
                    CHECK_FALSE(others.contains(message));
                }
                held.insert(message);
            }
        }
        std::size_t unsettled = aside_.size();
        for (const auto& [id, held] : has_) {
            unsettled += held.size();
        }
        CHECK(world_.queue.unsettled() == unsettled);
    }

    World world_;
    std::minstd_rand dice_;
    std::map<int, std::set<MessageId>> has_;
    std::map<MessageId, int> aside_;
    std::set<MessageId> processed_;
    int made_ = 0;
    MessageId sent_ = 0;
};

}  // namespace

TEST_SUITE("queue: set aside for a transaction") {
    TEST_CASE("what is set aside is unsettled, nobody else's, and ends as the transaction says") {
        World world;
        world.put({"a", "b", "c", "d"});
        world.consumer(1, 4);
        for (MessageId id = 1; id <= 4; ++id) {
            CHECK(world.settle(1, id, kOpen));
            CHECK(world.settle(1, id, kOpen));
        }
        CHECK_FALSE(world.settle(2, 1, kOpen));
        CHECK_FALSE(world.settle(1, 5, kOpen));
        CHECK(world.queue.depth() == 4);
        CHECK(world.queue.unsettled() == 4);
        world.consumer(2, 10);
        CHECK(world.take(2).empty());

        CHECK(world.settle(1, 1));
        CHECK(world.settle(1, 2, kReleased));
        CHECK(world.settle(1, 3, kRejected));
        CHECK(world.settle(1, 4, kUndone));
        CHECK(world.on_disk.size() == 2);
        CHECK(world.buried.size() == 1);
        CHECK(world.take(2) == Bodies{"b"});
        CHECK(world.queue.unsettled() == 2);
        CHECK(world.settle(1, 4));
        CHECK(world.queue.depth() == 1);
    }

    TEST_CASE("who acquired it may leave before the transaction is over") {
        World world;
        world.put({"a", "b", "c"});
        world.consumer(1, 3);
        world.take(1);
        world.settle(1, 1, kOpen);
        world.settle(1, 3, kOpen);
        world.detach(1);
        world.consumer(2, 10);
        CHECK(world.take(2) == Bodies{"b"});
        CHECK(world.queue.unsettled() == 3);
        CHECK_FALSE(world.settle(1, 3, kUndone));
        CHECK(world.settle(1, 3, kFailed));
        CHECK(world.take(2) == Bodies{"c"});
        CHECK(world.failures[3] == 1);
        CHECK(world.settle(1, 1));
        CHECK_FALSE(world.on_disk.contains(1));
    }

    TEST_CASE("it is not read again from the disk when the last consumer left") {
        World world;
        world.put({"a", "b", "c", "d"});
        world.consumer(1, 4);
        world.take(1);
        world.settle(1, 1, kReleased);
        CHECK(world.take(1).empty());
        world.settle(1, 3, kOpen);
        world.detach(1);
        world.consumer(2, 10);
        CHECK(world.take(2) == Bodies{"a", "b", "d"});
        CHECK(world.settle(1, 3, kReleased));
        CHECK(world.take(2) == Bodies{"c"});
    }

    TEST_CASE("a picker's is the picker's again") {
        World world;
        world.put({"b1", "a1", "a2"});
        world.picker(1, 2, 'a');
        CHECK(world.take(1) == Bodies{"a1", "a2"});
        world.settle(1, 2, kOpen);
        world.settle(1, 3, kOpen);
        world.consumer(2, 5);
        CHECK(world.take(2) == Bodies{"b1"});
        CHECK(world.settle(1, 2, kUndone));
        CHECK(world.settle(1, 3, kReleased));
        CHECK(world.take(2) == Bodies{"a2"});
        world.detach(1, /*failed=*/true);
        CHECK(world.take(2) == Bodies{"a1"});
        CHECK(world.failures[2] == 1);
    }

    TEST_CASE("nobody gets what is set aside, whatever happens") {
        for (unsigned seed = 1; seed <= 30; ++seed) {
            CAPTURE(seed);
            AsideWalk walk{seed};
            for (int i = 0; i < 400; ++i) {
                walk.step();
            }
            walk.finish();
        }
    }

    TEST_CASE("too many drop others, and who set some aside gets others for it") {
        World world{{.messages_max = 3, .overflow = Overflow::drop_oldest}, {.unsettled_max = 2}};
        world.put({"a", "b", "c"});
        world.consumer(1, 5);
        CHECK(world.take(1) == Bodies{"a", "b"});
        world.settle(1, 1, kOpen);
        CHECK(world.take(1) == Bodies{"c"});
        world.put({"d"});
        CHECK(world.dropped == std::vector<MessageId>{4});
        CHECK(world.settle(1, 1));
    }
}

}  // namespace weft::queue::test

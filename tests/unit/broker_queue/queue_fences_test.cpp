#include "broker/queue/verdict.hpp"
#include "tests/unit/broker_queue/world.hpp"

#include <memory>

namespace weft::queue::test {
namespace {

using Kind = Offered::Kind;

const Settings kFenced{.last_value_key = "key", .fenced = true};

SharedFence fence(std::uint64_t epoch, const std::string& owner, std::uint64_t sequence) {
    return std::make_shared<const Fence>(
        Fence{.epoch = epoch, .owner = owner, .sequence = sequence});
}
/// A write of the key x.
Arrival write(std::uint64_t epoch, const std::string& owner, std::uint64_t sequence) {
    return {.key = "x", .fence = fence(epoch, owner, sequence)};
}

}  // namespace

TEST_SUITE("Queue: fences") {
    TEST_CASE("what the fence of a key bars is refused, and the fence told") {
        World world{kFenced};
        world.put_one("x=1", write(5, "a", 7));
        const Offered late = world.offer("x=0", write(4, "z", 9));
        CHECK(late.kind == Kind::fenced);
        CHECK(*late.fence == Fence{5, "a", 7});
        CHECK(world.offer("x=0", write(5, "a", 6)).kind == Kind::fenced);
        CHECK(world.offer("x=0", write(5, "b", 8)).kind == Kind::fenced);
        CHECK(world.offer("x=2", write(5, "a", 8)).kind == Kind::taken);
        CHECK(world.offer("x=3", write(6, "b", 1)).kind == Kind::taken);
        CHECK(world.offer("y=1", {.key = "y", .fence = fence(0, "", 0)}).kind == Kind::taken);
        world.commit();
        CHECK(world.replaced == std::vector<MessageId>{1, 2});
        CHECK(world.queue.counters().fenced == 3);
        CHECK(world.queue.counters().overflowed == 0);
        CHECK(world.queue.counters().taken == 4);
    }

    TEST_CASE("what is not durable yet counts") {
        World world{kFenced};
        CHECK(world.offer("x=2", write(2, "b", 1)).kind == Kind::taken);
        CHECK(world.offer("x=1", write(1, "a", 9)).kind == Kind::fenced);
        CHECK(world.offer("x=3", write(2, "b", 2)).kind == Kind::taken);
        CHECK(world.offer("x=2", write(2, "b", 1)).kind == Kind::fenced);
        world.commit();
        CHECK(world.offer("x=2", write(2, "b", 1)).kind == Kind::fenced);
        CHECK(world.queue.depth() == 1);
    }

    TEST_CASE("one that is sent again is accepted once the first is durable, and not kept") {
        World world{kFenced};
        CHECK(world.offer("x=1", write(1, "a", 1)).kind == Kind::taken);
        const Offered again = world.offer("x=1", write(1, "a", 1));
        CHECK(again.kind == Kind::known);
        CHECK(again.id == 1);
        world.commit();
        CHECK(world.offer("x=1", write(1, "a", 1)).id == 0);
        CHECK(world.queue.counters().duplicates == 2);
        CHECK(world.queue.depth() == 1);
    }

    TEST_CASE("a full queue says of what is barred that it is, and takes what is sent again") {
        World world{{.messages_max = 1,
                     .overflow = Overflow::reject,
                     .last_value_key = "key",
                     .fenced = true}};
        world.put_one("x=1", write(5, "a", 7));
        CHECK(world.offer("x=0", write(4, "a", 1)).kind == Kind::fenced);
        CHECK(world.offer("x=1", write(5, "a", 7)).kind == Kind::known);
        CHECK(world.offer("x=2", write(5, "a", 8)).kind == Kind::full);
    }

    TEST_CASE("a fence lasts as long as the message of its key") {
        World world{kFenced};
        world.put_one("x=1", {.ttl = 100, .key = "x", .fence = fence(5, "a", 7)});
        CHECK(world.offer("x=0", write(1, "b", 1)).kind == Kind::fenced);
        world.pass(2000);
        CHECK(world.queue.depth() == 0);
        CHECK(world.offer("x=0", write(1, "b", 1)).kind == Kind::taken);
        world.commit();
        world.consumer(1, 1);
        world.take(1);
        CHECK(world.offer("x=0", write(1, "b", 0)).kind == Kind::fenced);
        world.settle(1, 2);
        CHECK(world.offer("x=0", write(1, "b", 0)).kind == Kind::taken);
    }

    TEST_CASE("the older one goes when the younger is durable, and its fence stays") {
        World world{kFenced};
        world.put_one("x=1", write(1, "a", 1));
        world.consumer(1, 1);
        CHECK(world.take(1) == Bodies{"x=1"});
        CHECK(world.offer("x=2", write(2, "b", 1)).kind == Kind::taken);
        world.settle(1, 1);  // while the younger is on its way
        CHECK(world.offer("x=1", write(1, "a", 2)).kind == Kind::fenced);
        world.commit();
        CHECK(world.offer("x=1", write(1, "a", 2)).kind == Kind::fenced);
    }

    TEST_CASE("a scheduled one is replaced while it waits, and its fence holds") {
        World world{kFenced};
        world.put_one("x=1", {.due = world.now + 100, .key = "x", .fence = fence(1, "a", 1)});
        CHECK(world.offer("x=0", write(0, "z", 1)).kind == Kind::fenced);
        world.put_one("x=2", {.due = world.now + 200, .key = "x", .fence = fence(1, "a", 2)});
        CHECK(world.replaced == std::vector<MessageId>{1});
        world.consumer(1, 5);
        world.pass(150);
        CHECK(world.take(1).empty());
        world.pass(100);
        CHECK(world.take(1) == Bodies{"x=2"});
    }

    TEST_CASE("after a restart nothing is taken before the fences are read; then there is room") {
        World world{kFenced};
        world.put_one("x=1", write(5, "a", 7));
        world.put_one("y=1", {.key = "y", .fence = fence(1, "a", 1)});
        world.answers = false;
        world.restart();
        world.run();
        CHECK(world.queue.words().awaits_fences());
        CHECK(world.offer("x=9", write(9, "b", 1)).kind == Kind::unread);
        CHECK(world.rooms == 0);
        world.answer();
        CHECK(world.rooms == 1);
        CHECK(world.queue.counters().overflowed == 0);
        CHECK(world.offer("x=0", write(5, "a", 6)).kind == Kind::fenced);
        CHECK(world.offer("x=1", write(5, "a", 7)).kind == Kind::known);
        CHECK(world.offer("x=2", write(5, "a", 8)).kind == Kind::taken);
    }

    TEST_CASE("a queue that becomes fenced knows the fences that came before") {
        World world{{.last_value_key = "key"}};
        world.put_one("x=1", write(5, "a", 7));
        world.put_one("x=0", write(4, "b", 1));  // the younger one counts
        CHECK(world.offer("x=2", write(7, "b", 1)).kind == Kind::taken);
        world.queue.change(kFenced, world.actions);
        CHECK(world.offer("x=3", write(6, "b", 1)).kind == Kind::fenced);
        world.commit();
        CHECK(world.offer("x=3", write(6, "b", 1)).kind == Kind::fenced);
    }

    TEST_CASE("what is moved here, and is barred, stays as if it had no key") {
        World world{kFenced};
        world.put_one("x=1", write(5, "a", 7));
        const Moved moved = world.queue.take_moved(3, kPriorityDefault, world.now);
        Record record = world.on_disk.at(1);
        record.id = moved.id;
        world.fences[moved.id] = fence(4, "z", 1);
        world.appended.push_back(record);
        world.answers = false;
        world.commit();
        CHECK(world.offer("x=0", write(5, "a", 6)).kind == Kind::fenced);
        SUBCASE("and its producers go on, though its key is not read yet") {
            CHECK(world.offer("x=2", write(5, "a", 8)).kind == Kind::taken);
            world.answer();
            world.commit();
        }
        SUBCASE("also when they come after") {
            world.answer();
            CHECK(world.replaced.empty());
            world.put_one("x=2", write(5, "a", 8));
        }
        CHECK(world.queue.counters().keyless == 1);
        CHECK(world.replaced == std::vector<MessageId>{1});
        CHECK(world.queue.depth() == 2);
    }

    TEST_CASE("what comes before in a transaction counts") {
        World world{kFenced};
        world.put_one("x=1", write(5, "a", 7));
        Ahead ahead;
        const auto weighed = [&](const Arrival& arrival) {
            const Kind kind = verdict(world.queue, arrival, ahead).kind;
            if (kind == Kind::taken) {
                ahead.add(arrival);
            }
            return kind;
        };
        CHECK(weighed(write(5, "a", 9)) == Kind::taken);
        CHECK(weighed(write(5, "a", 8)) == Kind::fenced);
        CHECK(weighed(write(5, "a", 9)) == Kind::known);
        CHECK(weighed(write(5, "a", 10)) == Kind::taken);
        CHECK(ahead.messages == 2);
    }

    TEST_CASE("after a restart each key has its fence, though there is no room for so many") {
        World world{kFenced};
        const auto of = [](const std::string& key, std::uint64_t epoch) {
            return Arrival{.key = key, .fence = fence(epoch, "life", 1)};
        };
        for (const std::string key : {"a", "b", "c"}) {
            world.put_one(key + "=1", of(key, 5));
        }
        Settings fewer = kFenced;
        fewer.keys_max = 1;
        world.queue.change(fewer, world.actions);
        world.restart();
        world.run();
        CHECK(world.queue.counters().keyless == 0);
        CHECK(world.offer("c=0", of("c", 4)).kind == Kind::fenced);
        CHECK(world.offer("d=1", of("d", 5)).kind == Kind::keys_full);
        world.put_one("c=2", of("c", 6));
        CHECK(world.replaced == std::vector<MessageId>{3});
    }

    TEST_CASE("many keys of one owner cost their keys and little more") {
        WordBudget all;
        World world;
        world.queue = Queue{kFenced, {}, Limits{}, &all};
        for (int i = 0; i < 1000; ++i) {
            world.offer("x", {.key = "k" + std::to_string(i), .fence = fence(1, "life", 1)});
        }
        world.commit();
        CHECK(all.bytes < 1000 * (LastValues::kBytesEach + 4) + 200);
        CHECK(all.bytes > 1000 * LastValues::kBytesEach);
    }
}

TEST_SUITE("Queue: reading a key") {
    TEST_CASE("the message of each key that there is, in that order, then it is drained") {
        World world{{.last_value_key = "key"}};
        for (const char* body : {"x=1", "y=1", "z=1", "x=2"}) {
            world.offer(body, {.key = std::string{body}.substr(0, 1)});
        }
        world.commit();
        world.reader(1, 10, {"x", "nothing", "y", "x"});
        CHECK(world.take(1) == Bodies{"x=2", "y=1", "x=2"});
        CHECK(world.drained == std::vector<ConsumerId>{ConsumerId(1)});
        CHECK(world.looks == 3);
        CHECK(world.queue.counters().browsed == 3);
        CHECK(world.queue.depth() == 3);
        world.reader(2, 10, {"nothing"});
        CHECK(world.take(2).empty());
        CHECK(world.drained.size() == 2);
        CHECK(world.looks == 3);
    }

    TEST_CASE("it is told no more once it has had all") {
        World world{{.last_value_key = "key"}};
        world.put_one("x=1", {.key = "x"});
        world.queue.attach(ConsumerId(1), {.browses = true, .keys = {"x", "y"}});
        world.credit(1, 10);
        world.put_one("x=2", {.key = "x"});
        world.put_one("y=1", {.key = "y"});
        CHECK(world.take(1) == Bodies{"x=1"});
        CHECK(world.drained.empty());
        world.credit(1, 9, /*drain=*/true);
        CHECK(world.drained.size() == 1);
        CHECK(world.take(1).empty());
    }

    TEST_CASE("each takes a credit; a copy that came back is seen again") {
        World world{{.last_value_key = "key"}};
        world.put_one("x=1", {.key = "x"});
        world.put_one("y=1", {.key = "y"});
        world.reader(1, 1, {"x", "none", "y"});
        CHECK(world.take(1) == Bodies{"x=1"});
        world.queue.give_back(ConsumerId(1), 1, kReleased, /*drain=*/true, world.now,
                              world.actions);
        world.run();
        CHECK(world.take(1) == Bodies{"x=1"});
        world.credit(1, 5, /*drain=*/true);
        CHECK(world.take(1) == Bodies{"y=1"});
        CHECK(world.drained.size() == 1);
    }

    TEST_CASE("one that is replaced while it is read is looked for again") {
        World world{{.last_value_key = "key"}};
        world.consumer(7, 0);  // so that messages wait in memory
        world.put_one("x=1", {.key = "x"});
        world.answers = false;
        world.reader(1, 5, {"x"});
        world.put_one("x=2", {.key = "x"});
        world.answer();
        world.run();
        CHECK(world.take(1) == Bodies{"x=2"});
        CHECK(world.drained.size() == 1);
    }

    TEST_CASE("what a consumer has, and what waits for its time, it does not see") {
        World world{{.last_value_key = "key"}};
        world.put_one("x=1", {.key = "x"});
        world.put_one("y=1", {.due = world.now + 100, .key = "y"});
        world.consumer(7, 1);
        CHECK(world.take(7) == Bodies{"x=1"});
        world.reader(1, 5, {"x", "y"});
        CHECK(world.take(1).empty());
        CHECK(world.drained.size() == 1);
    }

    TEST_CASE("after a restart it waits for the keys") {
        World world{{.last_value_key = "key"}};
        world.put_one("x=1", {.key = "x"});
        world.answers = false;
        world.restart();
        world.reader(1, 5, {"x"});
        CHECK(world.drained.empty());
        world.answer();
        CHECK(world.take(1) == Bodies{"x=1"});
        CHECK(world.drained.size() == 1);
    }
}

}  // namespace weft::queue::test

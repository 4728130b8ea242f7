#include "broker/queue/verdict.hpp"
#include "tests/unit/broker_queue/world.hpp"

namespace weft::queue::test {
namespace {

const Settings kLastValues{.last_value_key = "key"};

/// Bodies "k=…" have the key k.
Arrival keyed(const std::string& body) {
    const std::size_t at = body.find('=');
    return {.key = at == std::string::npos ? "" : body.substr(0, at)};
}
void put_keyed(World& world, const std::vector<std::string>& bodies) {
    for (const std::string& body : bodies) {
        world.offer(body, keyed(body));
    }
    world.commit();
}

}  // namespace

TEST_SUITE("Queue: last values") {
    TEST_CASE("a younger message takes the place of the one with its key") {
        World world{kLastValues};
        put_keyed(world, {"x=1", "y=1", "x=2", "plain", "x=3"});
        CHECK(world.replaced == std::vector<MessageId>{1, 3});
        CHECK(world.queue.counters().replaced == 2);
        CHECK(world.queue.depth() == 3);
        world.consumer(1, 10);
        CHECK(world.take(1) == Bodies{"y=1", "plain", "x=3"});
    }

    TEST_CASE("what a consumer has stays with it, and is gone if it comes back") {
        World world{kLastValues};
        world.consumer(1, 1);
        put_keyed(world, {"x=1"});
        put_keyed(world, {"x=2"});
        CHECK(world.take(1) == Bodies{"x=1"});
        CHECK(world.replaced.empty());
        world.settle(1, 1, kReleased);
        CHECK(world.replaced == std::vector<MessageId>{1});
        world.credit(1, 1);
        CHECK(world.take(1) == Bodies{"x=2"});
        world.settle(1, 2);
        CHECK(world.queue.depth() == 0);
    }

    TEST_CASE("one that waits after a failure is replaced, and blocks nobody") {
        World world{{.redelivery = {.delay = 100}, .last_value_key = "key"}};
        world.consumer(1, 1);
        put_keyed(world, {"x=1"});
        world.take(1);
        world.settle(1, 1, kFailed);
        put_keyed(world, {"x=2"});
        CHECK(world.replaced == std::vector<MessageId>{1});
        world.credit(1, 5);
        CHECK(world.take(1) == Bodies{"x=2"});
        world.pass(200);
        CHECK(world.take(1).empty());
    }

    TEST_CASE("a scheduled one is replaced as well, and replaces at once") {
        World world{kLastValues};
        world.put_one("x=1", {.due = world.now + 100, .key = "x"});
        put_keyed(world, {"x=2"});
        CHECK(world.replaced == std::vector<MessageId>{1});
        world.put_one("x=3", {.due = world.now + 100, .key = "x"});
        world.consumer(1, 5);
        CHECK(world.take(1).empty());
        world.pass(100);
        CHECK(world.take(1) == Bodies{"x=3"});
    }

    TEST_CASE("after a restart all keys are read before anything is given out") {
        World world{kLastValues, {.browse_messages = 2}};
        put_keyed(world, {"x=1", "y=1", "z=1"});
        world.on_disk[9] = world.on_disk[1];  // a kill came before the older one was gone
        world.on_disk[9].id = world.last = 9;
        world.restart();
        world.consumer(1, 1);
        CHECK(world.replaced == std::vector<MessageId>{1});
        CHECK(world.take(1) == Bodies{"y=1"});
        put_keyed(world, {"z=2"});
        world.credit(1, 5);
        CHECK(world.take(1) == Bodies{"x=1", "z=2"});
    }

    TEST_CASE("what is moved here is given out though more is moved all the time") {
        World world{kLastValues};
        world.consumer(1, 100);
        world.answers = false;
        const auto move_in = [&](const std::string& body) {
            const Bytes bytes = as_bytes(body);
            const Moved moved = world.queue.take_moved(bytes.size(), kPriorityDefault, world.now);
            world.appended.push_back(
                {.id = moved.id,
                 .size = bytes.size(),
                 .key = body.substr(0, body.find('=')),
                 .payload = std::make_shared<const Buffer>(bytes.begin(), bytes.end())});
            world.commit();
        };
        for (int i = 0; i < 10; ++i) {  // the keys of one are unread whenever the store answers
            move_in(std::to_string(i) + "=m");
            world.answer_once();
        }
        CHECK(world.take(1).size() >= 4);
        move_in("9=n");
        world.answer();
        world.run();
        CHECK(world.queue.words().find("9") == 11);
        CHECK_FALSE(world.queue.words().has_keys_to_read());
        CHECK(world.queue.words().is_stale(10));
    }

    TEST_CASE("one that is found damaged, and is replaced just then, leaves once") {
        World world{kLastValues};
        put_keyed(world, {"x=1"});
        world.on_disk.at(1).damaged = true;
        world.answers = false;
        world.consumer(1, 5);  // it is being read
        world.offer("x=2", keyed("x=2"));
        world.queue.on_loaded({.from = 1, .through = 1}, {world.on_disk.at(1)}, 1);
        world.commit();
        CHECK(world.replaced.empty());
        REQUIRE(world.buried.size() == 1);
        CHECK(world.buried[0].death == Death::damaged);
        CHECK(world.queue.depth() == 1);
        CHECK(world.queue.words().find("x") == 2);
    }

    TEST_CASE("a queue that becomes one reads the keys of what it has") {
        World world;
        put_keyed(world, {"x=1", "x=2", "y=1"});
        CHECK(world.replaced.empty());
        world.queue.change(kLastValues, world.actions);
        world.run();
        CHECK(world.replaced == std::vector<MessageId>{1});
    }

    TEST_CASE("a queue has so many keys; one that is known is taken all the same") {
        World world{{.last_value_key = "key", .keys_max = 2}};
        put_keyed(world, {"x=1", "y=1"});
        CHECK(world.offer("z=1", keyed("z=1")).kind == Offered::Kind::keys_full);
        CHECK(world.queue.counters().overflowed == 1);
        CHECK(world.offer("x=2", keyed("x=2")).kind == Offered::Kind::taken);
        CHECK(world.offer("plain", {}).kind == Offered::Kind::taken);
        world.commit();
        world.consumer(1, 1);
        world.take(1);
        world.settle(1, 2);  // y
        CHECK(world.offer("z=1", keyed("z=1")).kind == Offered::Kind::taken);
    }

    TEST_CASE("another number of keys holds at once, and what is there stays") {
        World world{{.last_value_key = "key", .keys_max = 2}};
        put_keyed(world, {"x=1", "y=1"});
        world.queue.change(Settings{.last_value_key = "key", .keys_max = 3}, world.actions);
        CHECK(world.offer("z=1", keyed("z=1")).kind == Offered::Kind::taken);
        world.queue.change(Settings{.last_value_key = "key", .keys_max = 1}, world.actions);
        CHECK(world.offer("w=1", keyed("w=1")).kind == Offered::Kind::keys_full);
        CHECK(world.offer("x=2", keyed("x=2")).kind == Offered::Kind::taken);
        CHECK(world.queue.depth() == 4);
    }
}

TEST_SUITE("Queue: room for words") {
    TEST_CASE("all queues remember so much, one as much as others leave free") {
        WordBudget all{.bytes_max = 1000};
        {
            World world;
            world.queue = Queue{kLastValues, {}, Limits{}, &all};
            std::string last;
            int keys = 0;
            for (char key = 'a';; ++key, ++keys) {
                last = std::string{key} + "=1";
                if (world.offer(last, keyed(last)).kind != Offered::Kind::taken) {
                    break;
                }
                world.commit();
            }
            CHECK(keys > 1);
            CHECK(keys < 10);
            CHECK(all.bytes <= all.bytes_max);
            CHECK(world.offer(last, keyed(last)).kind == Offered::Kind::words_full);
            CHECK(world.offer("a=2", keyed("a=2")).kind == Offered::Kind::taken);
            CHECK(world.offer("plain", {}).kind == Offered::Kind::taken);
            CHECK(world.offer(last, {.key = "z", .weighed = true}).kind == Offered::Kind::taken);
            world.commit();
            Queue other{kLastValues, {}, Limits{}, &all};
            CHECK(verdict(other, {.key = "x"}).kind ==
                  Offered::Kind::taken);  // it has a share, too
            world.consumer(1, 10);
            for (MessageId id = 2; id <= 4; ++id) {
                CHECK(world.settle(1, id));
            }
            CHECK(world.offer(last, keyed(last)).kind == Offered::Kind::taken);
        }
        CHECK(all.bytes == 0);
    }

    TEST_CASE("a name that takes an older one's place needs no room, unless it is longer") {
        WordBudget all{.bytes_max = 700};
        World world;
        world.queue = Queue{Settings{.duplicate_window = 3}, {}, Limits{}, &all};
        for (const char* name : {"1", "2", "3"}) {
            world.put_one(name, {.name = name});
        }
        CHECK(all.bytes == 3 * (Duplicates::kBytesEach + 1));
        all.bytes += 300;  // another queue's
        CHECK(verdict(world.queue, {.name = "4"}).kind == Offered::Kind::taken);
        CHECK(verdict(world.queue, {.name = "44"}).kind == Offered::Kind::words_full);
        CHECK(verdict(world.queue, {.name = "3"}).kind == Offered::Kind::known);
        world.put_one("4", {.name = "4"});
        CHECK(all.bytes == 3 * (Duplicates::kBytesEach + 1) + 300);
        world.queue.change(Settings{}, world.actions);
        CHECK(all.bytes == 300);
        all.bytes = 0;
    }

    TEST_CASE("what was stored before its key was one stays without, where there is no room") {
        World world;
        put_keyed(world, {"x=1", "y=1", "z=1", "x=2", "w=1"});
        world.queue.change(Settings{.last_value_key = "key", .keys_max = 2}, world.actions);
        world.run();
        CHECK(world.replaced == std::vector<MessageId>{1});
        CHECK(world.queue.counters().keyless == 2);
        CHECK(world.offer("z=2", keyed("z=2")).kind == Offered::Kind::keys_full);
        world.consumer(1, 10);
        CHECK(world.take(1) == Bodies{"y=1", "z=1", "x=2", "w=1"});
    }
}

TEST_SUITE("Queue: duplicates") {
    TEST_CASE("one whose name is known is taken, counted, and not kept") {
        World world{{.duplicate_window = 10}};
        CHECK(world.offer("a", {.name = "1"}).kind == Offered::Kind::taken);
        const Offered again = world.offer("a", {.name = "1"});
        CHECK(again.kind == Offered::Kind::known);
        CHECK(again.id == 1);  // accepted once the first one is durable
        world.offer("b", {.name = "2"});
        world.offer("c", {});
        world.offer("c", {});
        world.commit();
        world.consumer(1, 10);
        CHECK(world.take(1) == Bodies{"a", "b", "c", "c"});
        CHECK(world.queue.counters().duplicates == 1);
    }

    TEST_CASE("it is known after the message is gone, after a restart too, and not for ever") {
        World world{{.duplicate_window = 2}};
        world.consumer(1, 10);
        for (const char* name : {"1", "2", "3"}) {
            world.put_one(name, {.name = name});
        }
        for (MessageId id = 1; id <= 3; ++id) {
            world.settle(1, id);
        }
        CHECK(world.names.size() == 2);
        world.restart();
        CHECK(world.offer("3", {.name = "3"}).kind == Offered::Kind::known);
        CHECK(world.offer("2", {.name = "2"}).kind == Offered::Kind::known);
        CHECK(world.offer("1", {.name = "1"}).kind == Offered::Kind::taken);
        world.commit();
        CHECK(world.names.back().number == 4);
        CHECK(world.offer("2", {.name = "2"}).kind == Offered::Kind::taken);
    }

    TEST_CASE("a full queue takes a duplicate, for it keeps nothing of it") {
        World world{{.messages_max = 1, .overflow = Overflow::reject, .duplicate_window = 5}};
        world.put_one("a", {.name = "1"});
        CHECK(world.offer("b", {.name = "2"}).kind == Offered::Kind::full);
        CHECK(world.offer("a", {.name = "1"}).kind == Offered::Kind::known);
    }

    TEST_CASE("another window holds at once, and none forgets all") {
        World world{{.duplicate_window = 5}};
        for (const char* name : {"1", "2", "3", "4"}) {
            world.put_one(name, {.name = name});
        }
        world.queue.change(Settings{.duplicate_window = 1}, world.actions);
        world.run();
        CHECK(world.names.size() == 1);
        CHECK(world.offer("3", {.name = "3"}).kind == Offered::Kind::taken);
        world.commit();
        world.queue.change(Settings{}, world.actions);
        world.run();
        CHECK(world.names.empty());
        CHECK(world.offer("3", {.name = "3"}).kind == Offered::Kind::taken);
    }
}

}  // namespace weft::queue::test

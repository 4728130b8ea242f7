#include "tests/unit/broker_queue/world.hpp"

namespace weft::queue::test {
namespace {

void put_urgent(World& world, Priority priority, const std::vector<std::string>& bodies) {
    for (const std::string& body : bodies) {
        world.offer(body, {.priority = priority});
    }
    world.commit();
}

Bodies many(const std::string& start, int count) {
    Bodies bodies;
    for (int i = 0; i < count; ++i) {
        bodies.push_back(start + std::to_string(i));
    }
    return bodies;
}

}  // namespace

TEST_SUITE("Queue: priorities") {
    TEST_CASE("the highest priority goes first, and of one priority the oldest") {
        World world;
        put_urgent(world, 4, {"a", "b"});
        put_urgent(world, 9, {"urgent", "urgent too"});
        put_urgent(world, 0, {"some day"});
        world.consumer(1, 10);
        CHECK(world.take(1) == Bodies{"urgent", "urgent too", "a", "b", "some day"});
    }

    TEST_CASE("also far behind the window, which it is read past") {
        World world{{}, {.window_messages = 10}};
        put_urgent(world, 4, many("a", 200));
        put_urgent(world, 7, {"urgent"});
        world.consumer(1, 1);
        CHECK(world.take(1) == Bodies{"urgent"});
        CHECK(world.loads < 4);
        CHECK(world.queue.window().size() <= 15);
        world.credit(1, 2);
        CHECK(world.take(1) == Bodies{"a0", "a1"});
    }

    TEST_CASE("of eight deliveries one goes to the oldest message, whatever comes behind it") {
        World world;
        world.put({"low 1", "low 2"});
        world.consumer(1, 0);
        for (int i = 0; i < 4; ++i) {
            put_urgent(world, 9, many("h", 8));
            world.credit(1, 4);
        }
        const Bodies got = world.take(1);
        REQUIRE(got.size() == 16);
        CHECK(got[7] == "low 1");
        CHECK(got[15] == "low 2");
    }

    TEST_CASE("the same for what is on disk only") {
        World world{{}, {.window_messages = 4}};
        world.put(many("low", 30));
        put_urgent(world, 9, many("h", 30));
        world.consumer(1, 60);
        const Bodies got = world.take(1);
        REQUIRE(got.size() == 60);
        for (std::size_t i = 0; i < 30; ++i) {
            CHECK(got[i].front() == ((i + 1) % 8 == 0 ? 'l' : 'h'));
        }
        std::size_t lows = 0;
        for (const std::string& body : got) {
            lows += body == "low" + std::to_string(lows) ? 1U : 0U;
        }
        CHECK(lows == 30);  // in order, each once
    }

    TEST_CASE("what comes back keeps its priority and its place") {
        World world;
        put_urgent(world, 4, {"a"});
        put_urgent(world, 9, {"x", "y"});
        world.consumer(1, 1);
        CHECK(world.take(1) == Bodies{"x"});
        world.settle(1, 2, kReleased);
        world.credit(1, 3);
        CHECK(world.take(1) == Bodies{"x", "y", "a"});
    }

    TEST_CASE("a restart, and consumers that leave, forget no priority") {
        World world{{}, {.window_messages = 3}};
        put_urgent(world, 1, {"a", "b", "c", "d"});
        put_urgent(world, 8, {"x"});
        world.consumer(1, 3);
        CHECK(world.queue.window().size() > 0);
        world.take(1);
        world.detach(1);
        CHECK(world.queue.window().size() == 0);
        world.restart();
        world.consumer(2, 10);
        CHECK(world.take(2) == Bodies{"x", "a", "b", "c", "d"});
    }

    TEST_CASE("the oldest make room for the younger ones, of any priority") {
        World world{{.messages_max = 3, .overflow = Overflow::drop_oldest}};
        put_urgent(world, 9, {"x"});
        put_urgent(world, 1, {"a", "b", "c", "d"});
        CHECK(world.dropped == std::vector<MessageId>{1, 2});
        world.consumer(1, 10);
        CHECK(world.take(1) == Bodies{"b", "c", "d"});
    }

    TEST_CASE("a priority of which a consumer refused all is in no other's way") {
        World world{{}, {.window_messages = 2, .refused_max = 2}};
        put_urgent(world, 9, {"x", "y"});
        put_urgent(world, 4, {"a"});
        world.consumer(1, 2);
        CHECK(world.take(1) == Bodies{"x", "y"});
        world.settle(1, 1, kElsewhere);
        world.settle(1, 2, kElsewhere);
        world.credit(1, 2);
        CHECK(world.take(1) == Bodies{"a"});
        world.consumer(2, 2);
        CHECK(world.take(2) == Bodies{"x", "y"});
    }

    TEST_CASE("a drain is answered when nothing of any priority is left") {
        World world;
        put_urgent(world, 0, {"a"});
        put_urgent(world, 9, {"x"});
        world.consumer(1, 0);
        world.credit(1, 5, /*drain=*/true);
        CHECK(world.take(1) == Bodies{"x", "a"});
        CHECK(world.drained.size() == 1);
    }
}

TEST_SUITE("Window") {
    TEST_CASE("lanes share what may be in memory") {
        Window window{{.window_messages = 8}, {}};
        for (MessageId id = 1; id <= 20; ++id) {
            Record record{.id = id, .size = 1, .payload = std::make_shared<const Buffer>(1)};
            record.priority = id % 2 == 0 ? 3 : 6;
            window.add(std::move(record), /*keep=*/true);
        }
        CHECK(window.size() <= 9);  // one more than each share, while there was one lane alone
        CHECK(window.has_behind());
        CHECK(window.oldest() == 1);
    }

    TEST_CASE("a lane in which nothing waits goes, and may come again") {
        Window window{{}, {}};
        const Record record{.id = 5, .priority = 2};
        CHECK_FALSE(window.add(record, /*keep=*/false));
        CHECK(window.is_behind(record));
        window.fill(window.behind(2), {record}, 5, [](const Record&) { return false; });
        window.tidy();
        CHECK_FALSE(window.oldest());
        CHECK(window.put_back(record, /*keep=*/true));
        CHECK(window.has(record));
        window.forget();
        CHECK(window.is_behind(record));
    }
}

}  // namespace weft::queue::test

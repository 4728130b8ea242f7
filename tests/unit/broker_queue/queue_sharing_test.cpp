#include "tests/unit/broker_queue/world.hpp"

namespace weft::queue::test {
namespace {

/// Bodies "g/…" are of the group g.
void put_grouped(World& world, const std::vector<std::string>& bodies) {
    for (const std::string& body : bodies) {
        const std::size_t at = body.find('/');
        world.offer(body, {.group = at == std::string::npos ? "" : body.substr(0, at)});
    }
    world.commit();
}

}  // namespace

TEST_SUITE("Queue: exclusive consumers") {
    TEST_CASE("in an exclusive queue the first has all; the next when it leaves") {
        World world{{.exclusive = true}};
        world.consumer(1, 2);
        world.consumer(2, 10);
        world.put({"a", "b", "c"});
        CHECK(world.take(1) == Bodies{"a", "b"});
        CHECK(world.take(2).empty());
        world.detach(1);
        CHECK(world.take(2) == Bodies{"a", "b", "c"});
    }

    TEST_CASE("one that wants to be alone is, from when it comes on; others keep what they have") {
        World world;
        world.consumer(1, 1);
        world.put({"a", "b", "c"});
        CHECK(world.take(1) == Bodies{"a"});
        world.consumer(2, 1, /*alone=*/true);
        CHECK(world.take(2) == Bodies{"b"});
        world.credit(1, 5);
        CHECK(world.take(1).empty());
        CHECK(world.settle(1, 1));
        world.detach(2);
        CHECK(world.take(1) == Bodies{"b", "c"});
    }

    TEST_CASE("who is alone is known without a look at those who wait, however many leave") {
        constexpr int kMany = 20'000;
        World world{{.exclusive = true}};
        world.put({"a"});
        for (int id = 1; id <= kMany; ++id) {
            world.queue.attach(ConsumerId(id));
            world.queue.set_credit(ConsumerId(id), 1, /*drain=*/false);
        }
        for (int id = 1; id < kMany; ++id) {
            world.queue.detach(ConsumerId(id), /*failed=*/false, world.now, world.actions);
        }
        world.run();
        CHECK(world.take(kMany) == Bodies{"a"});
    }

    TEST_CASE("who waits for its turn may drain, and pickers wait as well") {
        World world{{.exclusive = true}};
        world.consumer(1, 0);
        world.picker(2, 5, 'a');
        world.consumer(3, 0);
        world.put({"a"});
        world.credit(3, 5, /*drain=*/true);
        CHECK(world.drained == std::vector{ConsumerId(3)});
        CHECK(world.take(2).empty());
        world.detach(1);
        CHECK(world.take(2) == Bodies{"a"});
    }

    TEST_CASE("browsers are no consumers: they see what is there") {
        World world{{.exclusive = true}};
        world.consumer(1, 0);
        world.put({"a"});
        world.browser(2, 1);
        CHECK(world.take(2) == Bodies{"a"});
    }

    TEST_CASE("a queue that stops being exclusive is everybody's") {
        World world{{.exclusive = true}};
        world.consumer(1, 0);
        world.consumer(2, 5);
        world.put({"a"});
        CHECK(world.take(2).empty());
        world.queue.change(Settings{}, world.actions);
        world.run();
        CHECK(world.take(2) == Bodies{"a"});
    }
}

TEST_SUITE("Queue: groups") {
    TEST_CASE("all of a group goes to one consumer, and others get other groups") {
        World world;
        world.consumer(1, 10);
        world.consumer(2, 10);
        put_grouped(world, {"x/1", "y/1", "x/2", "y/2", "x/3", "z"});
        CHECK(world.take(1) == Bodies{"x/1", "x/2", "x/3"});
        CHECK(world.take(2) == Bodies{"y/1", "y/2", "z"});
    }

    TEST_CASE("it stays with its consumer when all is settled, credit or not") {
        World world;
        world.consumer(1, 1);
        put_grouped(world, {"x/1"});
        world.settle(1, 1);
        world.consumer(2, 10);
        put_grouped(world, {"x/2", "y/1"});
        CHECK(world.take(2) == Bodies{"y/1"});
        world.credit(1, 1);
        CHECK(world.take(1) == Bodies{"x/1", "x/2"});
    }

    TEST_CASE("when its consumer leaves it is the next one's, the oldest first") {
        World world;
        world.consumer(1, 2);
        put_grouped(world, {"x/1", "x/2", "x/3"});
        CHECK(world.take(1) == Bodies{"x/1", "x/2"});
        world.consumer(2, 10);
        CHECK(world.take(2).empty());
        world.detach(1);
        CHECK(world.take(2) == Bodies{"x/1", "x/2", "x/3"});
    }

    TEST_CASE("what was read from disk has its group, too") {
        World world{{}, {.window_messages = 4}};
        put_grouped(world, {"x/1", "y/1", "x/2", "y/2", "x/3", "y/3", "x/4", "y/4"});
        world.consumer(1, 1);
        world.consumer(2, 10);
        CHECK(world.take(1) == Bodies{"x/1"});
        CHECK(world.take(2) == Bodies{"y/1", "y/2", "y/3", "y/4"});
        world.credit(1, 5);
        CHECK(world.take(1) == Bodies{"x/2", "x/3", "x/4"});
    }

    TEST_CASE("pickers share groups with all others, and look again when one is free") {
        World world;
        world.consumer(1, 1);
        put_grouped(world, {"x/1"});
        world.picker(2, 10, 'x');
        put_grouped(world, {"x/2"});
        CHECK(world.take(2).empty());
        world.detach(1);
        CHECK(world.take(2) == Bodies{"x/1", "x/2"});
        world.consumer(3, 10);
        put_grouped(world, {"x/3"});
        CHECK(world.take(3).empty());
        CHECK(world.take(2) == Bodies{"x/3"});
    }

    TEST_CASE("so many groups are kept that nothing is unsettled of; the oldest are free first") {
        World world{{}, {.groups_max = 2}};
        world.consumer(1, 3);
        put_grouped(world, {"x/1", "y/1", "z/1"});
        world.take(1);
        for (MessageId id = 1; id <= 3; ++id) {
            world.settle(1, id);
        }
        world.consumer(2, 10);
        put_grouped(world, {"x/2", "y/2", "z/2"});
        CHECK(world.take(2) == Bodies{"x/2"});
    }

    TEST_CASE("a group of which a transaction has a message is nobody else's, its consumer gone") {
        World world;
        world.consumer(1, 1);
        put_grouped(world, {"x/1"});
        world.settle(1, 1, {.kind = Outcome::Kind::open});
        world.detach(1);
        world.consumer(2, 10);
        put_grouped(world, {"x/2"});
        CHECK(world.take(2).empty());
        world.settle(1, 1);
        CHECK(world.take(2) == Bodies{"x/2"});
    }

    TEST_CASE("a queue without groups shares everything, from when that is said") {
        World world;
        world.consumer(1, 1);
        world.consumer(2, 5);
        put_grouped(world, {"x/1", "x/2"});
        CHECK(world.take(2).empty());
        world.queue.change(Settings{.groups = false}, world.actions);
        world.run();
        CHECK(world.take(2) == Bodies{"x/2"});
        CHECK(world.settle(1, 1));
        CHECK(world.settle(2, 2));
    }

    TEST_CASE("a scheduled message is its group's, though nobody knows it before it is read") {
        World world;
        world.consumer(1, 1);
        put_grouped(world, {"x/1"});
        CHECK(world.take(1) == Bodies{"x/1"});
        world.consumer(2, 10);
        world.put_one("x/2", {.due = world.now + 10, .group = "x"});
        world.put_one("y/1", {.due = world.now + 10, .group = "y"});
        world.pass(10);
        CHECK(world.take(2) == Bodies{"y/1"});
        world.credit(1, 1);
        CHECK(world.take(1) == Bodies{"x/2"});
        world.put_one("y/2", {.due = world.now + 10, .group = "y"});
        world.pass(10);
        CHECK(world.take(2) == Bodies{"y/2"});
    }

    TEST_CASE("a queue that has groups from now on knows those of what was read before") {
        World world{{.groups = false}};
        world.reads_groups = false;
        world.put({"x/1", "x/2", "x/3"});
        world.consumer(1, 1);
        CHECK(world.take(1) == Bodies{"x/1"});
        world.reads_groups = true;
        world.queue.change(Settings{}, world.actions);
        world.consumer(2, 1);
        CHECK(world.take(2) == Bodies{"x/2"});
        world.credit(1, 5);
        CHECK(world.take(1).empty());
        world.credit(2, 1);
        CHECK(world.take(2) == Bodies{"x/3"});
    }

    TEST_CASE("a group that is free sends back who wants something of it, as far, and no others") {
        World world;
        world.consumer(1, 1);
        put_grouped(world, {"x/1"});
        put_grouped(world, Bodies(50, "b"));
        put_grouped(world, {"x/2"});
        put_grouped(world, Bodies(20, "b"));
        world.picker(2, 10, 'x');
        world.picker(3, 10, 'y');
        CHECK(world.take(2).empty());
        world.asked = 0;
        world.detach(1);
        CHECK(world.take(2) == Bodies{"x/1", "x/2"});
        CHECK(world.asked <= 24);  // x/1 both, x/2 and what is behind it one of them
    }

    TEST_CASE("who leaves with a group of which nobody wants anything costs no picker a look") {
        World world;
        world.consumer(1, 1);
        put_grouped(world, {"x/1"});
        CHECK(world.settle(1, 1));
        put_grouped(world, Bodies(50, "b"));
        world.picker(2, 10, 'y');
        put_grouped(world, {"x/2"});
        world.consumer(3, 1);
        CHECK(world.take(3) == Bodies{"b"});
        world.asked = 0;
        world.detach(1);
        CHECK(world.asked == 0);
        CHECK(world.queue.due() == kForever);
    }

    TEST_CASE("a group that is free because too many are kept is looked for, too") {
        World world{{}, {.groups_max = 1}};
        world.consumer(1, 2);
        put_grouped(world, {"x/1", "y/1"});
        CHECK(world.settle(1, 1));
        world.picker(2, 10, 'x');
        put_grouped(world, {"x/2"});
        CHECK(world.take(2).empty());
        CHECK(world.settle(1, 2));  // y is kept, and x no more
        CHECK(world.take(2) == Bodies{"x/2"});
    }
}

TEST_SUITE("Queue: who waits") {
    TEST_CASE("what is for nobody who waits is looked at once, however many wait") {
        World world{{}, {.looked_at_once_max = 100}};
        world.consumer(1, 50);
        put_grouped(world, Bodies(100, "g/"));
        CHECK(world.take(1).size() == 50);
        for (int id = 2; id <= 1000; ++id) {
            world.queue.attach(ConsumerId(id));
            world.queue.set_credit(ConsumerId(id), 1, /*drain=*/false);
        }
        world.run();
        for (int i = 0; i < 100; ++i) {
            put_grouped(world, {"g/"});
        }
        CHECK(world.turns == 0);  // each of them has 100 looks
        put_grouped(world, {"a"});
        CHECK(world.take(2) == Bodies{"a"});
        world.credit(1, 200);
        CHECK(world.take(1).size() == 150);
    }

    TEST_CASE("who takes its own does not look at what waits for others each time") {
        World world{{}, {.looked_at_once_max = 20}};
        world.consumer(1, 1);
        put_grouped(world, Bodies(50, "g/"));
        CHECK(world.take(1).size() == 1);
        world.consumer(2, 1);
        CHECK(world.turns == 2);  // 49 looks
        for (int i = 0; i < 10; ++i) {
            put_grouped(world, {"h/"});
            CHECK(world.take(2) == Bodies{"h/"});
            world.credit(2, 1);
        }
        CHECK(world.turns == 2);
    }

    TEST_CASE("what came back to memory is looked at in slices, and each has its order") {
        World world{{}, {.looked_at_once_max = 10}};
        world.consumer(1, 30);
        put_grouped(world, Bodies(30, "g/"));
        CHECK(world.take(1).size() == 30);
        world.consumer(2, 1);
        for (MessageId id = 1; id <= 30; ++id) {
            world.queue.settle(ConsumerId(1), id, kReleased, world.now, world.actions);
        }
        world.turns = 0;
        world.run();
        CHECK(world.turns == 2);
        CHECK(world.take(2).empty());
        world.credit(1, 30);
        CHECK(world.take(1).size() == 30);
    }

    TEST_CASE("what all refused who waited is offered to who comes, and to nobody twice") {
        World world{{}, {.looked_at_once_max = 3}};
        world.consumer(1, 1);
        world.put({"a", "b", "c", "d"});
        for (MessageId id = 1; id <= 4; ++id) {
            world.settle(1, id, kElsewhere);
            world.credit(1, 1);
        }
        CHECK(world.take(1) == Bodies{"a", "b", "c", "d"});
        const int before = world.turns;
        for (int i = 0; i < 5; ++i) {  // it was there when they were refused
            world.credit(1, 0);
            world.credit(1, 1);
        }
        CHECK(world.turns == before);
        world.consumer(2, 10);
        CHECK(world.take(2) == Bodies{"a", "b", "c", "d"});
        CHECK(world.take(1).empty());
    }

    TEST_CASE("what one refused that was alone is offered to the others when it leaves") {
        World world;
        world.consumer(1, 5, /*alone=*/true);
        world.consumer(2, 5);
        world.put({"a"});
        world.settle(1, 1, kElsewhere);
        CHECK(world.take(2).empty());
        world.detach(1);
        CHECK(world.take(2) == Bodies{"a"});
    }

    TEST_CASE("what consumers have is known without asking each") {
        Consumers consumers{10};
        consumers.add(ConsumerId{1});
        consumers.add(ConsumerId{2});
        consumers.acquire(*consumers.find(ConsumerId{1}), {.id = 7});
        consumers.acquire(*consumers.find(ConsumerId{2}), {.id = 5});
        CHECK(consumers.have(7));
        CHECK(consumers.give_up(*consumers.find(ConsumerId{1}), 7)->id == 7);
        CHECK_FALSE(consumers.give_up(*consumers.find(ConsumerId{1}), 5));
        CHECK_FALSE(consumers.have(7));
        CHECK(consumers.remove(*consumers.find(ConsumerId{2})).size() == 1);
        CHECK_FALSE(consumers.have(5));
    }
}

TEST_SUITE("Groups of others") {
    TEST_CASE("of so many it is known who wants something of them, of more all go back") {
        PassedOver passed{2};
        passed.note("x", ConsumerId{1}, 7);
        passed.note("x", ConsumerId{1}, 5);
        passed.note("x", ConsumerId{1}, 9);
        passed.note("y", ConsumerId{2}, 3);
        passed.note("y", ConsumerId{3}, 8);
        passed.note("y", ConsumerId{4}, 6);
        CHECK(passed.size() == 2);
        CHECK(passed.free("z").pickers.empty());
        const auto y = passed.free("y");
        CHECK(y.pickers == PassedOver::Places{{ConsumerId{2}, 3}});
        CHECK(y.others == 6);
        const auto all = passed.free_all();
        CHECK(all.pickers == PassedOver::Places{{ConsumerId{1}, 5}});
        CHECK(all.others == 0);
        CHECK(passed.size() == 0);
    }
}

}  // namespace weft::queue::test

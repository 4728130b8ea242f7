#include "broker/store/checksum.hpp"
#include "tests/unit/broker_store/opened.hpp"

namespace weft::store::test {
namespace {

/// A store in a folder of its own, with two queues.
struct Shelf {
    Shelf() {
        done(segments.add_queue(kOrders, "orders", "{}"));
        done(segments.add_queue(kDead, "dead", "{}"));
        done(segments.commit());
    }
    void append(const Bodies& bodies) {
        for (const std::string& body : bodies) {
            done(segments.append(kOrders, next++, {}, as_bytes(body)));
        }
    }
    void remove(MessageId from, MessageId through) {
        for (MessageId id = from; id <= through; ++id) {
            done(segments.remove(kOrders, id, 1));
        }
    }
    /// As after a kill: what was not committed is gone.
    void reopen() {
        segments = {};
        segments = opened(folder.path());
    }
    queue::Stored stored() { return done(segments.inventory()).queues.at(0).stored; }

    node::test::TemporaryFolder folder;
    Segments segments = opened(folder.path());
    MessageId next = 1;
};

}  // namespace

TEST_SUITE("segments") {
    TEST_CASE("the checksum is CRC-32C") {
        CHECK(checksum(as_bytes("123456789")) == 0xe3069283);
        CHECK(checksum_by_tables(as_bytes("123456789")) == 0xe3069283);
        CHECK(checksum({}) == 0);
        Buffer bytes;
        for (std::uint8_t length = 0; length < 40; ++length) {  // whole steps, and what is left
            CHECK(checksum(bytes) == checksum_by_tables(bytes));
            CHECK(checksum(bytes, 0x12345678) == checksum_by_tables(bytes, 0x12345678));
            bytes.push_back(static_cast<std::uint8_t>(length * 37));
        }
        CHECK(checksum(as_bytes("12345678")) != checksum(as_bytes("12345679")));
    }

    TEST_CASE("what was committed is there when the file is opened again, and nothing else") {
        Shelf shelf;
        shelf.append({"a", "b"});
        done(shelf.segments.commit());
        shelf.append({"c"});
        shelf.remove(1, 1);
        CHECK(all_of(shelf.segments) == Bodies{"b", "c"});  // as asked, durable or not
        shelf.reopen();
        CHECK(all_of(shelf.segments) == Bodies{"a", "b"});
        const auto queues = done(shelf.segments.inventory()).queues;
        REQUIRE(queues.size() == 2);
        CHECK(queues[0].number == kOrders);
        CHECK(queues[0].name == "orders");
        CHECK(queues[0].settings == "{}");
        CHECK(queues[0].stored.first == 1);
        CHECK(queues[0].stored.last == 2);
        CHECK(queues[0].stored.messages == 2);
        CHECK(queues[0].stored.bytes == 2);
        CHECK(queues[1].stored.messages == 0);
        CHECK(queues[1].stored.last == 0);
    }

    TEST_CASE("removed messages leave, and their numbers are not given out again") {
        Shelf shelf;
        shelf.append(Bodies(200, "x"));
        done(shelf.segments.commit());
        shelf.remove(1, 70);
        shelf.remove(100, 100);
        done(shelf.segments.commit());
        shelf.reopen();
        CHECK(all_of(shelf.segments).size() == 129);
        CHECK(shelf.stored().first == 65);  // the segment in which the oldest one is
        CHECK(shelf.stored().messages == 129);
        CHECK(shelf.stored().bytes == 129);
        shelf.remove(71, 99);
        shelf.remove(101, 200);
        done(shelf.segments.commit());
        shelf.reopen();
        CHECK(all_of(shelf.segments).empty());
        CHECK(shelf.stored().last == 200);
        CHECK(shelf.stored().first == 201);
        CHECK(shelf.stored().messages == 0);
    }

    TEST_CASE("numbers are not given out again when the youngest leave first") {
        Shelf shelf;
        shelf.append(Bodies(130, "x"));  // three segments
        done(shelf.segments.commit());
        shelf.remove(129, 130);
        done(shelf.segments.commit());
        shelf.reopen();
        CHECK(shelf.stored().last == 130);
        shelf.remove(1, 128);
        done(shelf.segments.commit());
        shelf.reopen();
        CHECK(shelf.stored().last == 130);
        CHECK(shelf.stored().first == 131);
    }

    TEST_CASE("a message is removed once") {
        Shelf shelf;
        shelf.append({"a", "b"});
        done(shelf.segments.commit());
        shelf.remove(1, 1);
        CHECK(shelf.segments.remove(kOrders, 1, 1).error().text == "message 1 is not in the store");
        CHECK_FALSE(shelf.segments.remove(kOrders, 9, 1));
    }

    TEST_CASE("a range is bounded in messages and bytes, one at least, and says how far it went") {
        Shelf shelf;
        shelf.append({"aaa", "bbb", "ccc", "ddd"});
        done(shelf.segments.commit());
        shelf.remove(2, 2);
        const auto read = [&](const queue::Range& range) {
            return done(shelf.segments.read(kOrders, range));
        };
        Reading reading = read({.from = 1, .through = 4, .messages = 2, .bytes = 1000});
        CHECK(bodies(reading) == Bodies{"aaa", "ccc"});
        CHECK(reading.through == 3);
        CHECK(reading.records[1].id == 3);
        CHECK(reading.records[1].size == 3);
        reading = read({.from = 1, .through = 4, .messages = 10, .bytes = 5});
        CHECK(bodies(reading) == Bodies{"aaa"});
        CHECK(reading.through == 1);
        reading = read({.from = 3, .through = 3, .messages = 10, .bytes = 1});
        CHECK(bodies(reading) == Bodies{"ccc"});
        CHECK(reading.through == 3);
        reading = read({.from = 5, .through = 7, .messages = 10, .bytes = 1});
        CHECK(reading.records.empty());
        CHECK(reading.through == 7);
    }

    TEST_CASE("what is larger than may be is told by its size, and not read") {
        Shelf shelf;
        shelf.append({"a", std::string(9000, 'l'), "c"});
        done(shelf.segments.commit());
        const auto read = [&](MessageId from, std::uint64_t most) {
            return done(shelf.segments.read(
                kOrders, {.from = from, .through = 3, .messages = 9, .bytes = 10}, most));
        };
        Reading reading = read(1, 10);
        CHECK(bodies(reading) == Bodies{"a"});
        CHECK(reading.larger == 0);
        CHECK(reading.through == 1);
        reading = read(2, 10);
        CHECK(reading.records.empty());
        CHECK(reading.larger == 9000);
        CHECK(reading.through == 1);
        reading = read(2, 9000);
        CHECK(reading.records.size() == 1);
        CHECK(reading.larger == 0);
        CHECK(bodies(read(3, 10)) == Bodies{"c"});
    }

    TEST_CASE("a message of any size") {
        Shelf shelf;
        const std::string large(kSegmentBytes * 5, 'l');
        shelf.append({"a", large, "b"});
        done(shelf.segments.commit());
        shelf.reopen();
        CHECK(all_of(shelf.segments) == Bodies{"a", large, "b"});
        CHECK(shelf.stored().bytes == large.size() + 2);
    }

    TEST_CASE("failures are kept until the message leaves") {
        Shelf shelf;
        shelf.append({"a", "b", "c"});
        done(shelf.segments.recount(kOrders, 2, 1));
        done(shelf.segments.recount(kOrders, 2, 5));
        done(shelf.segments.commit());
        shelf.reopen();
        const Reading reading = done(
            shelf.segments.read(kOrders, {.from = 1, .through = 3, .messages = 9, .bytes = 99}));
        CHECK(reading.records.at(0).failures == 0);
        CHECK(reading.records.at(1).failures == 5);
        CHECK(reading.records.at(2).failures == 0);
        shelf.remove(2, 2);
        done(shelf.segments.commit());
        shelf.segments = {};
        Database file = done(Database::open(Segments::file_in(shelf.folder.path())));
        CHECK(done(file.number("SELECT count(*) FROM failure")) == 0);
    }

    TEST_CASE("a queue that goes takes along what is known beside it, with each part its own") {
        Shelf shelf;
        constexpr MessageId kMany = (Segments::kDroppedSegments + 1) * kSegmentMessagesMax;
        shelf.append(Bodies(kMany, "x"));
        for (MessageId id = 1; id <= kMany; ++id) {
            done(shelf.segments.recount(kOrders, id, 1));
        }
        for (std::uint64_t name = 1; name <= Segments::kDroppedNames + 2; ++name) {
            done(shelf.segments.remember(kOrders, {.name = "n", .number = name}));
        }
        done(shelf.segments.commit());
        Database file = done(Database::open(Segments::file_in(shelf.folder.path())));
        const auto count = [&](const std::string& table) {
            return done(file.number("SELECT count(*) FROM " + table));
        };
        CHECK_FALSE(done(shelf.segments.drop(kOrders)));
        done(shelf.segments.commit());
        CHECK(count("failure") == kSegmentMessagesMax);
        CHECK(count("name") == 1);
        CHECK(done(shelf.segments.drop(kOrders)));
        done(shelf.segments.commit());
        CHECK(count("failure") == 0);
        CHECK(count("name") == 0);
        CHECK(count("queue") == 1);
    }

    TEST_CASE("what has expired is found, each with its size; the others tell when") {
        Shelf shelf;
        for (MessageId id = 1; id <= 200; ++id) {
            done(shelf.segments.append(kOrders, id,
                                       {.expires = id % 2 == 0 ? 1000 + id : queue::kForever},
                                       as_bytes("body")));
        }
        done(shelf.segments.commit());
        const auto sweep = [&](queue::WallTime now, MessageId from, std::size_t messages) {
            return done(shelf.segments.sweep(
                kOrders, {.now = now, .from = from, .through = 200, .messages = messages}));
        };
        CHECK(sweep(1001, 1, 10).expired.empty());
        CHECK(sweep(1001, 1, 10).next == 1002);
        CHECK(shelf.stored().expires == 1002);
        queue::Swept swept = sweep(1004, 1, 10);
        REQUIRE(swept.expired.size() == 2);
        CHECK(swept.expired[1].id == 4);
        CHECK(swept.expired[1].size == 4);
        CHECK(swept.next == 1006);
        CHECK(swept.through == 200);
        CHECK(swept.complete);
        swept = sweep(2000, 1, 10);  // a segment at a time
        CHECK(swept.expired.size() == 32);
        CHECK(swept.through == 64);
        CHECK_FALSE(swept.complete);
        CHECK(sweep(2000, 65, 1000).expired.size() == 68);
        shelf.remove(1, 199);
        done(shelf.segments.commit());
        shelf.reopen();
        CHECK(sweep(1100, 1, 10).next == 1194);  // not before, as far as is known
        swept = sweep(1194, 1, 10);
        CHECK(swept.expired.empty());
        CHECK(swept.next == 1200);
        CHECK(done(shelf.segments.read(kOrders,
                                       {.from = 1, .through = 200, .messages = 9, .bytes = 99}))
                  .records.at(0)
                  .expires == 1200);
    }

    TEST_CASE("messages are read by priority, past segments that have none of it") {
        Shelf shelf;
        for (MessageId id = 1; id <= 200; ++id) {
            const queue::Priority priority = id == 130 ? 9 : 4;
            done(shelf.segments.append(kOrders, id, {.priority = priority},
                                       as_bytes(std::to_string(id))));
        }
        done(shelf.segments.commit());
        shelf.reopen();
        CHECK(shelf.stored().priorities == (queue::bit_of(4) | queue::bit_of(9)));
        const auto read = [&](queue::Priority priority, std::size_t messages) {
            return done(shelf.segments.read(kOrders, {.from = 1,
                                                      .through = 200,
                                                      .messages = messages,
                                                      .bytes = 1000,
                                                      .priorities = queue::bit_of(priority)}));
        };
        CHECK(bodies(read(9, 10)) == Bodies{"130"});
        CHECK(read(9, 10).records[0].priority == 9);
        CHECK(read(9, 10).through == 200);
        CHECK(bodies(read(4, 2)) == Bodies{"1", "2"});
        CHECK(read(0, 10).records.empty());
        done(shelf.segments.move(kOrders, 130, kDead, 1, queue::kForever));
        CHECK(done(shelf.segments.read(kDead, {.from = 1, .through = 1, .messages = 1, .bytes = 1}))
                  .records[0]
                  .priority == 9);
    }

    TEST_CASE("a read looks through so many segments in vain, and says how far it came") {
        Shelf shelf;
        for (MessageId id = 1; id <= 240; id += 3) {  // a gap begins a segment
            done(shelf.segments.append(kOrders, id, {.priority = 9}, as_bytes("x")));
            done(shelf.segments.append(kOrders, id + 1, {.priority = 4}, as_bytes("x")));
        }
        done(shelf.segments.commit());
        for (MessageId id = 1; id <= 240; id += 3) {
            done(shelf.segments.remove(kOrders, id, 1));  // those of priority 9
        }
        const Reading reading = done(shelf.segments.read(
            kOrders,
            {.from = 1, .through = 240, .messages = 10, .bytes = 1000, .priorities = 1U << 9U}));
        CHECK(reading.records.empty());
        CHECK(reading.through == 3 * Segments::kBarrenSegments - 1);
    }

    TEST_CASE("what is scheduled is found when it is due, once, a restart or not") {
        Shelf shelf;
        for (MessageId id = 1; id <= 200; ++id) {
            done(shelf.segments.append(kOrders, id, {.due = id % 50 == 0 ? 1000 + id : 0},
                                       as_bytes("body")));
        }
        done(shelf.segments.commit());
        CHECK(shelf.stored().due == 1050);
        const auto ripen = [&](queue::WallTime now, std::size_t messages) {
            return done(shelf.segments.ripen(kOrders, {.now = now, .messages = messages}));
        };
        const auto due_of = [&](MessageId id) {
            return done(shelf.segments.read(
                            kOrders, {.from = id, .through = id, .messages = 1, .bytes = 10}))
                .records.at(0)
                .due;
        };
        CHECK(ripen(1049, 10).ripe.empty());
        queue::Ripened ripened = ripen(1100, 10);
        REQUIRE(ripened.ripe.size() == 2);
        CHECK(ripened.ripe[1].id == 100);
        CHECK(ripened.ripe[1].size == 4);
        CHECK(ripened.ripe[1].due == 0);
        CHECK(ripened.next == 1150);
        CHECK(due_of(100) == 0);
        CHECK(due_of(150) == 1150);
        CHECK(ripen(1100, 10).ripe.empty());
        CHECK(ripen(2000, 1).ripe.size() == 1);
        CHECK(ripen(2000, 1).ripe.size() == 1);
        CHECK(ripen(2000, 1).next == queue::kForever);
        shelf.reopen();  // that was not committed
        CHECK(due_of(100) == 1100);
        CHECK(ripen(1100, 10).ripe.size() == 2);
        shelf.remove(50, 50);
        done(shelf.segments.commit());
        shelf.reopen();
        CHECK(due_of(100) == 0);
        CHECK(due_of(150) == 1150);
        CHECK(shelf.stored().due == 1150);
        CHECK(ripen(2000, 10).ripe.size() == 2);
    }

    TEST_CASE("names are kept with their messages, and the old ones forgotten") {
        Shelf shelf;
        for (std::uint64_t number = 1; number <= 5; ++number) {
            done(shelf.segments.remember(kOrders, {.name = "n" + std::to_string(number),
                                                   .number = number,
                                                   .forgotten = number > 3 ? number - 3 : 0}));
        }
        done(shelf.segments.commit());
        shelf.reopen();
        CHECK(shelf.stored().names == std::vector<std::string>{"n3", "n4", "n5"});
        CHECK(shelf.stored().named == 5);
        done(shelf.segments.forget_names(kOrders, 4));
        done(shelf.segments.commit());
        CHECK(shelf.stored().names == std::vector<std::string>{"n5"});
        CHECK(done(shelf.segments.drop(kOrders)));
        done(shelf.segments.add_queue(kOrders, "orders", "{}"));
        done(shelf.segments.commit());
        CHECK(shelf.stored().names.empty());
    }

    TEST_CASE("a move is one commit: in the one queue or in the other") {
        Shelf shelf;
        shelf.append({"a", "b"});
        done(shelf.segments.commit());
        done(shelf.segments.move(kOrders, 1, kDead, 1, 1200));
        shelf.reopen();
        CHECK(all_of(shelf.segments) == Bodies{"a", "b"});
        done(shelf.segments.move(kOrders, 1, kDead, 1, 1200));
        done(shelf.segments.commit());
        shelf.reopen();
        CHECK(all_of(shelf.segments) == Bodies{"b"});
        CHECK(all_of(shelf.segments, kDead) == Bodies{"a"});
        CHECK(shelf.segments.read(kDead, {.from = 1, .through = 1, .messages = 1, .bytes = 1})
                  ->records.at(0)
                  .expires == 1200);
    }

    TEST_CASE("where a message died first is kept while it is dead, in the same commit") {
        Shelf shelf;
        const QueueNumber third{3};
        const queue::Provenance orders{.queue = "orders", .reason = "rejected"};
        const queue::Provenance dead{.queue = "dead", .number = 7, .reason = "expired"};
        const auto origin = [&](QueueNumber queue, MessageId id) {
            const Reading one = done(
                shelf.segments.read(queue, {.from = id, .through = id, .messages = 1, .bytes = 1}));
            REQUIRE(one.records.size() == 1);
            const auto& provenance = one.records.front().provenance;
            return provenance ? provenance->queue + " " + std::to_string(provenance->number) + " " +
                                    provenance->reason
                              : std::string{};
        };
        done(shelf.segments.add_queue(third, "third", "{}"));
        shelf.append({"a", "b", "c"});
        done(shelf.segments.commit());
        done(shelf.segments.move(kOrders, 1, kDead, 1, queue::kForever, &orders));
        shelf.reopen();
        CHECK(all_of(shelf.segments).size() == 3);
        done(shelf.segments.move(kOrders, 1, kDead, 1, queue::kForever, &orders));
        done(shelf.segments.append(kDead, 2, {}, as_bytes("d"), &dead));
        done(shelf.segments.append(kDead, 3, {}, as_bytes("e")));
        done(shelf.segments.commit());
        shelf.reopen();
        CHECK(origin(kDead, 1) == "orders 0 rejected");
        CHECK(origin(kDead, 2) == "dead 7 expired");
        CHECK(origin(kDead, 3).empty());
        CHECK(origin(kOrders, 2).empty());
        done(shelf.segments.move(kDead, 1, third, 1, queue::kForever, &dead));
        done(shelf.segments.move(kDead, 3, third, 2, queue::kForever, &dead));
        CHECK(origin(third, 1) == "orders 0 rejected");
        CHECK(origin(third, 2) == "dead 7 expired");
        done(shelf.segments.move(third, 1, kOrders, 4, queue::kForever));
        done(shelf.segments.commit());
        CHECK(origin(kOrders, 4).empty());
        shelf.reopen();
        CHECK(done(shelf.segments.inventory()).last_number == 7);
    }

    TEST_CASE("where messages died is forgotten with their segment, and with their queue") {
        Shelf shelf;
        Database reader = done(Database::open(Segments::file_in(shelf.folder.path())));
        const auto rows = [&] { return done(reader.number("SELECT count(*) FROM origin")); };
        const queue::Provenance orders{.queue = "orders", .reason = "rejected"};
        const auto die = [&](MessageId first) {
            for (MessageId id = first; id < first + 2; ++id) {
                done(shelf.segments.append(kDead, id, {}, as_bytes("a"), &orders));
            }
            done(shelf.segments.commit());
        };
        die(1);
        die(3);
        CHECK(rows() == 4);
        done(shelf.segments.remove(kDead, 1, 1));
        done(shelf.segments.remove(kDead, 2, 1));
        done(shelf.segments.commit());
        CHECK(rows() == 2);
        CHECK(done(shelf.segments.drop(kDead)));
        done(shelf.segments.commit());
        CHECK(rows() == 0);
        shelf.reopen();
        CHECK(done(shelf.segments.inventory()).last_number == 1);
    }

    TEST_CASE("messages that died alike share what is known of it") {
        Shelf shelf;
        const queue::Provenance orders{.queue = "orders", .reason = "rejected"};
        const queue::Provenance jobs{.queue = "jobs", .reason = "rejected"};
        for (MessageId id = 1; id <= 4; ++id) {
            done(shelf.segments.append(kDead, id, {}, as_bytes("a"), id == 3 ? &jobs : &orders));
        }
        const Reading all =
            done(shelf.segments.read(kDead, {.from = 1, .through = 4, .messages = 4, .bytes = 4}));
        REQUIRE(all.records.size() == 4);
        CHECK(all.records[0].provenance == all.records[1].provenance);
        CHECK(*all.records[2].provenance == jobs);
        CHECK(*all.records[3].provenance == orders);
    }

    TEST_CASE("a large message shares no segment with small ones, and a draft keeps no memory") {
        SegmentDraft draft;
        const std::string small(100, 's');
        const std::string large(kSegmentBytes, 'l');
        CHECK(draft.add({.id = 1, .stored = as_bytes(small)}));
        CHECK_FALSE(draft.add({.id = 2, .stored = as_bytes(large)}));
        draft.clear();
        CHECK(draft.body().data() == nullptr);
        CHECK(draft.add({.id = 2, .stored = as_bytes(large)}));  // alone
        CHECK_FALSE(draft.add({.id = 3, .stored = as_bytes(small)}));
    }

    TEST_CASE("one sweep looks at a bounded number of segments, also of those that don't expire") {
        Shelf shelf;
        constexpr MessageId kMany = Segments::kPassedSegments + 1;
        for (MessageId i = 1; i <= kMany; ++i) {  // a gap begins a segment
            done(shelf.segments.append(kOrders, 2 * i, {}, as_bytes("x")));
        }
        done(shelf.segments.commit());
        const auto swept = done(shelf.segments.sweep(
            kOrders, {.now = 1, .from = 1, .through = 2 * kMany, .messages = 10}));
        CHECK_FALSE(swept.complete);
        CHECK(swept.through == 2 * (kMany - 1));
        const auto rest = done(shelf.segments.sweep(
            kOrders, {.now = 1, .from = swept.through + 1, .through = 2 * kMany, .messages = 10}));
        CHECK(rest.complete);
        // A read passes as many that have nothing for it.
        queue::Range range{.from = 1,
                           .through = 2 * kMany,
                           .messages = 10,
                           .bytes = 100,
                           .priorities = queue::bit_of(9)};
        CHECK(done(shelf.segments.read(kOrders, range)).through == 2 * (kMany - 1));
        range.from = 2 * kMany - 1;
        CHECK(done(shelf.segments.read(kOrders, range)).through == 2 * kMany);
    }

    TEST_CASE("what is looked for when it expires is known from then on") {
        Shelf shelf;
        done(shelf.segments.append(kOrders, 1, {.expires = 1000}, as_bytes("x")));
        done(shelf.segments.append(kOrders, 2, {.expires = 2000}, as_bytes("y")));
        done(shelf.segments.commit());
        shelf.remove(1, 1);
        CHECK(done(shelf.segments.sweep(kOrders,
                                        {.now = 1000, .from = 1, .through = 2, .messages = 10}))
                  .next == 2000);
        done(shelf.segments.commit());
        shelf.reopen();
        CHECK(shelf.stored().expires == 2000);
    }
}

}  // namespace weft::store::test

#include "broker/store/small_segments.hpp"

#include "tests/unit/broker_store/opened.hpp"

namespace weft::store::test {
namespace {

/// A queue whose messages come one by one.
struct Drip {
    Drip() {
        done(segments.add_queue(kOrders, "orders", ""));
        done(segments.commit());
    }
    void append(const Facts& facts = {}, std::size_t size = 3) {
        ++last;
        std::string body = std::to_string(last);
        body.resize(std::max(size, body.size()), '.');
        done(segments.append(kOrders, last, facts, as_bytes(body)));
        done(segments.commit());
    }
    void append_some(int count) {
        for (int i = 0; i < count; ++i) {
            append();
        }
    }
    void remove(MessageId id) {
        done(segments.remove(kOrders, id, 3));
        done(segments.commit());
    }
    std::uint64_t number(std::string_view sql) {
        return done(done(Database::open(Segments::file_in(folder.path()))).number(sql));
    }
    std::uint64_t rows() { return number("SELECT count(*) FROM segment"); }
    void reopen() {
        segments = {};
        segments = opened(folder.path());
    }
    std::vector<MessageId> ids() {
        std::vector<MessageId> all;
        for (const queue::Record& record :
             done(
                 segments.read(
                     kOrders, {.from = 1, .through = last, .messages = 1000, .bytes = 100'000'000}))
                 .records) {
            CHECK_FALSE(record.damaged);
            CHECK(as_text(*record.payload).starts_with(std::to_string(record.id)));
            all.push_back(record.id);
        }
        return all;
    }

    node::test::TemporaryFolder folder;
    Segments segments = opened(folder.path());
    MessageId last = 0;
};

std::vector<MessageId> count_to(MessageId last) {
    std::vector<MessageId> all;
    for (MessageId id = 1; id <= last; ++id) {
        all.push_back(id);
    }
    return all;
}

}  // namespace

TEST_SUITE("store: small segments") {
    TEST_CASE("a backlog that came one by one has as few rows as one that came at once") {
        Drip drip;
        drip.append_some(7);
        CHECK(drip.rows() == 7);
        drip.append();
        CHECK(drip.rows() == 1);
        drip.append_some(56);
        CHECK(drip.rows() == 1);
        drip.append_some(64 + 8 + 3);
        CHECK(drip.rows() == 2 + 1 + 3);
        CHECK(drip.number("SELECT count(*) FROM body") == 6);
        CHECK(drip.ids() == count_to(139));
        drip.reopen();
        CHECK(drip.ids() == count_to(139));
        const queue::Stored stored = done(drip.segments.inventory()).queues.at(0).stored;
        CHECK(stored.messages == 139);
        CHECK(stored.bytes == 3 * 139);
        CHECK(stored.last == 139);
        for (MessageId id = 1; id <= 139; ++id) {
            drip.remove(id);
        }
        CHECK(drip.rows() == 0);
        CHECK(drip.number("SELECT count(*) FROM body") == 0);
    }

    TEST_CASE("a message is written three times at most") {
        Drip drip;
        for (int i = 0; i < 640; ++i) {
            drip.append();
        }
        drip.reopen();
        drip.append();  // 640 of one, 80 of eight, 10 of 64, and this
        CHECK(drip.number("SELECT max(id) FROM body") == 640 + 70 + 10 + 1);
    }

    TEST_CASE("what is known of them goes with them") {
        Drip drip;
        for (MessageId id = 1; id <= 7; ++id) {
            drip.append({.expires = id == 2 ? 2000 : queue::kForever,
                         .due = id == 3 || id == 6 ? 1000 + id : 0,
                         .priority = id == 5 ? queue::Priority{9} : queue::Priority{4}});
        }
        CHECK(done(drip.segments.ripen(kOrders, {.now = 1003, .messages = 9})).ripe.size() == 1);
        done(drip.segments.recount(kOrders, 5, 7));
        drip.append();
        REQUIRE(drip.rows() == 1);
        drip.reopen();
        const queue::Stored stored = done(drip.segments.inventory()).queues.at(0).stored;
        CHECK(stored.expires == 2000);
        CHECK(stored.due == 1006);
        CHECK(stored.priorities == (queue::bit_of(4) | queue::bit_of(9)));
        const Reading reading = done(
            drip.segments.read(kOrders, {.from = 1, .through = 8, .messages = 9, .bytes = 999}));
        REQUIRE(reading.records.size() == 8);
        CHECK(reading.records[1].expires == 2000);
        CHECK(reading.records[2].due == 0);
        CHECK(reading.records[5].due == 1006);
        CHECK(reading.records[4].priority == 9);
        CHECK(reading.records[4].failures == 7);
        CHECK(done(drip.segments.ripen(kOrders, {.now = 1006, .messages = 9})).ripe.size() == 1);
    }

    TEST_CASE("large bodies stay where they are") {
        Drip drip;
        for (int i = 0; i < 8; ++i) {
            drip.append({}, BodyFiles::kInsideMax + 1);
        }
        CHECK(drip.rows() == 1);
        CHECK(drip.number("SELECT count(*) FROM segment WHERE file = 1") == 1);
        CHECK(drip.ids() == count_to(8));
        for (MessageId id = 1; id <= 8; ++id) {
            CHECK(done(drip.segments.use()).body_bytes == 8 * (BodyFiles::kInsideMax + 1));
            done(drip.segments.remove(kOrders, id, BodyFiles::kInsideMax + 1));
            done(drip.segments.commit());
        }
        CHECK(done(drip.segments.use()).body_bytes == 0);  // the file went with the last
    }

    TEST_CASE("what emptying a body file moves at once stays bounded") {
        Drip drip;
        for (int i = 0; i < 8; ++i) {
            drip.append({}, kSegmentPayload / 5);
        }
        CHECK(drip.rows() == 4);  // the oldest three, and five
        CHECK(drip.ids() == count_to(8));
    }

    TEST_CASE("a segment is bounded in bytes, and what has gaps stays") {
        Drip drip;
        SUBCASE("bytes") {
            for (int i = 0; i < 8; ++i) {
                drip.append({}, BodyFiles::kInsideMax);
            }
            CHECK(drip.rows() == 2);  // the oldest, and seven
        }
        SUBCASE("something was removed") {
            drip.append_some(6);
            drip.remove(3);
            drip.append_some(2);
            CHECK(drip.rows() == 3);  // 1, 2, and those behind the gap
        }
        SUBCASE("few are left") {
            drip.append_some(5);
            drip.remove(5);
            drip.append_some(3);
            CHECK(drip.rows() == 7);
        }
        CHECK(drip.ids().back() == 8);
    }

    TEST_CASE("what is damaged is left alone, so that nothing else is lost with it") {
        Drip drip;
        drip.append_some(2);
        drip.segments = {};
        done(done(Database::open(Segments::file_in(drip.folder.path())))
                 .run("UPDATE body SET messages = x'7f' || substr(messages, 2) WHERE id = 2"));
        drip.segments = opened(drip.folder.path());
        drip.append_some(8);
        CHECK(drip.rows() == 3);
        const Reading reading = done(
            drip.segments.read(kOrders, {.from = 1, .through = 10, .messages = 99, .bytes = 999}));
        REQUIRE(reading.records.size() == 10);
        for (const queue::Record& record : reading.records) {
            CHECK(record.damaged == (record.id == 2));
        }
    }
}

}  // namespace weft::store::test

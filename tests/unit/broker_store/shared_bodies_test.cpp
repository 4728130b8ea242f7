#include "broker/store/recent_bodies.hpp"
#include "broker/store/snapshot.hpp"
#include "tests/unit/broker_store/opened.hpp"

#include <array>

namespace weft::store::test {
namespace {

constexpr std::array<QueueNumber, 3> kSubscriptions{QueueNumber{1}, QueueNumber{2}, QueueNumber{3}};

/// The queues of a topic's subscriptions.
struct Topic {
    Topic() {
        for (const QueueNumber to : kSubscriptions) {
            done(segments.add_queue(to, "s" + std::to_string(static_cast<int>(to)), ""));
        }
    }
    /// Not committed yet.
    void publish(const std::string& body) {
        ++last;
        for (const QueueNumber to : kSubscriptions) {
            done(segments.append(to, last, {}, as_bytes(body)));
        }
    }
    void publish_some(int count, std::size_t size = 100) {
        for (int i = 0; i < count; ++i) {
            publish(std::string(size, static_cast<char>('a' + i % 26)));
        }
    }
    void remove_all_of(QueueNumber from) {
        for (MessageId id = 1; id <= last; ++id) {
            done(segments.remove(from, id, 100));
        }
        done(segments.commit());
    }
    std::uint64_t number(std::string_view sql) {
        return done(done(Database::open(Segments::file_in(folder.path()))).number(sql));
    }
    std::uint64_t rows() { return number("SELECT count(*) FROM body"); }
    std::uint64_t shared() { return number("SELECT count(*) FROM shared_body"); }
    void reopen() {
        segments = {};
        segments = opened(folder.path());
    }
    std::size_t left(QueueNumber in) { return all_of(segments, in).size(); }
    Verdict verdict() { return done(done(Snapshot::take(folder.path())).verify()); }

    node::test::TemporaryFolder folder;
    Segments segments = opened(folder.path());
    MessageId last = 0;
};

}  // namespace

TEST_SUITE("store: segments that say the same") {
    TEST_CASE("have their messages once, and each its own marks") {
        Topic topic;
        topic.publish_some(130);
        done(topic.segments.commit());
        CHECK(topic.rows() == 3);  // 64, 64, 2
        CHECK(topic.shared() == 3);
        done(topic.segments.remove(kSubscriptions[1], 1, 100));
        done(topic.segments.commit());
        CHECK(topic.left(kSubscriptions[0]) == 130);
        CHECK(topic.left(kSubscriptions[1]) == 129);
        CHECK(topic.verdict().faults == 0);
        CHECK(topic.verdict().messages == 389);
    }

    TEST_CASE("the messages go with the last that has them, whoever is first, and over a restart") {
        Topic topic;
        topic.publish_some(70);
        done(topic.segments.commit());
        topic.remove_all_of(kSubscriptions[0]);
        CHECK(topic.rows() == 2);
        CHECK(topic.left(kSubscriptions[2]) == 70);
        topic.reopen();
        topic.remove_all_of(kSubscriptions[2]);
        CHECK(topic.rows() == 2);
        CHECK(topic.shared() == 0);
        CHECK(topic.verdict().faults == 0);
        CHECK(topic.left(kSubscriptions[1]) == 70);
        CHECK(done(topic.segments.drop(kSubscriptions[1])));
        done(topic.segments.commit());
        CHECK(topic.rows() == 0);
    }

    TEST_CASE("those of messages that came one by one are joined to one row again") {
        Topic topic;
        for (int i = 0; i < 64; ++i) {
            topic.publish(std::string(50, static_cast<char>('0' + i)));
            done(topic.segments.commit());
        }
        CHECK(topic.number("SELECT count(*) FROM segment") == 3);
        CHECK(topic.rows() == 1);
        CHECK(topic.number("SELECT segments FROM shared_body") == 3);
        CHECK(topic.left(kSubscriptions[2]) == 64);
    }

    TEST_CASE("a row that was written and deleted within one commit is nobody's") {
        Topic topic;
        done(topic.segments.append(kSubscriptions[0], 1, {}, as_bytes("same")));
        CHECK(topic.left(kSubscriptions[0]) == 1);  // it is written then
        done(topic.segments.remove(kSubscriptions[0], 1, 4));
        CHECK(topic.left(kSubscriptions[0]) == 0);
        done(topic.segments.append(kSubscriptions[1], 1, {}, as_bytes("same")));
        done(topic.segments.commit());
        CHECK(all_of(topic.segments, kSubscriptions[1]) == Bodies{"same"});
        CHECK(topic.verdict().faults == 0);
    }

    TEST_CASE("rows of another commit, and with bodies in files, are not shared") {
        Topic topic;
        done(topic.segments.append(kSubscriptions[0], 1, {}, as_bytes("same")));
        done(topic.segments.commit());
        done(topic.segments.append(kSubscriptions[1], 1, {}, as_bytes("same")));
        done(topic.segments.commit());
        CHECK(topic.rows() == 2);
        topic.last = 1;
        topic.publish(std::string(20'000, 'x'));
        done(topic.segments.commit());
        CHECK(topic.rows() == 5);
        CHECK(topic.shared() == 0);
    }

    TEST_CASE("what expires or is prioritised otherwise is other messages") {
        Topic topic;
        done(topic.segments.append(kSubscriptions[0], 1, {.priority = 4}, as_bytes("same")));
        done(topic.segments.append(kSubscriptions[1], 1, {.priority = 5}, as_bytes("same")));
        done(topic.segments.append(kSubscriptions[2], 1, {.expires = 9}, as_bytes("same")));
        done(topic.segments.commit());
        CHECK(topic.rows() == 3);
    }

    TEST_CASE("a wrong count is a fault of the store that is named") {
        Topic topic;
        topic.publish_some(1);
        done(topic.segments.commit());
        topic.segments = {};
        done(done(Database::open(Segments::file_in(topic.folder.path())))
                 .run("UPDATE shared_body SET segments = 2"));
        const Verdict verdict = topic.verdict();
        CHECK(verdict.faults == 1);
        CHECK(verdict.named == Bodies{"row 1 of the table body: 3 segments have it, and 2 are "
                                      "counted"});
    }

    TEST_CASE("what is remembered of a commit is bounded") {
        RecentBodies recent;
        for (std::uint8_t i = 0; i <= RecentBodies::kMost; ++i) {
            recent.note(i, Buffer{i});
        }
        CHECK_FALSE(recent.find(Buffer{0}));
        CHECK(recent.find(Buffer{1}) == 1U);
        recent.forget(1);
        CHECK_FALSE(recent.find(Buffer{1}));
    }
}

}  // namespace weft::store::test

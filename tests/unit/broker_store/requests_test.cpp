#include "broker/store/requests.hpp"

#include "tests/unit/broker_store/opened.hpp"

#include <memory>
#include <utility>

namespace weft::store::test {
namespace {

constexpr std::size_t kLargeBody = std::size_t{3} * 1024 * 1024;  // of which kBroughtMax has two
constexpr queue::Range kOne{.from = 1, .through = 1, .messages = 1, .bytes = 1};

/// A queue with a large message, and what is asked of it.
struct Desk {
    Desk() {
        done(segments.add_queue(kOrders, "orders", ""));
        done(segments.append(kOrders, 1, {}, as_bytes(std::string(kLargeBody, 'l'))));
        done(segments.commit());
    }
    void ask(Request request, bool joined = false) {
        batch.push_back({.request = std::move(request), .joined = joined});
    }
    void read(int times, bool joined = false) {
        for (int i = 0; i < times; ++i) {
            ask(ReadRange{.from = kOrders, .range = kOne, .done = [](const Reading&) {}}, joined);
        }
    }
    void append(MessageId id, bool joined = false) {
        ask(AppendMessage{.to = kOrders,
                          .append = {.id = id, .payload = std::make_shared<const Buffer>(10)}},
            joined);
    }
    Answers carry_out() {
        Answers answers = done(store::carry_out(segments, *claim, batch));
        batch = std::move(answers.put_off);
        return answers;
    }
    static MessageId durable(const Answers& answers) {
        return answers.durable.empty() ? 0 : answers.durable[0].through;
    }

    node::test::TemporaryFolder folder;
    std::shared_ptr<Claim> claim = done(Claim::take({.folder = folder.path()}));
    Segments segments = done(Segments::open({.folder = folder.path()}, claim));
    Batch batch;
};

}  // namespace

TEST_SUITE("store: batches") {
    TEST_CASE("what one batch reads is bounded in bytes, and the rest is put off in its order") {
        Desk desk;
        desk.append(2);
        desk.read(4);
        desk.append(3);
        desk.read(3);
        Answers answers = desk.carry_out();
        CHECK(answers.read.size() == 3);  // 9 MiB: the one that is too many is done
        CHECK(Desk::durable(answers) == 2);
        REQUIRE(desk.batch.size() == 5);
        CHECK(std::holds_alternative<AppendMessage>(desk.batch[1].request));
        answers = desk.carry_out();
        CHECK(answers.read.size() == 3);
        CHECK(Desk::durable(answers) == 3);
        answers = desk.carry_out();
        CHECK(answers.read.size() == 1);
        CHECK(desk.batch.empty());
    }

    TEST_CASE("a group is one commit all the same: its reads alone are put off, to its end") {
        Desk desk;
        desk.read(3);
        desk.append(2, /*joined=*/true);
        desk.read(2, /*joined=*/true);
        desk.append(3);  // the group's last
        desk.read(1);
        CHECK(Desk::durable(desk.carry_out()) == 0);  // it does not begin
        REQUIRE(desk.batch.size() == 5);
        Batch group = std::exchange(desk.batch, {});
        desk.append(9, /*joined=*/true);
        desk.read(4, /*joined=*/true);
        desk.batch.insert(desk.batch.end(), group.begin(), group.end());
        desk.append(10);
        const Answers answers = desk.carry_out();
        CHECK(answers.read.size() == 3);
        CHECK(Desk::durable(answers) == 9);  // 9, 2 and 3 in one commit; 10 is behind the group
        REQUIRE(desk.batch.size() == 5);
        for (std::size_t i = 0; i < 4; ++i) {
            CHECK(std::holds_alternative<ReadRange>(desk.batch[i].request));
            CHECK_FALSE(desk.batch[i].joined);
        }
        CHECK(std::holds_alternative<AppendMessage>(desk.batch[4].request));
    }

    TEST_CASE("what is found without payloads counts, too") {
        Desk desk;
        constexpr MessageId kMany = 64;
        constexpr std::size_t kSweeps = 2000;
        for (MessageId id = 2; id < 2 + kMany; ++id) {
            done(desk.segments.append(kOrders, id, {.expires = 5}, as_bytes("x")));
        }
        for (std::size_t i = 0; i < kSweeps; ++i) {
            desk.ask(SweepQueue{.in = kOrders,
                                .wanted = {.now = 5, .from = 1, .through = 99, .messages = 100},
                                .done = [](const queue::Swept&) {}});
        }
        const std::size_t done_at_once = desk.carry_out().others.size();
        constexpr std::size_t kEach = kMany * sizeof(queue::Record);
        CHECK(done_at_once == (kBroughtMax + kEach - 1) / kEach);
        CHECK(desk.batch.size() == kSweeps - done_at_once);
    }

    TEST_CASE("a move weighs what it writes: a body that stands outside stays where it is") {
        const std::size_t nothing = weight(MoveMessage{});
        CHECK(weight(MoveMessage{.size = BodyFiles::kInsideMax}) ==
              nothing + BodyFiles::kInsideMax);
        CHECK(weight(MoveMessage{.size = BodyFiles::kInsideMax + 1}) == nothing);
        CHECK(nothing == weight(RemoveMessage{}));
    }

    TEST_CASE("what is read of a queue that was dropped is nothing") {
        Desk desk;
        desk.ask(DropQueue{.number = kOrders, .done = [] {}});
        desk.read(1);
        const Answers answers = desk.carry_out();
        REQUIRE(answers.read.size() == 1);
        CHECK(answers.read[0].reading.records.empty());
        CHECK(answers.read[0].reading.through == kOne.through);
    }
}

}  // namespace weft::store::test

#include "common/amqp/disposition_batch.hpp"
#include "common/amqp/frame_scanner.hpp"
#include "common/amqp/number_pool.hpp"
#include "common/amqp/performatives.hpp"
#include "common/amqp/slot_table.hpp"
#include "common/wire/delivery_state.hpp"
#include "tests/unit/amqp/frames.hpp"
#include "tests/unit/amqp/random.hpp"

#include <doctest/doctest.h>

#include <map>
#include <vector>

namespace weft::amqp::test {

TEST_SUITE_BEGIN("tables");

TEST_CASE("a number pool gives the lowest numbers, and again what came back") {
    NumberPool pool;
    CHECK(pool.take(2) == 0);
    CHECK(pool.take(2) == 1);
    CHECK(pool.take(2) == 2);
    CHECK_FALSE(pool.take(2));
    pool.give(1);
    CHECK_FALSE(pool.take(0));
    CHECK(pool.take(2) == 1);
    pool.give(0);
    pool.give(2);
    pool.give(1);
    CHECK(pool.take(2) == 0);
    CHECK(pool.take(2) == 1);
}

TEST_CASE("a slot table holds what a map would hold") {
    for (unsigned seed = 1; seed <= 20; ++seed) {
        CAPTURE(seed);
        Random random{seed};
        SlotTable<int> table;
        std::map<std::uint32_t, int*> model;
        std::vector<int> objects(64);
        for (int step = 0; step < 2000; ++step) {
            const std::uint32_t number = random.one_in(3) ? random.below(100000) : random.below(60);
            if (const auto found = model.find(number); found != model.end()) {
                table.remove(number);
                model.erase(found);
            } else if (model.size() < 50) {
                int& object = objects[random.below(64)];
                table.put(number, object);
                model[number] = &object;
            }
            if (step % 50 == 0) {
                for (const auto& [at, object] : model) {
                    REQUIRE(table.find(at) == object);
                }
            }
            REQUIRE((table.find(number) == nullptr) == !model.contains(number));
        }
    }
}

TEST_CASE("a batch of dispositions does not go past what can be one range") {
    DispositionBatch batch;
    CHECK(batch.empty());
    CHECK(batch.add({0xffffffff, true, wire::kAccepted}));
    CHECK(batch.add({0, true, wire::kAccepted}));
    CHECK(batch.add({0xfffffffe, true, wire::kAccepted}));
    CHECK_FALSE(batch.add({1, false, wire::kAccepted}));
    CHECK_FALSE(batch.add({1, true, wire::kReleased}));
    CHECK_FALSE(batch.add({1, true, {}}));
    CHECK_FALSE(batch.add({2, true, wire::kAccepted}));
    CHECK(batch.first() == 0xfffffffe);
    CHECK(batch.last() == 0);
    batch.clear();
    CHECK(batch.empty());
    CHECK_FALSE(batch.add({0, true, Buffer(DispositionBatch::kStateMax + 1)}));
    CHECK(batch.empty());
}

TEST_CASE("a scanner finds the same frames however the stream is cut") {
    Buffer stream;
    std::vector<Buffer> frames;
    for (const std::size_t size : {0U, 1U, 5U, 100U, 300U}) {
        frames.push_back(raw_frame(0, 1, Buffer(size, 7)));
        append(stream, frames.back());
    }
    for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
        CAPTURE(piece);
        FrameScanner scanner;
        std::vector<Buffer> found;
        for (std::size_t at = 0; at < stream.size(); at += piece) {
            Bytes in = Bytes{stream}.subspan(at, std::min(piece, stream.size() - at));
            while (true) {
                const Bytes frame = scanner.next(in, FrameScanner::Unit::frame);
                if (frame.empty()) {
                    break;
                }
                found.emplace_back(frame.begin(), frame.end());
            }
            CHECK(in.empty());
        }
        CHECK_FALSE(scanner.failed());
        REQUIRE(found == frames);
    }
}

TEST_CASE("a scanner refuses sizes as soon as it sees them") {
    for (const std::uint32_t size : {0U, 7U, 513U, 0xffffffffU}) {
        Buffer start(8);
        wire::store_u32(start.data(), size);
        for (const std::size_t piece : {std::size_t{8}, std::size_t{3}}) {
            FrameScanner scanner;
            Bytes first = Bytes{start}.first(piece);
            scanner.next(first, FrameScanner::Unit::frame);
            Bytes rest = Bytes{start}.subspan(piece);
            CHECK(scanner.next(rest, FrameScanner::Unit::frame).empty());
            CHECK(scanner.failed());
        }
    }
}

TEST_SUITE_END();

}  // namespace weft::amqp::test

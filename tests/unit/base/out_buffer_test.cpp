#include "common/base/out_buffer.hpp"

#include <doctest/doctest.h>

#include <numeric>
#include <random>

namespace weft {
namespace {

Buffer pending(const OutBuffer& out) {
    return {out.pending().begin(), out.pending().end()};
}

TEST_SUITE("OutBuffer") {
    TEST_CASE("bytes leave in the order they came") {
        BlockPool pool;
        OutBuffer out(pool);
        out.append(Buffer{1, 2, 3});
        out.consume(2);
        out.append(Buffer{4});
        CHECK(pending(out) == Buffer{3, 4});
        out.consume(2);
        CHECK(out.empty());
    }

    TEST_CASE("reserved room counts only as far as it is committed") {
        BlockPool pool;
        OutBuffer out(pool);
        std::uint8_t* const room = out.reserve(10);
        room[0] = 7;
        CHECK(out.empty());
        out.commit(1);
        CHECK(pending(out) == Buffer{7});
    }

    TEST_CASE("a buffer that ran empty lends its block to the next") {
        BlockPool pool;
        OutBuffer first(pool);
        OutBuffer second(pool);
        first.append(Buffer{1});
        const std::uint8_t* const block = first.pending().data();
        first.consume(1);
        second.append(Buffer{2});
        CHECK(second.pending().data() == block);
    }

    TEST_CASE("content survives growth past a block, whatever is written and consumed") {
        BlockPool pool;
        OutBuffer out(pool);
        Buffer expected;
        std::mt19937 random(1);
        std::size_t largest = 0;
        for (int i = 0; i < 400; ++i) {
            Buffer chunk(random() % 5000);
            std::iota(chunk.begin(), chunk.end(), static_cast<std::uint8_t>(random()));
            out.append(chunk);
            append(expected, chunk);
            largest = std::max(largest, out.size());
            const std::size_t gone = i % 100 == 99 ? out.size() : random() % (out.size() / 8 + 1);
            if (gone > 0) {
                out.consume(gone);
                expected.erase(expected.begin(),
                               expected.begin() + static_cast<std::ptrdiff_t>(gone));
            }
            REQUIRE(out.size() == expected.size());
        }
        CHECK(pending(out) == expected);
        out.append(Buffer(3 * BlockPool::kBlockSize, 5));
        largest = std::max(largest, out.size());
        CHECK(largest > BlockPool::kBlockSize);
        CHECK(out.pending().back() == 5);
        CHECK(out.size() == expected.size() + 3 * BlockPool::kBlockSize);
    }
}

}  // namespace
}  // namespace weft

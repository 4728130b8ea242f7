#include "tests/unit/broker_store/opened.hpp"

#include <malloc.h>
#include <sqlite3.h>

#include <cstdint>
#include <cstdlib>
#include <new>

namespace {

std::size_t held = 0;  // bytes, of any thread: the store's tests that look at it have one

}  // namespace

// All that this binary keeps in memory is counted, but what SQLite does.
void* operator new(std::size_t size) {
    if (void* memory = std::malloc(size == 0 ? 1 : size)) {
        __atomic_fetch_add(&held, ::malloc_usable_size(memory), __ATOMIC_RELAXED);
        return memory;
    }
    throw std::bad_alloc{};
}
void operator delete(void* memory) noexcept {
    __atomic_fetch_sub(&held, memory == nullptr ? 0 : ::malloc_usable_size(memory),
                       __ATOMIC_RELAXED);
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    operator delete(memory);
}

namespace weft::store::test {
namespace {

constexpr MessageId kBacklog = 20'000;
constexpr std::size_t kLittle = 20'000;     // bytes: one for each message of the backlog
constexpr std::int64_t kPages = 9'000'000;  // SQLite's cache, and what it needs besides

/// A queue of messages that came one by one: each has a segment of its own.
struct Backlog {
    Backlog() {
        done(segments.add_queue(kOrders, "orders", ""));
        done(segments.commit());
    }
    void grow(MessageId messages) {
        for (const MessageId end = last + 2 * messages; last < end; last += 2) {  // gaps
            done(segments.append(kOrders, last, {}, as_bytes("a message")));
        }
        done(segments.commit());
    }

    node::test::TemporaryFolder folder;
    Segments segments = opened(folder.path());
    MessageId last = 1;
};

}  // namespace

TEST_SUITE("store: memory") {
    TEST_CASE("what is stored costs no memory, in however many segments it is") {
        Backlog backlog;
        backlog.grow(1);
        const std::size_t before = held;
        backlog.grow(kBacklog);
        CHECK(held < before + kLittle);
        SUBCASE("a part of it leaves") {
            for (MessageId id = 1; id < kBacklog; id += 4) {
                done(backlog.segments.remove(kOrders, id, 9));
            }
            done(backlog.segments.commit());
            CHECK(held < before + kLittle);
            CHECK(done(backlog.segments.inventory()).queues.at(0).stored.messages ==
                  kBacklog + 1 - kBacklog / 4);
        }
        SUBCASE("the next broker opens it") {
            backlog.segments = {};
            const std::size_t closed = held;
            backlog.segments = opened(backlog.folder.path());
            CHECK(done(backlog.segments.inventory()).queues.at(0).stored.messages == kBacklog + 1);
            CHECK(held < closed + kLittle);
        }
        SUBCASE("deliveries of it have failed") {
            for (MessageId id = 1; id < kBacklog; id += 2) {
                done(backlog.segments.recount(kOrders, id, 1));
            }
            done(backlog.segments.commit());
            CHECK(held < before + kLittle);
        }
        SUBCASE("it is scheduled") {
            for (MessageId id = 1; id <= kBacklog; ++id) {
                done(backlog.segments.append(kOrders, backlog.last + 2 * id, {.due = 1000 + id},
                                             as_bytes("later")));
            }
            done(backlog.segments.commit());
            CHECK(held < before + kLittle);
            CHECK(done(backlog.segments.ripen(kOrders, {.now = 1002, .messages = 9})).next == 1003);
        }
        CHECK(sqlite3_memory_used() < kPages);
    }
}

}  // namespace weft::store::test

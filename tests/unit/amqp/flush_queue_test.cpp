#include "common/amqp/flush_queue.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace weft::amqp::test {
namespace {

struct Waiting {
    explicit Waiting(int number_of, int* alive_of = nullptr) : number{number_of}, alive{alive_of} {}
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;
    ~Waiting() {
        if (alive != nullptr) {
            --*alive;
        }
    }

    int number;
    int* alive;
    Waiting* next_queued_ = nullptr;
    bool queued_ = false;
};

std::vector<int> taken(FlushQueue<Waiting>& queue) {
    std::vector<int> numbers;
    queue.take_while([] { return true; },
                     [&](const Waiting& waiting) { numbers.push_back(waiting.number); });
    return numbers;
}

}  // namespace

TEST_SUITE_BEGIN("flush queue");

TEST_CASE("each is in the queue once, and again after it was taken") {
    FlushQueue<Waiting> queue;
    Waiting one{1};
    Waiting two{2};
    queue.add(one);
    queue.add(two);
    queue.add(one);
    int seen = 0;
    queue.for_each([&](const Waiting&) { ++seen; });
    CHECK(seen == 2);
    CHECK_FALSE(queue.empty());
    CHECK(taken(queue) == std::vector{2, 1});
    CHECK(queue.empty());
    CHECK(taken(queue).empty());
    queue.add(one);
    CHECK(taken(queue) == std::vector{1});
}

TEST_CASE("what goes away while it is queued lives until the queue was walked") {
    int alive = 2;
    FlushQueue<Waiting> queue;
    auto gone = std::make_unique<Waiting>(1, &alive);
    Waiting stays{2, &alive};
    queue.add(*gone);
    queue.add(stays);
    queue.keep(std::move(gone));
    CHECK(taken(queue) == std::vector{2, 1});
    CHECK(alive == 2);
    queue.bury();
    CHECK(alive == 1);
}

TEST_CASE("what there is no room for stays in the queue") {
    FlushQueue<Waiting> queue;
    Waiting one{1};
    Waiting two{2};
    queue.add(one);
    queue.add(two);
    int visited = 0;
    queue.take_while([&] { return visited == 0; }, [&](const Waiting&) { ++visited; });
    CHECK(visited == 1);
    CHECK_FALSE(queue.empty());
    CHECK(taken(queue) == std::vector<int>{1});
}

TEST_SUITE_END();

}  // namespace weft::amqp::test

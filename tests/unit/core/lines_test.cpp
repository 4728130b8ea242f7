#include "router/core/lines.hpp"

#include "router/core/branch.hpp"
#include "router/core/routes.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace weft::router {
namespace {

/// One address with a consumer, and deliveries that wait there.
struct Waiting {
    Waiting() { consumer.address = &address; }
    ~Waiting() {
        address.for_each_line([&](WaitingLine& line) {
            while (!line.empty()) {
                settlement.finish(line.take(), {});
            }
        });
    }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

    Delivery& wait(std::uint64_t number, Scope scope, std::uint8_t crossings = 0) {
        Delivery& delivery = *pool.make(*client.share);
        delivery.number = number;
        delivery.priority = 4;
        delivery.provenance.crossings = crossings;
        open(delivery.branch, /*claims=*/false);
        lines.wait(address, delivery.branch, scope);
        return delivery;
    }
    /// The numbers of the next so many that the consumer takes.
    std::vector<std::uint64_t> take(std::size_t count) {
        std::vector<std::uint64_t> taken;
        while (taken.size() < count) {
            Branch& branch = Lines::take(*lines.next(consumer), consumer);
            taken.push_back(branch.delivery->number);
            settlement.finish(branch, {});
        }
        return taken;
    }

    Clock clock;
    LinkTable links{1, 1, clock};
    DeliveryPool pool;
    Accounts accounts{links, pool};
    Tally tally{clock};
    Settlement settlement{links, accounts, tally, pool, clock};
    Lines lines{pool, settlement};
    Connection& client = links.connect(no_port(), Traits::of_client(), {});
    Link& consumer = links.make(client, Direction::out, 10, 0);
    Address address{AddressKey{"M0a"}, Treatment{}};
};

}  // namespace

TEST_SUITE_BEGIN("Lines");

TEST_CASE("a consumer takes the oldest, whether it came in here or over another loop") {
    Waiting there;
    CHECK(there.lines.next(there.consumer) == nullptr);
    there.wait(2, Scope::all);
    there.wait(1, Scope::here);
    there.wait(3, Scope::here);
    CHECK(there.take(3) == std::vector<std::uint64_t>{1, 2, 3});
    CHECK(there.lines.next(there.consumer) == nullptr);
}

TEST_CASE("of two lines neither is passed over for more than fifteen turns") {
    Waiting there;
    for (std::uint64_t number = 1; number <= 20; ++number) {
        there.wait(number, Scope::all);
    }
    there.wait(100, Scope::here);
    const std::vector<std::uint64_t> taken = there.take(WaitingLine::kRound);
    CHECK(taken.front() == 1);
    CHECK(taken.back() == 100);
}

TEST_CASE("another loop takes nothing that went between loops too often") {
    Waiting there;
    const Delivery& stays = there.wait(1, Scope::here, kCrossingsMax);
    there.wait(2, Scope::all);
    there.consumer.outlet.relay = true;
    CHECK(there.take(1) == std::vector<std::uint64_t>{2});
    CHECK(there.lines.next(there.consumer) == nullptr);
    there.consumer.outlet.relay = false;
    REQUIRE(there.lines.next(there.consumer) != nullptr);
    CHECK(there.lines.next(there.consumer)->front() == &stays.branch);
}

TEST_CASE("an address is put off once, until the chores are done with it") {
    Waiting there;
    there.lines.put_off(there.address);
    there.lines.put_off(there.address);
    CHECK(there.address.followed);
    CHECK(there.lines.those_put_off() == std::vector<Address*>{&there.address});
}

TEST_SUITE_END();

}  // namespace weft::router

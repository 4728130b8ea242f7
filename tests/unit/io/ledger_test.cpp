#include "common/io/ledger.hpp"

#include "common/io/loop.hpp"
#include "common/io/transport.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>

namespace weft::io {
namespace {

/// Remembers that it was aborted.
class Aborted final : public Transport {
public:
    explicit Aborted(Loop& loop) : loop_{loop} {}
    void wake() override {}
    void tick_exactly() override {}
    void close() override {}
    void abort(std::string_view why) override { reason = why; }
    const std::string& peer() const override { return peer_; }
    const security::Protection& security() const override { return security_; }
    Loop& loop() override { return loop_; }

    std::string reason;

private:
    Loop& loop_;
    std::string peer_ = "127.0.0.1:1";
    security::Protection security_;
};

struct LedgerClient {
    LedgerClient(Loop& loop, Ledger& ledger) : transport{loop}, account{ledger, transport} {}
    bool is_there() const { return transport.reason.empty(); }

    Aborted transport;
    Ledger::Account account;
};

struct Book {
    explicit Book(Ledger::Limits limits) : ledger{limits} {}
    std::unique_ptr<LedgerClient> client() { return std::make_unique<LedgerClient>(loop, ledger); }

    Loop loop;
    Ledger ledger;
};

}  // namespace

TEST_SUITE("ledger") {
    TEST_CASE("who reads nothing for longest makes room for others") {
        Book world{{.connections = 10, .bytes = 100, .each = 10}};
        const auto slow = world.client();
        const auto still = world.client();
        const auto idle = world.client();
        const auto next = world.client();
        slow->account.hold(50);
        still->account.hold(50);
        CHECK(world.ledger.bytes() == 100);
        slow->account.hold(45);  // it reads
        next->account.hold(20);
        CHECK(slow->is_there());
        CHECK_FALSE(still->is_there());
        CHECK(idle->is_there());
        CHECK(world.ledger.bytes() == 65);
        CHECK(world.ledger.counters().for_bytes == 1);
        still->account.hold(1000);  // it does not know yet
        still->account.go_on();
        CHECK(world.ledger.bytes() == 65);
    }

    TEST_CASE("what one holds alone is his, however much it is") {
        Book world{{.connections = 10, .bytes = 100, .each = 10}};
        const auto other = world.client();
        const auto large = world.client();
        other->account.hold(11);
        large->account.hold(1000);
        CHECK_FALSE(other->is_there());
        CHECK(large->is_there());
        const auto later = world.client();
        later->account.hold(1);
        CHECK_FALSE(large->is_there());
        CHECK(world.ledger.bytes() == 1);
    }

    TEST_CASE("who holds little and waits for its answer is not put out by those who hold much") {
        Book world{{.connections = 10, .bytes = 100, .each = 10}};
        const auto waits = world.client();
        waits->account.hold(10);
        const auto one = world.client();
        const auto other = world.client();
        for (std::size_t i = 1; i < 5; ++i) {
            one->account.hold(20 * i);
            other->account.hold(20 * i + 1);
        }
        CHECK(waits->is_there());
        CHECK(one->is_there());
        CHECK_FALSE(other->is_there());
    }

    TEST_CASE("for a place of its own a newcomer puts out who is idle for longest") {
        Book world{{.connections = 3, .bytes = 100}};
        const auto busy = world.client();
        const auto first = world.client();
        const auto second = world.client();
        busy->account.hold(1);
        first->account.go_on();
        auto third = world.client();
        CHECK_FALSE(second->is_there());
        CHECK(first->is_there());
        third.reset();
        CHECK(world.ledger.connections() == 2);
        const auto fourth = world.client();
        const auto fifth = world.client();
        CHECK_FALSE(first->is_there());
        CHECK(busy->is_there());
        CHECK(world.ledger.counters().for_places == 2);
    }

    TEST_CASE("where nobody is idle it puts out who holds much, then who got on with nothing") {
        Book world{{.connections = 3, .bytes = 100, .each = 10}};
        const auto first = world.client();
        const auto second = world.client();
        const auto large = world.client();
        first->account.hold(1);
        second->account.hold(1);
        large->account.hold(11);
        first->account.go_on();
        const auto third = world.client();
        CHECK_FALSE(large->is_there());
        third->account.hold(1);
        const auto fourth = world.client();
        CHECK_FALSE(second->is_there());
        CHECK(third->is_there());
        Book none{{.connections = 0}};
        CHECK(none.client()->is_there());  // not himself
    }
}

}  // namespace weft::io

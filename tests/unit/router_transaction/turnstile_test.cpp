#include "router/transaction/turnstile.hpp"

#include "common/base/conditions.hpp"
#include "common/transaction/control.hpp"
#include "tests/unit/linkroute/pair.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace weft::router_transaction {
namespace {

using linkroute::test::Lines;
using linkroute::test::Pair;

/// Says of all transactions the same.
struct Keeper final : TurnstileKeeper {
    Part enlist(std::string_view, const Turnstile& by) override {
        broker = by.broker();
        return part;
    }
    void lose_part(std::string_view lost) override { spoilt.emplace_back(lost); }
    void departed() override {}
    void await(Turnstile&) override {
        ++awaiting;
        ++holding;
    }
    void forget(Turnstile&) override { --holding; }
    bool keep(std::size_t bytes) override {
        if (kept + bytes > kept_max) {
            return false;
        }
        kept += bytes;
        return true;
    }
    void give_back(std::size_t bytes) override { kept -= bytes; }
    const std::string* ours(std::string_view, std::string_view theirs) const override {
        return theirs == "theirs" ? &name : nullptr;
    }

    Part part{.way = Part::Way::wait};
    std::string broker;
    std::string name = "ours";
    std::vector<std::string> spoilt;
    std::size_t awaiting = 0;
    int holding = 0;
    std::size_t kept = 0;
    std::size_t kept_max = 1'000'000;
};

/// A pair that is open, with a turnstile at the client's end.
struct Gated {
    Gated() { pair.open(); }
    void know() { keeper.part = {.way = Part::Way::pass, .name = "theirs"}; }
    void go_on() {
        std::size_t left = SIZE_MAX;
        CHECK(turnstile.go_on(left));
    }
    void refuse(Part::Way way) { keeper.part = {.way = way, .why = &error}; }
    void send(amqp::DeliveryId id, std::string_view payload, amqp::Transfer transfer = {}) {
        transfer.state = state;
        pair.send(id, payload, transfer);
    }

    Buffer state = transaction::state_of(as_bytes(std::string_view{"ours"}), {});
    Error error{kTransactionRollback, "no"};
    Pair pair;
    Keeper keeper;
    Turnstile turnstile{keeper, pair.near, "b1"};
};

std::string name_in(const Buffer& state) {
    const auto read = transaction::read_state(state);
    return read ? std::string(as_text(read->name)) : "none";
}

}  // namespace

TEST_SUITE("turnstile") {
    TEST_CASE("what is of no transaction passes as it is") {
        Gated g;
        g.pair.send(1, "a");
        g.pair.near.on_flow({.link_credit = 3});
        CHECK(g.pair.container.take() == Lines{"transfer 1 'a'", "flow 3"});
        CHECK(g.pair.client.held == 0);
    }

    TEST_CASE("a part of one waits for its name, and all behind it, in order") {
        Gated g;
        g.send(1, "a", {.more = true});
        amqp::Context context = g.pair.last_context;
        g.pair.near.on_transfer({.delivery_id = 1}, false, as_bytes("b"), context);
        g.pair.send(2, "c");
        g.pair.near.on_flow({.link_credit = 3});
        CHECK(g.pair.container.take().empty());
        CHECK(g.keeper.awaiting == 1);
        CHECK(g.keeper.broker == "b1");
        CHECK(g.pair.client.held > 0);
        CHECK(g.keeper.kept > 0);
        g.go_on();  // nothing is known yet
        CHECK(g.pair.container.take().empty());
        g.know();
        g.go_on();
        CHECK(g.pair.container.take() ==
              Lines{"transfer 1 'a'", "transfer 1 'b'", "transfer 2 'c'", "flow 3"});
        CHECK(g.pair.client.held == 0);
        CHECK(g.keeper.kept == 0);
        g.send(3, "d");
        CHECK(g.pair.container.take() == Lines{"transfer 3 'd'"});
        CHECK(name_in(g.pair.container.sent) == "theirs");
    }

    TEST_CASE("what is held goes on in slices") {
        Gated g;
        for (amqp::DeliveryId id = 1; id <= 5; ++id) {
            g.send(id, "a");
        }
        CHECK(g.keeper.holding == 1);
        CHECK(g.turnstile.awaited() == "ours");
        g.know();
        for (const std::size_t count : {2U, 2U}) {
            std::size_t left = 2;
            CHECK_FALSE(g.turnstile.go_on(left));
            CHECK(left == 0);
            CHECK(g.pair.container.take().size() == count);
        }
        CHECK(g.keeper.holding == 1);
        std::size_t left = 2;
        CHECK(g.turnstile.go_on(left));
        CHECK(left == 1);
        CHECK(g.pair.container.take() == Lines{"transfer 5 'a'"});
        CHECK(g.keeper.holding == 0);
    }

    TEST_CASE("of flows that wait one behind another the last counts, and they take no room") {
        Gated g;
        g.send(1, "a");
        g.pair.near.on_flow({.link_credit = 3, .echo = true});
        const std::size_t kept = g.keeper.kept;
        for (std::size_t i = 0; i <= Turnstile::kHeldMax; ++i) {
            g.pair.near.on_flow({.link_credit = 4});
        }
        CHECK(g.keeper.kept == kept);
        CHECK(g.pair.client.take().empty());
        g.know();
        g.go_on();
        CHECK(g.pair.container.take() == Lines{"transfer 1 'a'", "flow 4 echo"});
        CHECK(g.keeper.kept == 0);
    }

    TEST_CASE("what has no room at the broker counts against the client's window still") {
        Gated g;
        g.send(1, "a");
        g.pair.container.room = 0;
        g.know();
        g.go_on();
        CHECK(g.pair.client.held > 0);
        g.pair.container.room = 10;
        g.pair.far.on_room();
        CHECK(g.pair.client.held == 0);
    }

    TEST_CASE("a refused message is rejected, and aborted for the broker") {
        Gated g;
        g.refuse(Part::Way::refused);
        g.send(1, "a", {.more = true});
        CHECK(g.pair.client.take() == Lines{"update 1 settled 37"});
        CHECK(g.pair.container.take() == Lines{"transfer 1 ''"});
        CHECK(g.pair.container.last.aborted);
        amqp::Context context = g.pair.last_context;
        g.pair.near.on_transfer({.delivery_id = 1}, false, as_bytes("b"), context);
        CHECK(g.pair.container.take().empty());
        g.send(2, "c", {.settled = true});
        CHECK(g.pair.client.take().empty());
        CHECK(g.pair.container.take() == Lines{"transfer 2 ''"});
        g.pair.send(3, "d");
        CHECK(g.pair.container.take() == Lines{"transfer 3 'd'"});
    }

    TEST_CASE("what is aborted for the broker and has no room counts against the window, too") {
        Gated g;
        bool was_held = false;
        SUBCASE("refused at once") {}
        SUBCASE("refused later") {
            was_held = true;
            g.send(1, "a");
        }
        g.pair.container.room = 0;
        g.refuse(Part::Way::refused);
        if (was_held) {
            g.go_on();
        } else {
            g.send(1, "a");
        }
        CHECK(g.pair.client.held > 0);
        g.pair.container.room = 10;
        g.pair.far.on_room();
        CHECK(g.pair.client.held == 0);
    }

    TEST_CASE("a settled message of a transaction that there is not ends its link") {
        Gated g;
        g.error = {kTransactionUnknownId, "none"};
        g.refuse(Part::Way::unknown);
        g.send(1, "a");
        CHECK(g.pair.client.take() == Lines{"update 1 settled 37"});
        g.pair.container.take();
        g.send(2, "b", {.settled = true});
        CHECK(g.pair.client.take() == Lines{"detach closed amqp:transaction:unknown-id"});
        CHECK(g.pair.container.take() == Lines{"detach closed amqp:transaction:unknown-id"});
    }

    TEST_CASE("outcomes of a transaction wait, pass or are refused likewise") {
        Gated g;
        amqp::Transfer transfer{.delivery_id = 70};
        amqp::Context context = 0;
        g.pair.far.on_transfer(transfer, true, as_bytes("m"), context);
        g.pair.client.take();
        const amqp::DeliveryUpdate update{.id = 501, .settled = true, .state = g.state};
        SUBCASE("they wait") {
            g.pair.near.on_update(update, context);
            CHECK(g.pair.container.take().empty());
            g.know();
            g.go_on();
            CHECK(g.pair.container.take() == Lines{"update 70 settled 52"});
            CHECK(name_in(g.pair.container.said) == "theirs");
        }
        SUBCASE("what is refused and settled has failed") {
            g.refuse(Part::Way::refused);
            g.pair.near.on_update(update, context);
            CHECK(g.pair.container.take() == Lines{"update 70 settled 39"});
        }
        SUBCASE("what is refused and not settled is the client's still") {
            g.refuse(Part::Way::refused);
            g.pair.near.on_update({.id = 501, .state = g.state}, context);
            CHECK(g.pair.container.take().empty());
        }
        SUBCASE("what nobody knows ends the link") {
            g.error = {kTransactionUnknownId, "none"};
            g.refuse(Part::Way::unknown);
            g.pair.near.on_update(update, context);
            CHECK(g.pair.client.take() == Lines{"detach closed amqp:transaction:unknown-id"});
        }
    }

    TEST_CASE("what the broker says of a transaction is told under the client's name") {
        Gated g;
        const auto told = g.turnstile.translated(
            transaction::state_of(as_bytes(std::string_view{"theirs"}), wire::kAccepted));
        REQUIRE(told);
        CHECK(name_in(*told) == "ours");
        CHECK(wire::outcome_of(transaction::read_state(*told)->outcome) == wire::Outcome::accepted);
        CHECK_FALSE(g.turnstile.translated(
            transaction::state_of(as_bytes(std::string_view{"other"}), wire::kAccepted)));
        CHECK_FALSE(g.turnstile.translated(wire::kAccepted));
    }

    TEST_CASE("a detach goes behind what waits, and a loss goes at once") {
        Gated g;
        g.send(1, "a");
        SUBCASE("detach") {
            g.pair.near.on_detach(true, nullptr);
            CHECK(g.pair.container.take().empty());
            g.know();
            g.go_on();
            CHECK(g.pair.container.take() == Lines{"transfer 1 'a'", "detach closed"});
            CHECK(g.keeper.spoilt.empty());
        }
        SUBCASE("detach, and the broker has no room") {
            g.pair.near.on_detach(true, nullptr);
            g.pair.container.room = 0;
            g.know();
            g.go_on();
            CHECK(g.pair.client.held > 0);
            g.pair.container.room = 10;
            g.pair.far.on_room();
            CHECK(g.pair.client.held == 0);
            CHECK(g.pair.container.take() == Lines{"waits", "transfer 1 'a'", "detach closed"});
        }
        SUBCASE("loss") {
            g.pair.near.on_lost();
            CHECK(g.pair.container.take() == Lines{"detach closed qd:routed-link-lost"});
            CHECK(g.keeper.spoilt == std::vector<std::string>{"ours"});
        }
        SUBCASE("the answer to the broker's detach") {
            g.pair.far.on_detach(true, nullptr);
            CHECK(g.pair.client.take() == Lines{"detach closed"});
            g.pair.near.on_detach(true, nullptr);
            CHECK(g.pair.container.take() == Lines{"detach closed"});
            CHECK(g.pair.far.is_over());
            CHECK(g.keeper.spoilt == std::vector<std::string>{"ours"});
        }
        SUBCASE("the broker's detach, and what it declares then comes too late") {
            g.pair.far.on_detach(true, nullptr);
            g.know();
            g.go_on();
            CHECK(g.keeper.spoilt == std::vector<std::string>{"ours"});
            CHECK(g.pair.client.held == 0);
            g.pair.near.on_detach(true, nullptr);
            CHECK(g.pair.container.take() == Lines{"detach closed"});
        }
        SUBCASE("a detach for an error here goes behind what waits, too") {
            g.pair.near.give_up({kInternalError, "x", {}});
            g.know();
            g.go_on();
            CHECK(g.pair.container.take() ==
                  Lines{"transfer 1 'a'", "detach closed " + std::string(kInternalError)});
            CHECK(g.keeper.spoilt.empty());
        }
        SUBCASE("the broker's loss") {
            g.pair.far.on_lost();
            CHECK(g.pair.client.take() == Lines{"detach closed qd:routed-link-lost"});
            g.know();
            g.go_on();
            CHECK(g.keeper.spoilt == std::vector<std::string>{"ours"});
        }
        CHECK(g.keeper.kept == 0);
        CHECK_FALSE(g.turnstile.holds());
    }

    TEST_CASE("a detach that is held is the answer to the broker's own") {
        Gated g;
        g.send(1, "a");
        SUBCASE("after the client's detach") {
            g.pair.near.on_detach(true, nullptr);
            CHECK(g.pair.container.take().empty());
            const amqp::ErrorView error{"x:y", "", {}};
            g.pair.far.on_detach(true, &error);
            CHECK(g.pair.client.take() == Lines{"detach closed x:y"});
            CHECK(g.pair.near.is_over());
            CHECK(g.pair.container.take() == Lines{"detach closed"});
        }
        SUBCASE("after a detach for an error here") {
            g.pair.near.give_up({kInternalError, "x", {}});
            g.pair.far.on_detach(true, nullptr);
            CHECK(g.pair.container.take() == Lines{"detach closed " + std::string(kInternalError)});
            CHECK(g.pair.near.partner() == nullptr);
            g.pair.near.on_detach(true, nullptr);
        }
        SUBCASE("for an error here, while the broker's waits for room at the client") {
            g.pair.client.room = 0;
            g.pair.far.on_flow({.link_credit = 3});
            g.pair.far.on_detach(true, nullptr);
            g.pair.near.give_up({kInternalError, "x", {}});
            CHECK(g.pair.container.take() == Lines{"detach closed " + std::string(kInternalError)});
            CHECK(g.pair.near.partner() == nullptr);
            g.pair.near.on_detach(true, nullptr);
        }
        SUBCASE("after a detach for an error here, when the broker's end has an error, too") {
            g.pair.near.give_up({kInternalError, "x", {}});
            g.pair.far.give_up({"x:y", "", {}});
            CHECK(g.pair.container.take() == Lines{"detach closed x:y"});
            CHECK(g.pair.near.partner() == nullptr);
            g.pair.far.on_detach(true, nullptr);
            g.pair.near.on_detach(true, nullptr);
        }
        SUBCASE("the broker's end has no memory for what is passed on at last") {
            g.pair.send(2, "b");
            g.pair.near.give_up({kInternalError, "x", {}});
            g.pair.container.room = 0;
            g.pair.container.kept_max = 0;
            g.know();
            g.go_on();
            CHECK(g.pair.container.take() ==
                  Lines{"detach closed " + std::string(kResourceLimitExceeded)});
            CHECK(g.pair.near.partner() == nullptr);
            g.pair.far.on_detach(true, nullptr);
            g.pair.near.on_detach(true, nullptr);
        }
        CHECK(g.pair.far.is_over());
        CHECK(g.pair.near.is_over());
        CHECK(g.pair.client.held == 0);
        CHECK(g.keeper.kept == 0);
        CHECK_FALSE(g.turnstile.holds());
        CHECK(g.keeper.holding == 0);
        CHECK(g.keeper.spoilt.size() <= 1);
    }

    TEST_CASE("no more waits than there is memory for") {
        Gated g;
        g.keeper.kept_max = 2'000;
        g.send(1, "a");
        for (amqp::DeliveryId id = 2; g.turnstile.holds() && id < 100; ++id) {
            g.send(id, "b");
        }
        CHECK(g.pair.client.take() == Lines{"detach closed amqp:resource-limit-exceeded"});
        CHECK(g.pair.container.take() == Lines{"detach closed amqp:resource-limit-exceeded"});
        CHECK(g.keeper.kept == 0);
        CHECK_FALSE(g.keeper.spoilt.empty());
    }
}

}  // namespace weft::router_transaction

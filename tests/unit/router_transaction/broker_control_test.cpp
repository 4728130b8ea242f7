#include "router/transaction/broker_control.hpp"

#include "common/base/conditions.hpp"
#include "tests/unit/router_transaction/session.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

namespace weft::router_transaction {
namespace {

/// Writes down what it hears.
struct Hearing final : ControlOwner {
    void on_declared(BrokerControl&, const std::string& name, Bytes theirs) override {
        heard.push_back(name + " is " + std::string(as_text(theirs)));
    }
    void on_not_declared(const std::string& name, std::string why) override {
        heard.push_back(name + " is none: " + why);
    }
    void on_discharged(const std::string& name, Bytes state) override {
        heard.push_back(name + " ends " +
                        std::to_string(static_cast<int>(wire::outcome_of(state))));
    }
    void on_lost(BrokerControl&, std::string why, bool rolled_back) override {
        heard.push_back((rolled_back ? "rolled back: " : "lost: ") + why);
    }
    void on_over(BrokerControl&) override { heard.emplace_back("over"); }
    test::Lines take() { return std::exchange(heard, {}); }

    test::Lines heard;
};

struct Controlled {
    Hearing owner;
    BrokerControl control{owner, "b1"};
    test::Broker broker{control.end()};
};

}  // namespace

TEST_SUITE("broker control") {
    TEST_CASE("what is asked goes as far as the broker's credit") {
        Controlled c;
        c.control.declare("a");
        c.control.declare("b");
        c.control.discharge("c", "x", /*fail=*/true);
        CHECK(c.broker.asked() == 0);
        c.broker.answer(1);
        CHECK(c.broker.asked() == 1);
        c.broker.end.on_flow({.delivery_count = 0, .link_credit = 1});
        CHECK(c.broker.asked() == 1);  // that credit is used
        c.broker.end.on_flow({.delivery_count = 1, .link_credit = 2});
        CHECK(c.broker.asked() == 3);
    }

    TEST_CASE("a broker that counts deliveries which nobody sent has them asked all the same") {
        Controlled c;
        c.broker.end.on_attach({});
        c.broker.end.on_flow({.delivery_count = 7, .link_credit = 1});
        c.control.declare("a");
        CHECK(c.broker.asked() == 1);
    }

    TEST_CASE("a link that ends since all is rolled back says so") {
        Controlled c;
        c.broker.answer();
        const amqp::ErrorView error{kTransactionRollback, "no credit", {}};
        c.broker.end.on_detach(/*closed=*/true, &error);
        CHECK(c.owner.take() ==
              test::Lines{"rolled back: amqp:transaction:rollback: no credit", "over"});
    }

    TEST_CASE("a broker that does not declare in time is lost, counted from the oldest") {
        Controlled c;
        CHECK_FALSE(c.control.tick());
        SUBCASE("it does not take the link") {
            c.control.declare("a");
        }
        SUBCASE("it gives no credit") {
            c.broker.answer(0);
            c.control.declare("a");
        }
        SUBCASE("it does not answer, but what was asked before and later") {
            c.broker.answer();
            c.control.declare("x");
            CHECK(c.control.tick());
            c.broker.declare(1, "1");
            CHECK_FALSE(c.control.tick());
            c.control.declare("a");
            c.control.declare("y");
            c.broker.declare(3, "3");
            c.owner.take();
        }
        for (std::uint32_t i = 0; i < BrokerControl::kAnswerMax; ++i) {
            CHECK(c.control.tick());
        }
        CHECK(c.owner.take().empty());
        CHECK_FALSE(c.control.tick());
        const test::Lines heard = c.owner.take();
        REQUIRE(!heard.empty());
        CHECK(heard.front() ==
              "lost: it was asked to declare a transaction, and did not answer within 30 seconds");
        CHECK(c.broker.link.take().back() == "detach closed qd:routed-link-lost");
        if (!c.broker.end.is_over()) {
            c.broker.end.on_detach(true, nullptr);
        }
        CHECK_FALSE(c.control.tick());
    }

    TEST_CASE("an end that is not answered is waited for") {
        Controlled c;
        c.broker.answer();
        c.control.discharge("c", "x", /*fail=*/false);
        CHECK_FALSE(c.control.tick());
    }

    TEST_CASE("what waits for room when it is closed the broker never hears") {
        Controlled c;
        c.broker.answer();
        c.broker.link.room = 0;
        c.control.discharge("c", "x", /*fail=*/false);
        CHECK(c.broker.end.waiting().any());
        c.control.close();
        CHECK(c.owner.take() == test::Lines{"over"});
        c.broker.link.room = 100;
        (void)c.broker.end.on_room();
        CHECK(c.broker.link.take().back() == "detach closed qd:routed-link-lost");
        CHECK(c.broker.asked() == 0);
        c.broker.end.on_detach(true, nullptr);
        CHECK(c.broker.end.is_over());
    }

    TEST_CASE("answers are told, also those that the broker does not settle") {
        Controlled c;
        c.broker.answer();
        c.control.declare("a");
        c.control.declare("b");
        c.control.discharge("c", "x", /*fail=*/false);
        c.broker.declare(1, "x");
        c.broker.say(2, wire::rejected("amqp:resource-limit-exceeded", "too many"));
        c.broker.link.take();
        c.broker.end.on_update({.id = 503, .state = wire::kAccepted}, 3);
        CHECK(c.owner.take() == test::Lines{"a is x",
                                            "b is none: amqp:resource-limit-exceeded: too many",
                                            "c ends 36"});
        CHECK(c.broker.link.take() == test::Lines{"update 503 settled 0"});
        CHECK(c.broker.end.unsettled() == 0);
    }

    TEST_CASE("a loss is told once, with the peer's words") {
        Controlled c;
        SUBCASE("refused") {
            c.control.refused("no way");
            CHECK(c.owner.take() == test::Lines{"lost: no way", "over"});
        }
        SUBCASE("the connection") {
            c.broker.answer();
            c.broker.end.on_lost();
            CHECK(c.owner.take() ==
                  test::Lines{"lost: qd:routed-link-lost: Connectivity to the peer container was "
                              "lost",
                              "over"});
        }
        SUBCASE("the broker detaches") {
            c.broker.answer();
            const amqp::ErrorView error{"amqp:internal-error", "sorry", {}};
            c.broker.end.on_detach(true, &error);
            CHECK(c.owner.take() == test::Lines{"lost: amqp:internal-error: sorry", "over"});
            CHECK(c.broker.end.is_over());
        }
        SUBCASE("we do, and nobody is lost") {
            c.broker.answer();
            c.control.close();
            CHECK(c.broker.link.take().back() == "detach closed qd:routed-link-lost");
            c.broker.end.on_detach(true, nullptr);
            CHECK(c.owner.take() == test::Lines{"over"});
        }
        c.control.declare("a");
        CHECK(c.owner.take().empty());
    }
}

}  // namespace weft::router_transaction

#include "router/transaction/session_coordinator.hpp"

#include "common/base/conditions.hpp"
#include "tests/unit/router_transaction/session.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace weft::router_transaction {
namespace {

using test::Broker;
using test::Lines;
using test::Link;
using test::Session;

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_SUITE("session coordinator") {
    TEST_CASE("a link to it is answered with credit, and transactions without parts by itself") {
        Session s;
        CHECK(s.link.take() == Lines{"accept 1024", "flow 100"});
        const std::string first = s.declare();
        const std::string second = s.declare();
        CHECK(first != second);
        s.discharge(first, /*fail=*/false);
        CHECK(s.answer() == "accepted");
        s.discharge(second, /*fail=*/true);
        CHECK(s.answer() == "accepted");
        s.discharge(first, /*fail=*/false);
        CHECK(has(s.answer(), kTransactionUnknownId));
        CHECK(s.brokers.empty());
    }

    TEST_CASE("the first part has its broker asked, and goes on once that has declared") {
        Session s;
        Link link{s, "b1"};
        const std::string name = s.declare();
        link.send(name, 1, "a");
        REQUIRE(s.brokers.size() == 1);
        Broker& broker = *s.brokers.at("b1");
        CHECK(broker.asked() == 0);  // until the broker takes the link
        broker.answer();
        CHECK(broker.asked() == 1);
        CHECK(link.pair.container.take().empty());
        s.discharge(name, /*fail=*/false);  // the client does not wait for its messages' outcomes
        CHECK(s.answer() == "none");
        broker.declare(1, "x");
        s.turn();
        CHECK(link.pair.container.take() == Lines{"transfer 1 'a'"});
        CHECK(broker.asked() == 2);
        CHECK(s.answer() == "none");
        broker.say(2, wire::kAccepted);
        CHECK(s.answer() == "accepted");
        CHECK(s.counters.committed == 1);
        // The link is used again.
        const std::string next = s.declare();
        link.send(next, 2, "b");
        CHECK(broker.asked() == 3);
    }

    TEST_CASE("a second broker is not asked, and what it has is rolled back at the first") {
        Session s;
        Link one{s, "b1"};
        Link two{s, "b2"};
        const std::string name = s.declare();
        one.send(name, 1, "a");
        Broker& broker = *s.brokers.at("b1");
        broker.answer();
        broker.declare(1, "x");
        s.turn();
        two.send(name, 1, "b");
        CHECK(two.pair.client.take() == Lines{"update 1 settled 37"});
        CHECK(s.brokers.size() == 1);
        s.discharge(name, /*fail=*/false);
        CHECK(broker.asked() == 2);
        broker.say(2, wire::kAccepted);  // it was asked to roll back
        const std::string answer = s.answer();
        CHECK(has(answer, kTransactionRollback));
        CHECK(has(answer, "'b1'"));
        CHECK(has(answer, "'b2'"));
    }

    TEST_CASE("a broker that is not there, or declares none, has its parts rejected") {
        Session s;
        Link link{s, "b1"};
        const std::string name = s.declare();
        SUBCASE("it is not there") {
            s.refusal = "no route";
            link.send(name, 1, "a");
            s.turn();
        }
        SUBCASE("it has no coordinator") {
            link.send(name, 1, "a");
            const amqp::ErrorView error{kNotImplemented, "no transactions", {}};
            s.brokers.at("b1")->end.on_attach({});
            s.brokers.at("b1")->end.on_detach(true, &error);
            s.turn();
        }
        SUBCASE("it has too many") {
            link.send(name, 1, "a");
            s.brokers.at("b1")->answer();
            s.brokers.at("b1")->say(1, wire::rejected(kResourceLimitExceeded, "too many"));
            s.turn();
        }
        CHECK(link.pair.client.take() == Lines{"update 1 settled 37"});
        CHECK(has(std::string(as_text(link.pair.client.said)), kTransactionRollback));
        s.discharge(name, /*fail=*/false);
        CHECK(has(s.answer(), kTransactionRollback));
        CHECK_FALSE(link.turnstile.holds());
    }

    TEST_CASE("a broker that does not declare in time has its parts rejected, and nothing waits") {
        Session s;
        Link link{s, "b1"};
        Link other{s, "b2"};
        const std::string name = s.declare();
        const std::string second = s.declare();
        link.send(name, 1, "a");
        other.send(second, 1, "b");
        s.brokers.at("b2")->answer();
        s.brokers.at("b2")->declare(1, "x");
        s.turn();
        s.discharge(second, /*fail=*/false);
        CHECK(s.answer() == "none");
        s.seconds(BrokerControl::kAnswerMax);
        CHECK(s.answer() == "none");
        s.seconds(1);
        CHECK_FALSE(s.awaits);
        CHECK(link.pair.client.take() == Lines{"update 1 settled 37"});
        CHECK(s.brokers.at("b2")->asked() == 2);  // what was asked behind it
        s.brokers.at("b2")->say(2, wire::kAccepted);
        CHECK(s.answer() == "accepted");
        s.discharge(name, /*fail=*/false);
        CHECK(has(s.answer(), "30 seconds"));
    }

    TEST_CASE("a link that is detached spoils all of its session, and what waits there is lost") {
        Session s;
        Link one{s, "b1"};
        Link two{s, "b1"};
        const std::string first = s.declare();
        const std::string second = s.declare();
        const std::string third = s.declare();
        one.send(first, 1, "a");
        two.send(second, 1, "b");
        Broker& broker = *s.brokers.at("b1");
        broker.answer();
        broker.declare(1, "x");
        broker.declare(2, "y");
        s.turn();
        one.send(third, 2, "c");
        const amqp::ErrorView error{kInternalError, "too slow", {}};
        one.pair.far.on_detach(true, &error);
        one.turnstile.departed();  // as the end's guard says
        s.turn();
        CHECK_FALSE(one.turnstile.holds());
        CHECK(s.counters.parts_lost == 1);
        s.discharge(first, /*fail=*/false);
        broker.say(4, wire::kAccepted);
        CHECK(has(s.answer(), kTransactionRollback));
        s.discharge(second, /*fail=*/false);
        broker.say(5, wire::kAccepted);
        CHECK(has(s.answer(), kTransactionRollback));
        s.discharge(third, /*fail=*/false);
        CHECK(has(s.answer(), kTransactionRollback));
    }

    TEST_CASE(
        "nothing is part of one any more on a link whose broker has detached, told yet or not") {
        Session s;
        Link one{s, "b1"};
        Link two{s, "b1"};
        const std::string passed = s.declare();
        const std::string held = s.declare();
        const std::string later = s.declare();
        const std::string other = s.declare();
        one.send(passed, 1, "a");
        Broker& broker = *s.brokers.at("b1");
        broker.answer();
        broker.declare(1, "w");
        s.turn();
        two.send(later, 1, "b");
        two.send(other, 2, "c");
        broker.declare(2, "y");
        s.turn();
        broker.declare(3, "z");
        s.turn();
        one.send(held, 2, "d");
        one.pair.client.room = 0;
        one.pair.near.updated({.id = 1, .state = wire::kAccepted});  // for which there is no room
        one.pair.far.on_detach(true, nullptr);
        REQUIRE(one.pair.client.departures == 1);
        REQUIRE(one.pair.near.life() == linkroute::PairEnd::Life::open);
        one.turnstile.departed();  // as the end's guard says
        broker.declare(4, "x");
        s.turn();
        CHECK_FALSE(one.turnstile.holds());
        one.send(later, 3, "e");
        CHECK(s.counters.parts_lost == 2);
        for (const std::string& name : {passed, held, later, other}) {
            s.discharge(name, /*fail=*/false);
            broker.say(broker.asked(), wire::kAccepted);
            CHECK(has(s.answer(), kTransactionRollback));
        }
    }

    TEST_CASE("what is spoilt elsewhere waits no longer") {
        Session s;
        Link one{s, "b1"};
        Link two{s, "b2"};
        const std::string name = s.declare();
        one.send(name, 1, "a");
        two.send(name, 1, "b");
        s.turn();
        CHECK(one.pair.client.take() == Lines{"update 1 settled 37"});
        CHECK(s.counters.parts_refused == 2);
    }

    TEST_CASE("only those are looked at that wait for the transaction of which more is known") {
        Session s;
        std::vector<std::unique_ptr<Link>> links;
        const std::string name = s.declare();
        const std::string other = s.declare();
        for (int i = 0; i < 100; ++i) {
            links.push_back(std::make_unique<Link>(s, "b1"));
            links.back()->send(name, 1, "a");
        }
        Link apart{s, "b1"};
        apart.send(other, 1, "b");
        Broker& broker = *s.brokers.at("b1");
        broker.answer();
        s.turn();
        s.worked = 0;
        for (int i = 0; i < 100; ++i) {
            s.coordinator.refuse_part(i % 2 == 0 ? "unknown" : other, "no");
            s.turn();
        }
        CHECK(s.worked < 300);
        CHECK(apart.pair.client.take() == Lines{"update 1 settled 37"});
        broker.declare(1, "x");
        s.turn();
        for (const auto& link : links) {
            CHECK(link->pair.container.take() == Lines{"transfer 1 'a'"});
        }
    }

    TEST_CASE("what has waited goes on in slices, and its end behind it") {
        Session s;
        s.at_once = 3;
        Link one{s, "b1"};
        Link two{s, "b1"};
        const std::string name = s.declare();
        for (amqp::DeliveryId id = 1; id <= 5; ++id) {
            one.send(name, id, "a");
            two.send(name, id, "b");
        }
        Broker& broker = *s.brokers.at("b1");
        broker.answer();
        s.discharge(name, /*fail=*/false);
        broker.declare(1, "x");
        std::size_t passed = 0;
        for (std::size_t before = 0; passed < 10; before = passed) {
            REQUIRE(std::exchange(s.is_due, false));
            CHECK(broker.asked() == 1);
            std::size_t left = s.at_once;
            s.coordinator.work(left);
            passed += one.pair.container.take().size() + two.pair.container.take().size();
            CHECK(passed > before);
            CHECK(passed - before < s.at_once);
        }
        s.turn();
        CHECK(broker.asked() == 2);
        broker.say(2, wire::kAccepted);
        CHECK(s.answer() == "accepted");
    }

    TEST_CASE("a lost broker's transactions can only be rolled back, and it is asked anew later") {
        Session s;
        Link link{s, "b1"};
        const std::string name = s.declare();
        link.send(name, 1, "a");
        s.brokers.at("b1")->answer();
        s.brokers.at("b1")->declare(1, "x");
        s.turn();
        const std::string other = s.declare();
        link.send(other, 2, "b");
        s.brokers.at("b1")->declare(2, "y");
        s.turn();
        bool commits = true;
        SUBCASE("commit") {}
        SUBCASE("roll back") {
            commits = false;
        }
        s.brokers.at("b1")->end.on_lost();
        s.turn();
        s.discharge(name, !commits);
        CHECK((commits ? has(s.answer(), kTransactionRollback) : s.answer() == "accepted"));
        s.discharge(other, /*fail=*/true);
        CHECK(s.answer() == "accepted");
        const std::string next = s.declare();
        link.send(next, 3, "c");
        CHECK(s.brokers.at("b1")->asked() == 0);
        s.brokers.at("b1")->answer();
        CHECK(s.brokers.at("b1")->asked() == 1);
    }

    TEST_CASE("a broker that is lost while it commits ends the client's link") {
        Session s;
        Link link{s, "b1"};
        const std::string name = s.declare();
        link.send(name, 1, "a");
        s.brokers.at("b1")->answer();
        s.brokers.at("b1")->declare(1, "x");
        s.turn();
        bool commits = true;
        SUBCASE("commit") {}
        SUBCASE("roll back") {
            commits = false;
        }
        s.discharge(name, !commits);
        s.brokers.at("b1")->end.on_lost();
        CHECK(s.link.take() == (commits ? Lines{"detach closed qd:routed-link-lost"}
                                        : Lines{"update 2 settled 36"}));
        CHECK_FALSE(s.coordinator.is_idle());
        s.client.on_detach(true, nullptr);
        CHECK(s.coordinator.is_idle());
    }

    TEST_CASE("a client's link that is gone takes its transactions with it") {
        Session s;
        Link link{s, "b1"};
        const std::string name = s.declare();
        link.send(name, 1, "a");
        Broker& broker = *s.brokers.at("b1");
        SUBCASE("after the broker declared it") {
            broker.answer();
            broker.declare(1, "x");
            s.turn();
        }
        SUBCASE("before") {
            broker.answer();
        }
        SUBCASE("before the broker took the link") {}
        broker.link.take();
        link.pair.client.take();
        s.client.on_detach(true, nullptr);
        s.turn();
        CHECK(broker.link.take() == Lines{"detach closed qd:routed-link-lost"});
        CHECK(s.coordinator.is_idle());
        link.send(name, 2, "b");
        CHECK(link.pair.client.take().back() == "update 2 settled 37");
        broker.end.on_detach(true, nullptr);
        s.turn();
        CHECK(s.counters.abandoned == 1);
    }

    TEST_CASE("requests that break a rule end the link") {
        Session s;
        s.link.take();
        std::string condition;
        SUBCASE("settled") {
            s.ask(transaction::declare(), {.settled = true});
            condition = kInvalidField;
        }
        SUBCASE("too large") {
            s.ask(Buffer(SessionCoordinator::kRequestBytesMax + 1, 0));
            condition = kMessageSizeExceeded;
        }
        SUBCASE("without credit") {
            for (std::uint32_t i = 0; i <= SessionCoordinator::kCreditMax; ++i) {
                amqp::Context context = 0;
                s.client.on_transfer({.delivery_id = i}, true, transaction::declare(), context);
            }
            condition = kTransferLimitExceeded;
        }
        CHECK(s.link.take().back() == "detach closed " + condition);
        s.turn();
    }

    TEST_CASE("requests that wait for a broker are as many as there is credit for, and counted") {
        Session s;
        Link link{s, "b1"};
        const std::string name = s.declare();
        link.send(name, 1, "a");  // b1 does not answer
        const std::size_t kept = s.kept;
        const Lines shut{"detach closed " + std::string(kTransferLimitExceeded)};
        Lines heard;
        std::uint32_t asked = 0;
        for (; heard != shut && asked < 3 * SessionCoordinator::kCreditMax; ++asked) {
            s.ask(transaction::declare());
            heard = s.link.take();
            if (asked + 2 == SessionCoordinator::kCreditMax) {
                CHECK(s.kept > kept);
            }
        }
        CHECK(asked == SessionCoordinator::kCreditMax);  // one was answered before
        CHECK(s.kept == 0);
    }

    TEST_CASE("requests that waited give back their credit once they are answered") {
        Session s;
        Link link{s, "b1"};
        const std::string name = s.declare();
        link.send(name, 1, "a");
        for (std::uint32_t i = 1; i < SessionCoordinator::kCreditMax; ++i) {
            s.ask(transaction::declare());
        }
        CHECK(s.link.take().empty());
        s.brokers.at("b1")->answer();
        s.brokers.at("b1")->declare(1, "x");
        s.turn();
        const Lines lines = s.link.take();
        CHECK(std::ranges::count(lines, "flow 100") == 1);
        CHECK(lines.size() == SessionCoordinator::kCreditMax);  // all answered, but the first
    }

    TEST_CASE("what brokers do not answer is bounded, whatever becomes of its transactions") {
        Session s;
        Link one{s, "b1"};
        Link two{s, "b2"};
        long credit = SessionCoordinator::kCreditMax;
        const auto count = [&] {
            for (const std::string& line : s.link.take()) {
                credit = line.starts_with("flow ") ? std::stol(line.substr(5)) : credit;
            }
        };
        s.link.take();
        std::uint32_t spoilt = 0;
        for (; credit >= 2 && spoilt < 3 * SessionCoordinator::kCreditMax; ++spoilt) {
            s.ask(transaction::declare());
            --credit;
            const std::string name{as_text(transaction::read_declared(s.link.said).value())};
            one.send(name, spoilt, "a");
            two.send(name, spoilt, "b");
            s.ask(transaction::discharge(as_bytes(name), /*fail=*/true));
            --credit;
            count();
        }
        CHECK(spoilt < SessionCoordinator::kCreditMax);
        CHECK(s.counters.rolled_back == spoilt);
        Broker& broker = *s.brokers.at("b1");
        broker.answer(1'000);
        REQUIRE(broker.asked() == spoilt);
        for (std::uint32_t request = 1; request <= spoilt; ++request) {
            broker.declare(request, std::to_string(request));
        }
        REQUIRE(broker.asked() == 2 * spoilt);
        for (std::uint32_t request = spoilt + 1; request <= 2 * spoilt; ++request) {
            broker.say(request, wire::kAccepted);
        }
        s.turn();
        count();
        CHECK(credit == SessionCoordinator::kCreditMax);
    }

    TEST_CASE("requests that wait are at the expense of their connection") {
        Session s;
        Link link{s, "b1"};
        const std::string name = s.declare();
        link.send(name, 1, "a");
        s.kept_max = s.kept;
        s.ask(transaction::declare());
        CHECK(s.link.take() == Lines{"detach closed " + std::string(kResourceLimitExceeded)});
    }

    TEST_CASE("a request that is settled in a later frame ends the link, too") {
        Session s;
        s.link.take();
        const Buffer request = transaction::declare();
        amqp::Context context = 0;
        s.client.on_transfer({.delivery_id = 1, .more = true}, true, Bytes{request}.first(1),
                             context);
        s.client.on_transfer({.delivery_id = 1, .settled = true}, false, Bytes{request}.subspan(1),
                             context);
        s.turn();
        CHECK(s.link.take() == Lines{"detach closed " + std::string(kInvalidField)});
        CHECK(s.counters.declared == 0);
    }

    TEST_CASE("what still comes while the end of the link waits for room is for nobody") {
        Session s;
        s.link.take();
        s.link.room = 0;
        s.client.on_flow({.echo = true});  // the answer waits
        s.ask(transaction::declare(), {.settled = true});
        s.ask(transaction::declare());
        CHECK(s.counters.declared == 0);
        CHECK(s.kept == 0);
        s.link.room = 10;
        s.client.on_room();
        CHECK(s.link.take() ==
              Lines{"waits", "flow 100", "detach closed " + std::string(kInvalidField)});
        s.client.on_detach(true, nullptr);
        CHECK(s.coordinator.is_idle());
    }

    TEST_CASE("what is no request is rejected, and credit comes back") {
        Session s;
        s.link.take();
        s.ask(Buffer{1, 2, 3});
        CHECK(has(s.answer(), kDecodeError));
        for (std::uint32_t i = 0; i < SessionCoordinator::kCreditMax / 2; ++i) {
            s.ask(Buffer{1, 2, 3});
        }
        CHECK(std::ranges::count(s.link.take(), "flow 100") == 1);
    }
}

}  // namespace weft::router_transaction

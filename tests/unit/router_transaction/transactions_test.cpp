#include "router/transaction/transactions.hpp"

#include "common/base/conditions.hpp"

#include <doctest/doctest.h>

#include <string>

namespace weft::router_transaction {
namespace {

using Way = Part::Way;
using How = End::How;

/// A session with one transaction, "t".
struct Declared {
    Declared() { CHECK(all.declare("t")); }
    /// Of b1, which calls it "x".
    void bind() {
        CHECK(all.enlist("t", "b1").asks);
        CHECK(all.declared("t", "x"));
    }
    Counters counters;
    Transactions all{counters};
};

}  // namespace

TEST_SUITE("router transactions") {
    TEST_CASE("a link that may have lost parts spoils all that no broker was asked to end") {
        Declared d;
        bool is_bound = true;
        SUBCASE("of no broker") {
            is_bound = false;
        }
        SUBCASE("of a broker") {
            d.bind();
        }
        SUBCASE("its broker is to end it") {
            d.bind();
            CHECK_FALSE(d.all.discharge("t", /*commits=*/true).fail);
            d.all.spoil_all();
            CHECK_FALSE(d.all.over("t", /*done=*/true));
            return;
        }
        d.all.spoil_all();
        CHECK(d.all.enlist("t", "b1").way == Way::refused);
        const End end = d.all.discharge("t", /*commits=*/true);
        CHECK((is_bound ? end.fail : end.how == How::reject));
    }

    TEST_CASE("the first address decides the broker, which is asked once; then parts pass") {
        Declared d;
        const Part first = d.all.enlist("t", "b1");
        CHECK(first.way == Way::wait);
        CHECK(first.asks);
        const Part second = d.all.enlist("t", "b1");
        CHECK(second.way == Way::wait);
        CHECK_FALSE(second.asks);
        CHECK(d.all.declared("t", "x"));
        const Part third = d.all.enlist("t", "b1");
        CHECK(third.way == Way::pass);
        CHECK(third.name == "x");
        REQUIRE(d.all.ours("b1", "x") != nullptr);
        CHECK(*d.all.ours("b1", "x") == "t");
        CHECK(d.all.ours("b2", "x") == nullptr);
        const End end = d.all.discharge("t", /*commits=*/true);
        CHECK(end.how == How::ask);
        CHECK_FALSE(end.fail);
        CHECK(end.broker == "b1");
        CHECK(end.theirs == "x");
        CHECK_FALSE(d.all.over("t", /*done=*/true));
        CHECK(d.all.size() == 0);
        CHECK(d.all.ours("b1", "x") == nullptr);
        CHECK(d.counters.committed == 1);
    }

    TEST_CASE("one that nothing belongs to ends without any broker") {
        Declared d;
        CHECK(d.all.discharge("t", /*commits=*/true).how == How::accept);
        CHECK(d.all.declare("u"));
        CHECK(d.all.discharge("u", /*commits=*/false).how == How::accept);
        CHECK(d.counters.committed == 1);
        CHECK(d.counters.rolled_back == 1);
        CHECK(d.all.size() == 0);
    }

    TEST_CASE("a second broker spoils it, and its text names both") {
        Declared d;
        bool commits = true;
        SUBCASE("the first has declared it") {
            d.bind();
        }
        SUBCASE("the first has not yet") {
            CHECK(d.all.enlist("t", "b1").asks);
        }
        SUBCASE("it is rolled back then") {
            d.bind();
            commits = false;
        }
        const Part part = d.all.enlist("t", "b2");
        CHECK(part.way == Way::refused);
        CHECK(part.why->condition == kTransactionRollback);
        CHECK(part.why->text.find("'b1'") != std::string::npos);
        CHECK(part.why->text.find("'b2'") != std::string::npos);
        CHECK(d.all.enlist("t", "b1").way == Way::refused);
        (void)d.all.declared("t", "x");
        const End end = d.all.discharge("t", commits);
        CHECK(end.how == How::ask);
        CHECK(end.fail);
        const auto why = d.all.over("t", /*done=*/true);
        CHECK(why.has_value() == commits);
        CHECK(d.counters.second_brokers == 1);
        CHECK(d.counters.failed == (commits ? 1 : 0));
        CHECK(d.counters.rolled_back == (commits ? 0 : 1));
    }

    TEST_CASE("a link whose broker nobody knows spoils it") {
        Declared d;
        CHECK(d.all.enlist("t", "").way == Way::refused);
        const End end = d.all.discharge("t", /*commits=*/true);
        CHECK(end.how == How::reject);
        CHECK(end.why->condition == kTransactionRollback);
    }

    TEST_CASE("a name that nobody declared, or that is over, is unknown") {
        Declared d;
        CHECK(d.all.enlist("u", "b1").way == Way::unknown);
        CHECK(d.counters.parts_refused == 1);
        CHECK(d.all.enlist("u", "b1").why->condition == kTransactionUnknownId);
        CHECK(d.all.discharge("u", /*commits=*/true).why->condition == kTransactionUnknownId);
        d.bind();
        CHECK(d.all.discharge("t", /*commits=*/true).how == How::ask);
        CHECK(d.all.enlist("t", "b1").way == Way::unknown);
        CHECK(d.all.discharge("t", /*commits=*/true).how == How::reject);
        d.all.clear();
        CHECK(d.all.enlist("t", "b1").way == Way::unknown);
        CHECK_FALSE(d.all.declared("t", "x"));
        CHECK_FALSE(d.all.over("t", /*done=*/true));
        CHECK(d.counters.abandoned == 1);
    }

    TEST_CASE("a broker that does not declare it, or is lost, leaves it to be rolled back") {
        Declared d;
        SUBCASE("it declines") {
            CHECK(d.all.enlist("t", "b1").asks);
            d.all.spoil("t", "it has too many");
        }
        SUBCASE("it is lost before it has declared it") {
            CHECK(d.all.enlist("t", "b1").asks);
            CHECK(d.all.lose("b1", "gone", /*rolled_back=*/false).over.empty());
        }
        SUBCASE("it is lost after that") {
            d.bind();
            CHECK(d.all.lose("b2", "gone", /*rolled_back=*/false).over.empty());
            CHECK(d.all.enlist("t", "b1").way == Way::pass);
            CHECK(d.all.lose("b1", "gone", /*rolled_back=*/false).over.empty());
            CHECK(d.all.ours("b1", "x") == nullptr);
        }
        CHECK(d.all.enlist("t", "b1").way == Way::refused);
        CHECK_FALSE(d.all.declared("t", "y"));
        const End end = d.all.discharge("t", /*commits=*/true);
        CHECK(end.how == How::reject);
        CHECK(end.why->condition == kTransactionRollback);
        CHECK(d.counters.failed == 1);
    }

    TEST_CASE("a broker that is lost while it commits leaves that in doubt") {
        Declared d;
        d.bind();
        CHECK(d.all.declare("u"));
        CHECK(d.all.enlist("u", "b1").asks);
        CHECK(d.all.declared("u", "y"));
        CHECK(d.all.discharge("t", /*commits=*/true).how == How::ask);
        CHECK(d.all.discharge("u", /*commits=*/false).how == How::ask);
        const Loss loss = d.all.lose("b1", "gone", /*rolled_back=*/false);
        CHECK(loss.in_doubt == std::vector<std::string>{"t"});
        REQUIRE(loss.over.size() == 1);
        CHECK(loss.over[0].first == "u");
        CHECK_FALSE(loss.over[0].second);
        CHECK(d.all.size() == 0);
        CHECK(d.counters.in_doubt == 1);
    }

    TEST_CASE("one that is rolled back with the way to its broker is not in doubt") {
        Declared d;
        d.bind();
        CHECK(d.all.discharge("t", /*commits=*/true).how == How::ask);
        const Loss loss = d.all.lose("b1", "no credit", /*rolled_back=*/true);
        CHECK(loss.in_doubt.empty());
        REQUIRE(loss.over.size() == 1);
        REQUIRE(loss.over[0].second);
        CHECK(loss.over[0].second->condition == kTransactionRollback);
        CHECK(loss.over[0].second->text.find("no credit") != std::string::npos);
        CHECK(d.counters.failed == 1);
        CHECK(d.counters.in_doubt == 0);
    }

    TEST_CASE("a session has so many and no more") {
        Counters counters;
        Transactions all{counters};
        for (std::size_t i = 0; i < Transactions::kTransactionsMax; ++i) {
            CHECK(all.declare(std::to_string(i)));
        }
        const auto more = all.declare("more");
        REQUIRE_FALSE(more);
        CHECK(more.error().condition == kResourceLimitExceeded);
        CHECK(counters.refused == 1);
        CHECK(all.discharge("0", /*commits=*/false).how == How::accept);
        CHECK(all.declare("more"));
    }
}

}  // namespace weft::router_transaction

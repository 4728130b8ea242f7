#include "common/mgmt/answers.hpp"
#include "tests/unit/mgmt/fake_daemon.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>

namespace weft::mgmt::test {
namespace {

using wire::List;
using wire::Map;
using wire::Value;

Map names(List attributes) {
    return {{"attributeNames", std::move(attributes)}};
}

const List& results(const Reply& reply) {
    static const List kNone;
    const Value* found = wire::find(map_in(reply.body), "results");
    return found == nullptr ? kNone : list_in(*found);
}

/// A daemon with `count` links, numbered from 0 on.
struct Busy : FakeDaemon {
    explicit Busy(std::size_t count) {
        links.rows.clear();
        for (std::size_t i = 0; i < count; ++i) {
            links.rows.push_back({.identity = std::to_string(i), .name = {}, .attributes = {}});
        }
    }
};

}  // namespace

TEST_SUITE("Agent: QUERY") {
    TEST_CASE("a query answers the columns asked for, in their order, a list for each entity") {
        FakeDaemon daemon;
        const Reply reply = daemon.ask({{"operation", "QUERY"}, {"entityType", kListener}},
                                       names({"type", "name", "port"}));
        CHECK(reply.status == Status::ok);
        CHECK(reply.description == "OK");
        CHECK(at(reply.body, "attributeNames") == Value{List{"type", "name", "port"}});
        CHECK(results(reply) == List{List{kListener, "l0", "5670"}, List{kListener, "l1", "5671"},
                                     List{kListener, "l2", "5672"}});
    }

    TEST_CASE("without attribute names a query answers all the type has") {
        FakeDaemon daemon;
        const Reply reply = daemon.ask({{"operation", "QUERY"}, {"entityType", kLink}}, names({}));
        const Value columns = at(reply.body, "attributeNames");
        CHECK(list_in(columns).size() == daemon.agent.catalogue().find(kLink)->columns().size());
        CHECK(std::ranges::count(list_in(columns), Value{"connectionId"}) == 1);
        REQUIRE(results(reply).size() == 1);
        CHECK(list_in(results(reply)[0]).size() == list_in(columns).size());
    }

    TEST_CASE("an unknown attribute is null where columns are fixed, and not found elsewhere") {
        FakeDaemon daemon;
        Reply reply = daemon.ask({{"operation", "QUERY"}, {"entityType", kLink}},
                                 names({"identity", "nosuch"}));
        CHECK(results(reply) == List{Value{List{"7", Value{}}}});
        reply = daemon.ask({{"operation", "QUERY"}, {"entityType", kListener}}, names({"prot"}));
        CHECK(reply.status == Status::not_found);
        CHECK(reply.description.ends_with("did you mean 'port'?"));
        reply = daemon.ask({{"operation", "QUERY"}}, names({"nosuch"}));
        CHECK(reply.status == Status::not_found);
    }

    TEST_CASE("an attribute is found under its second name") {
        FakeDaemon daemon;
        const Reply reply = daemon.ask({{"operation", "QUERY"}, {"entityType", "router"}},
                                       names({"linksBlocked", "blockedLinkCount"}));
        CHECK(results(reply) == List{Value{List{std::uint32_t{3}, std::uint32_t{3}}}});
    }

    TEST_CASE("without a type a query answers every entity, the agent itself among them") {
        FakeDaemon daemon;
        for (const Value& absent : {Value{}, Value{""}}) {
            const Reply reply =
                daemon.ask({{"operation", "QUERY"}, {"entityType", absent}}, names({"identity"}));
            CHECK(results(reply).size() == 10);
            CHECK(std::ranges::count(results(reply), Value{List{"self"}}) == 1);
        }
        CHECK(results(daemon.ask({{"operation", "QUERY"}})).size() == 10);
    }

    TEST_CASE("a query of every type leaves out entities that have none of the attributes") {
        FakeDaemon daemon;
        const Reply all = daemon.ask({{"operation", "QUERY"}}, names({"port"}));
        CHECK(results(all) == List{List{"5670"}, List{"5671"}, List{"5672"}});
        const Reply page =
            daemon.ask({{"operation", "QUERY"}, {"offset", 1}, {"count", 1}}, names({"port"}));
        CHECK(results(page) == List{Value{List{"5671"}}});
    }

    TEST_CASE("a query of an abstract type answers all that extend it") {
        FakeDaemon daemon;
        const Reply reply = daemon.ask(
            {{"operation", "QUERY"}, {"entityType", "operationalEntity"}}, names({"identity"}));
        CHECK(results(reply) == List{List{"self"}, List{"router.node/solo"},
                                     List{"router.node/far"}, List{"7"}, List{"7"}});
    }

    TEST_CASE("clients that give the type asked for as the type addressed are understood") {
        FakeDaemon daemon;
        CHECK(results(daemon.ask({{"operation", "QUERY"}, {"type", kListener}})).size() == 3);
        CHECK(results(daemon.ask({{"operation", "QUERY"},
                                  {"type", "org.amqp.management"},
                                  {"name", "self"},
                                  {"entityType", kListener}}))
                  .size() == 3);
    }

    TEST_CASE("pages follow one another without gap or overlap and cost what a page costs") {
        Busy daemon{1200};
        std::size_t offset = 0;
        std::size_t pages = 0;
        std::vector<std::string> seen;
        while (true) {
            const Reply reply = daemon.ask({{"operation", "QUERY"},
                                            {"entityType", kLink},
                                            {"offset", static_cast<std::int32_t>(offset)},
                                            {"count", 500}},
                                           names({"identity"}));
            for (const Value& row : results(reply)) {
                seen.push_back(*list_in(row)[0].text());
            }
            ++pages;
            CHECK(reply.next_offset.has_value() == (seen.size() < 1200));
            if (results(reply).size() < 500) {
                break;
            }
            offset += 500;
        }
        CHECK(pages == 3);
        REQUIRE(seen.size() == 1200);
        CHECK(seen.front() == "0");
        CHECK(seen.back() == "1199");
        CHECK(daemon.links.visited == 1200);
    }

    TEST_CASE("a page may begin in one type and end in the next") {
        FakeDaemon daemon;
        const Reply reply =
            daemon.ask({{"operation", "QUERY"}, {"offset", 1}, {"count", 5}}, names({"identity"}));
        CHECK(results(reply) == List{List{"router/solo"}, List{"router.node/solo"},
                                     List{"router.node/far"}, List{"listener/0.0.0.0:5670:l0"},
                                     List{"listener/0.0.0.0:5671:l1"}});
        CHECK(reply.next_offset == 6);
    }

    TEST_CASE("offsets and counts of any size are harmless; negative ones are refused") {
        FakeDaemon daemon;
        const auto query = [&](Value offset, Value count) {
            return daemon.ask({{"operation", "QUERY"},
                               {"entityType", kListener},
                               {"offset", std::move(offset)},
                               {"count", std::move(count)}});
        };
        const auto huge = std::numeric_limits<std::int64_t>::max();
        CHECK(results(query(0, huge)).size() == 3);
        CHECK(results(query(huge, huge)).empty());
        CHECK(query(huge, 1).status == Status::ok);
        CHECK(results(query(3, 1)).empty());
        CHECK(results(query("1", "1")).size() == 1);
        CHECK(results(query(Value{}, 0)).size() == 3);
        CHECK(query(-1, 1).status == Status::bad_request);
        CHECK(query(0, -5).status == Status::bad_request);
        CHECK(query(std::numeric_limits<std::uint64_t>::max(), 1).status == Status::bad_request);
    }

    TEST_CASE("one answer holds kRowsMax rows and says where the next begins") {
        Busy daemon{kRowsMax + 1};
        const Reply reply =
            daemon.ask({{"operation", "QUERY"}, {"entityType", kLink}}, names({"identity"}));
        CHECK(reply.status == Status::ok);
        CHECK(results(reply).size() == kRowsMax);
        CHECK(reply.description.ends_with("ask on with offset=10000"));
        CHECK(reply.next_offset == kRowsMax);
    }

    TEST_CASE("wide answers hold fewer rows, but more than the pages clients ask for") {
        Busy daemon{kRowsMax};
        const Reply reply = daemon.ask({{"operation", "QUERY"}}, names({}));
        const std::size_t columns = list_in(at(reply.body, "attributeNames")).size();
        CHECK(results(reply).size() * columns <= kCellsMax);
        CHECK(results(reply).size() > 500);
    }

    TEST_CASE("an answer is bounded by bytes too, and says where the next begins") {
        Busy daemon{100};
        for (auto& row : daemon.links.rows) {
            row.name = std::string(1024 * 1024, 'x');
        }
        const Reply reply =
            daemon.ask({{"operation", "QUERY"}, {"entityType", kLink}}, names({"name"}));
        CHECK(reply.status == Status::ok);
        CHECK(results(reply).size() == kPageBytesMax / (1024 * 1024));
        CHECK(reply.next_offset == results(reply).size());
        const Reply last = daemon.ask(
            {{"operation", "QUERY"}, {"entityType", kLink}, {"offset", 90}}, names({"name"}));
        CHECK(results(last).size() == 10);
        CHECK_FALSE(last.next_offset);
    }

    TEST_CASE("attribute names that are no list of strings, or too many, are refused") {
        FakeDaemon daemon;
        const auto status = [&](Value given) {
            return daemon
                .ask({{"operation", "QUERY"}, {"entityType", kLink}},
                     Map{{"attributeNames", std::move(given)}})
                .status;
        };
        CHECK(status("name") == Status::bad_request);
        CHECK(status(List{"name", 5}) == Status::bad_request);
        CHECK(status(List(kColumnsMax + 1, "name")) == Status::bad_request);
        CHECK(status(List(kColumnsMax, "name")) == Status::ok);
        CHECK(status(wire::Array{{wire::Symbol{"name"}}}) == Status::ok);
        CHECK(status(Value{}) == Status::ok);
    }
}

}  // namespace weft::mgmt::test

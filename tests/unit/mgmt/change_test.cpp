#include "common/mgmt/change.hpp"

#include "tests/unit/mgmt/fake_daemon.hpp"

#include <doctest/doctest.h>

#include <utility>
#include <vector>

namespace weft::mgmt::test {
namespace {

using wire::Map;
using wire::Value;

struct Watched : FakeDaemon {
    Watched() {
        agent.tell_changes([this](const Change& change) { told.push_back(change); });
    }
    Reply run(Map properties, Value body = {}) {
        Reply reply;
        const Request request{.properties = std::move(properties),
                              .body = std::move(body),
                              .who = {.user = "ann", .host = "192.0.2.7:1", .via = "HTTP"}};
        CHECK(agent.run([&] { reply = agent.handle(request); }, [] {}));
        return reply;
    }
    std::vector<Change> told;
};

}  // namespace

TEST_SUITE("Agent: account of changes") {
    TEST_CASE("who made something is told, with what he gave") {
        Watched daemon;
        daemon.run({{"operation", "CREATE"}, {"type", kListener}, {"name", "foo"}},
                   Map{{"port", "5672"}, {"host", "h"}});
        REQUIRE(daemon.told.size() == 1);
        const Change& change = daemon.told.front();
        CHECK(change.operation == "CREATE");
        CHECK(change.type == "listener");
        CHECK(change.entity == "foo");
        CHECK(change.who.user == "ann");
        CHECK(change.before.is_null());
        CHECK(at(change.after, "port") == Value{"5672"});
        CHECK(succeeded(change.status));
    }

    TEST_CASE("a change tells what was before and after, of what changed") {
        Watched daemon;
        daemon.run({{"operation", "UPDATE"}, {"type", "log"}, {"identity", "log/DEFAULT"}},
                   Map{{"enable", "debug+"}, {"includeSource", false}});
        REQUIRE(daemon.told.size() == 1);
        CHECK(daemon.told.front().before == Value{Map{{"enable", "info+"}}});
        CHECK(daemon.told.front().after == Value{Map{{"enable", "debug+"}}});
        CHECK(daemon.told.front().entity == "log/DEFAULT");
    }

    TEST_CASE("what was deleted is told as it was") {
        Watched daemon;
        daemon.run({{"operation", "DELETE"}, {"type", kListener}, {"name", "l1"}});
        REQUIRE(daemon.told.size() == 1);
        CHECK(at(daemon.told.front().before, "port") == Value{"5671"});
        CHECK(daemon.told.front().after.is_null());
        CHECK(daemon.told.front().entity == "l1");
    }

    TEST_CASE("what failed is told with the reason") {
        Watched daemon;
        const Reply reply =
            daemon.run({{"operation", "DELETE"}, {"type", kListener}, {"name", "none"}});
        REQUIRE(daemon.told.size() == 1);
        CHECK(daemon.told.front().entity == "none");
        CHECK(daemon.told.front().status == reply.status);
        CHECK(daemon.told.front().text == reply.description);
        CHECK_FALSE(succeeded(reply.status));
    }

    TEST_CASE("who asks changes nothing") {
        Watched daemon;
        daemon.run({{"operation", "QUERY"}, {"entityType", kListener}});
        daemon.run({{"operation", "READ"}, {"type", kListener}, {"name", "l1"}});
        daemon.run({{"operation", "GET-TYPES"}});
        CHECK(daemon.told.empty());
        for (const char* operation : {"PEEK", "EXPLAIN", "SHOW-DRAIN", "GET-LOG"}) {
            CHECK(is_reading(operation));
        }
        for (const char* operation : {"PURGE", "UPDATE", "READY", "DRAIN"}) {
            CHECK_FALSE(is_reading(operation));
        }
    }

    TEST_CASE("secrets are masked") {
        const EntityType type{.attributes = {setting("user", Kind::string, ""),
                                             secret(setting("password", Kind::string, ""))}};
        const Row row{.identity = {},
                      .name = {},
                      .attributes = {{"user", "u"}, {"password", "p"}, {"other", 1}}};
        CHECK(settings_in(type, row) == Value{Map{{"user", "u"}, {"password", "(secret)"}}});
        CHECK(values_of(type, {{"password", "new"}}, row) == Value{Map{{"password", "(secret)"}}});
    }

    TEST_CASE("an operation's arguments are told but for whom it means") {
        CHECK(
            arguments_in({{"operation", "MOVE"}, {"type", "queue"}, {"name", "q"}, {"to", "r"}}) ==
            Value{Map{{"to", "r"}}});
        CHECK(arguments_in({{"operation", "PURGE"}, {"name", "q"}}).is_null());
    }
}

}  // namespace weft::mgmt::test

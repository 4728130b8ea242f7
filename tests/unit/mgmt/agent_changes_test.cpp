#include "common/base/conditions.hpp"
#include "tests/unit/mgmt/fake_daemon.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <utility>

namespace weft::mgmt::test {
namespace {

using wire::List;
using wire::Map;
using wire::Value;

}  // namespace

TEST_SUITE("Agent: changes") {
    TEST_CASE("creating hands over what is given, converted, and answers the whole entity") {
        FakeDaemon daemon;
        const Reply reply =
            daemon.ask({{"operation", "CREATE"}, {"type", kListener}, {"name", "foo"}},
                       Map{{"name", "foo"},
                           {"port", std::int32_t{5672}},
                           {"cost", "4"},
                           {"http", "yes"},
                           {"sslProfile", Value{}},
                           {"nosuch", Value{}}});  // null says nothing
        CHECK(reply.status == Status::created);
        CHECK(reply.description == "Created");
        CHECK(at(reply.body, "name") == Value{"foo"});
        CHECK(at(reply.body, "identity") == Value{"made/3"});
        CHECK(at(reply.body, "port") == Value{"5672"});
        CHECK(at(reply.body, "cost") == Value{std::int64_t{4}});
        CHECK(at(reply.body, "http") == Value{true});
        for (const char* not_given : {"host", "role", "sslProfile"}) {
            CHECK_FALSE(has(reply.body, not_given));
        }
        CHECK(daemon.listeners.rows.size() == 4);
    }

    TEST_CASE("the type of what is created may stand in the body alone, but never in two ways") {
        FakeDaemon daemon;
        CHECK(daemon.ask({{"operation", "CREATE"}}, Map{{"type", "listener"}, {"port", "1"}})
                  .status == Status::created);
        Reply reply =
            daemon.ask({{"operation", "CREATE"}, {"type", "connector"}}, Map{{"type", "listener"}});
        CHECK(reply.description.starts_with("Conflicting values for 'type'"));
        reply = daemon.ask({{"operation", "CREATE"}, {"type", "listener"}, {"name", "a"}},
                           Map{{"name", "b"}});
        CHECK(reply.description.starts_with("Conflicting values for 'name'"));
        CHECK(daemon.ask({{"operation", "CREATE"}}, Map{}).description.starts_with("No 'type'"));
    }

    TEST_CASE("creating refuses what can't be, and says what would be right") {
        FakeDaemon daemon;
        const auto create = [&](const char* type, Map body) {
            Reply reply = daemon.ask({{"operation", "CREATE"}, {"type", type}}, std::move(body));
            CHECK(reply.status == Status::bad_request);
            return reply.description;
        };
        CHECK(create("listener", {{"prot", "1"}}) ==
              "Unknown attribute 'prot' for '" + kListener + "'; did you mean 'port'?");
        CHECK(create("listener", {{"name", "l1"}})
                  .starts_with("Name conflicts with an existing entity"));
        CHECK(create("listener", {{"identity", "x"}})
                  .starts_with("'identity' attribute cannot be specified"));
        CHECK(create("connector", {{"connectionMsg", "x"}}) ==
              "Cannot set attribute 'connectionMsg' in CREATE");
        CHECK(create("router.config.linkRoute", {{"prefix", "a"}})
                  .starts_with("Missing required attribute 'direction'"));
        CHECK(create("router.config.linkRoute", {{"dir", "in"}, {"direction", "out"}}) ==
              "Both 'dir' and 'direction' cannot be specified for entity 'linkRoute'");
        CHECK(create("listener", {{"cost", "much"}}) ==
              "Invalid value for 'cost': \"much\"; expected an integer");
        CHECK(create("listener", {{std::uint32_t{1}, "x"}})
                  .starts_with("Attribute names must be strings"));
        CHECK(daemon.listeners.rows.size() == 3);
    }

    TEST_CASE("an old name of an attribute is understood") {
        FakeDaemon daemon;
        const Reply reply =
            daemon.ask({{"operation", "CREATE"}, {"type", "router.config.linkRoute"}},
                       Map{{"prefix", "a"}, {"dir", "in"}});
        CHECK(reply.status == Status::created);
        CHECK(at(reply.body, "direction") == Value{"in"});
        CHECK(at(reply.body, "dir") == Value{"in"});
        REQUIRE(has(reply.body, "pattern"));
        CHECK(at(reply.body, "pattern").is_null());
    }

    TEST_CASE("a source's refusal reaches the requester") {
        FakeDaemon daemon;
        daemon.listeners.refusal = Error{kInvalidField, "port 80 is taken by 'web'"};
        Reply reply =
            daemon.ask({{"operation", "CREATE"}, {"type", "listener"}}, Map{{"port", "80"}});
        CHECK(reply.status == Status::bad_request);
        CHECK(reply.description == "port 80 is taken by 'web'");
        daemon.listeners.refusal = Error{kInternalError, "disk full"};
        reply = daemon.ask({{"operation", "CREATE"}, {"type", "listener"}}, Map{{"port", "80"}});
        CHECK(reply.status == Status::internal_error);
    }

    TEST_CASE("a type that no source serves can be queried but not created") {
        FakeDaemon daemon;
        const Reply reply =
            daemon.ask({{"operation", "CREATE"}, {"type", "sslProfile"}}, Map{{"name", "tls"}});
        CHECK(reply.status == Status::not_implemented);
        CHECK(mentions(reply, "sslProfile"));
        const Reply query = daemon.ask({{"operation", "QUERY"}, {"entityType", "sslProfile"}});
        CHECK(query.status == Status::ok);
        CHECK(list_in(at(query.body, "results")).empty());
    }

    TEST_CASE("a secret is taken but never told") {
        FakeDaemon daemon;
        const Reply reply = daemon.ask({{"operation", "CREATE"}, {"type", "connector"}},
                                       Map{{"saslPassword", "hunter2"}});
        REQUIRE(reply.status == Status::created);
        CHECK_FALSE(has(reply.body, "saslPassword"));
        CHECK(*daemon.connectors.rows[0].attributes.find("saslPassword") == Value{"hunter2"});
        const Reply query = daemon.ask({{"operation", "QUERY"}, {"entityType", "connector"}},
                                       Map{{"attributeNames", List{"name", "saslPassword"}}});
        CHECK(list_in(list_in(at(query.body, "results"))[0])[1].is_null());
        const Reply wrong = daemon.ask({{"operation", "CREATE"}, {"type", "connector"}},
                                       Map{{"saslPassword", List{"hunter2"}}});
        CHECK_FALSE(mentions(wrong, "hunter2"));
    }

    TEST_CASE("an update hands the source what differs and may change, converted") {
        FakeDaemon daemon;
        const Reply reply = daemon.ask({{"operation", "UPDATE"}, {"identity", "log/DEFAULT"}},
                                       Map{{"identity", "log/DEFAULT"},
                                           {"module", "DEFAULT"},
                                           {"enable", "trace+"},
                                           {"includeSource", "no"},
                                           {"output", "stderr"}});
        CHECK(reply.status == Status::ok);
        CHECK(daemon.logs.changes.size() == 2);
        CHECK(at(reply.body, "enable") == Value{"trace+"});
        CHECK(at(reply.body, "outputFile") == Value{"stderr"});
    }

    TEST_CASE("sending back what was read changes nothing, counters that moved on included") {
        FakeDaemon daemon;
        const Map request{{"operation", "READ"}, {"type", kLink}, {"identity", "7"}};
        Map body = map_in(daemon.ask(request).body);
        daemon.links.rows[0].attributes.set("deliveryCount", std::uint64_t{99});
        Map update = request;
        update[0].second = "UPDATE";
        const Reply reply = daemon.ask(update, body);
        CHECK(reply.status == Status::ok);
        CHECK(daemon.links.updates == 0);
        CHECK(at(reply.body, "deliveryCount") == Value{std::uint64_t{99}});
    }

    TEST_CASE("a null in an update asks for the default") {
        FakeDaemon daemon;
        REQUIRE(daemon
                    .ask({{"operation", "CREATE"}, {"type", "vhost"}, {"name", "v"}},
                         Map{{"hostname", "v"}, {"maxConnections", 5}})
                    .status == Status::created);
        const Reply reply = daemon.ask({{"operation", "UPDATE"}, {"type", "vhost"}, {"name", "v"}},
                                       Map{{"maxConnections", Value{}}});
        CHECK(at(reply.body, "maxConnections") == Value{std::int64_t{65535}});
    }

    TEST_CASE("an update refuses what is fixed, unknown, or not of the right type") {
        FakeDaemon daemon;
        const auto update = [&](Map body) {
            const Reply reply =
                daemon.ask({{"operation", "UPDATE"}, {"identity", "log/DEFAULT"}}, std::move(body));
            CHECK(reply.status == Status::bad_request);
            return reply.description;
        };
        CHECK(update({{"module", "SERVER"}}).starts_with("Cannot update attribute 'module'"));
        CHECK(update({{"name", "other"}}).starts_with("Cannot update attribute 'name'"));
        CHECK(update({{"enabled", "info"}}).ends_with("did you mean 'enable'?"));
        CHECK(update({{"includeSource", "blahblah"}})
                  .starts_with("Invalid value for 'includeSource'"));
        CHECK(daemon.logs.updates == 0);
        CHECK(daemon.ask({{"operation", "UPDATE"}, {"identity", "BOGUS"}}, Map{}).status ==
              Status::not_found);
        CHECK(daemon.ask({{"operation", "UPDATE"}, {"name", "l0"}}, Map{}).status ==
              Status::not_implemented);
    }

    TEST_CASE("deleting with force says so to the source") {
        FakeDaemon daemon;
        Map request{{"operation", "DELETE"}, {"type", kListener}, {"name", "l1"}, {"force", 7}};
        CHECK(daemon.ask(request).description == "Property 'force' must be true or false");
        request.back().second = "true";
        CHECK(daemon.ask(request).status == Status::no_content);
        CHECK(daemon.listeners.forced == std::vector<std::string>{"listener/0.0.0.0:5671:l1"});
        request[2].second = "l2";
        request.back().second = false;
        CHECK(daemon.ask(request).status == Status::no_content);
        CHECK(daemon.listeners.forced.size() == 1);
        CHECK(daemon.listeners.rows.size() == 1);
    }

    TEST_CASE("deleting removes the entity and answers no content") {
        FakeDaemon daemon;
        const Map request{{"operation", "DELETE"}, {"type", kListener}, {"name", "l1"}};
        const Reply reply = daemon.ask(request);
        CHECK(reply.status == Status::no_content);
        CHECK(reply.description == "No Content");
        CHECK(reply.body == Value{Map{}});
        CHECK(daemon.listeners.rows.size() == 2);
        CHECK(daemon.ask(request).description == "No entity with name=l1");
        CHECK(daemon.ask({{"operation", "DELETE"}, {"identity", "log/DEFAULT"}}).status ==
              Status::not_implemented);
    }
}

}  // namespace weft::mgmt::test

#include "common/base/conditions.hpp"
#include "tests/unit/mgmt/fake_daemon.hpp"

#include <doctest/doctest.h>

namespace weft::mgmt::test {
namespace {

using wire::List;
using wire::Map;
using wire::Value;

bool mentions(const Reply& reply, std::string_view text) {
    return reply.description.find(text) != std::string::npos;
}

}  // namespace

TEST_SUITE("Agent") {
    TEST_CASE("a request without an operation is a bad request") {
        FakeDaemon daemon;
        const Reply reply = daemon.ask({{"type", "org.amqp.management"}});
        CHECK(reply.status == Status::bad_request);
        CHECK(mentions(reply, "No 'operation' property"));
        CHECK(reply.body == Value{Map{}});
    }

    TEST_CASE("an unknown operation isn't implemented, and the answer says what is") {
        FakeDaemon daemon;
        Reply reply = daemon.ask({{"operation", "nosuch"}, {"type", "org.amqp.management"}});
        CHECK(reply.status == Status::not_implemented);
        CHECK(mentions(reply, "QUERY"));
        reply = daemon.ask({{"operation", "nosuchop"}, {"type", kListener}, {"name", "l0"}});
        CHECK(reply.status == Status::not_implemented);
        CHECK(mentions(reply, "it has CREATE, DELETE, READ"));
        CHECK(daemon.ask({{"operation", "GET-LOG"}, {"type", "listener"}}).status ==
              Status::not_implemented);
    }

    TEST_CASE("properties of the wrong type are named") {
        FakeDaemon daemon;
        Reply reply = daemon.ask({{"operation", true}});
        CHECK(reply.status == Status::bad_request);
        CHECK(reply.description == "Property 'operation' must be a string");
        reply = daemon.ask({{"operation", "GET-LOG"}, {"limit", "many"}});
        CHECK(reply.description == "Property 'limit' must be an integer");
    }

    TEST_CASE("an entity is read by name or identity, with or without its type") {
        FakeDaemon daemon;
        const Map by_name{{"operation", "READ"}, {"type", kListener}, {"name", "l1"}};
        const Map by_identity{{"operation", "read"}, {"identity", "listener/0.0.0.0:5671:l1"}};
        for (const Map& request : {by_name, by_identity}) {
            const Reply reply = daemon.ask(request);
            CHECK(reply.status == Status::ok);
            CHECK(reply.description == "OK");
            CHECK(at(reply.body, "name") == Value{"l1"});
            CHECK(at(reply.body, "type") == Value{kListener});
            CHECK(at(reply.body, "port") == Value{"5671"});
        }
        CHECK(at(daemon.ask({{"operation", "READ"}, {"identity", "router.node/far"}}).body, "id") ==
              Value{"far"});
    }

    TEST_CASE("the name of an entity that was given none is its identity") {
        FakeDaemon daemon;
        const Reply reply = daemon.ask({{"operation", "READ"}, {"name", "log/DEFAULT"}});
        CHECK(at(reply.body, "name") == Value{"log/DEFAULT"});
        CHECK(at(reply.body, "identity") == Value{"log/DEFAULT"});
    }

    TEST_CASE("reading leaves nulls out, but keeps them where the columns are fixed") {
        FakeDaemon daemon;
        const Reply listener = daemon.ask({{"operation", "READ"}, {"name", "l0"}});
        CHECK_FALSE(has(listener.body, "sslProfile"));
        const Reply link = daemon.ask({{"operation", "READ"}, {"type", kLink}, {"identity", "7"}});
        REQUIRE(has(link.body, "peer"));
        CHECK(at(link.body, "peer").is_null());
        CHECK(at(link.body, "deliveryCount") == Value{std::uint64_t{12}});
    }

    TEST_CASE("an attribute of two names is shown under both") {
        FakeDaemon daemon;
        const Reply reply = daemon.ask({{"operation", "READ"}, {"identity", "router/solo"}});
        CHECK(at(reply.body, "blockedLinkCount") == Value{std::uint32_t{3}});
        CHECK(at(reply.body, "linksBlocked") == Value{std::uint32_t{3}});
    }

    TEST_CASE("reading what isn't there is told apart from asking for the wrong type") {
        FakeDaemon daemon;
        Reply reply = daemon.ask({{"operation", "READ"}, {"type", kListener}, {"name", "nosuch"}});
        CHECK(reply.status == Status::not_found);
        CHECK(reply.description == "No entity with name=nosuch");
        reply = daemon.ask({{"operation", "READ"}, {"type", "connector"}, {"name", "l0"}});
        CHECK(reply.status == Status::bad_request);
        CHECK(mentions(reply, "does not extend requested type"));
        reply = daemon.ask({{"operation", "READ"}, {"type", kLink}, {"identity", "8"}});
        CHECK(reply.status == Status::not_found);
        CHECK(reply.description.starts_with("Not Found"));
        reply = daemon.ask({{"operation", "READ"}, {"type", "linstener"}, {"name", "l0"}});
        CHECK(reply.status == Status::bad_request);
        CHECK(reply.description == "No such entity type 'linstener'; did you mean 'listener'?");
        reply = daemon.ask({{"operation", "READ"}, {"type", kListener}});
        CHECK(reply.description.starts_with("No name or identity provided"));
    }

    TEST_CASE("bare numbers need a type where two types use them") {
        FakeDaemon daemon;
        Reply reply = daemon.ask({{"operation", "READ"}, {"identity", "7"}});
        CHECK(reply.status == Status::bad_request);
        CHECK(mentions(reply, "say which type"));
        reply = daemon.ask({{"operation", "READ"}, {"type", "connection"}, {"identity", 7}});
        CHECK(at(reply.body, "host") == Value{"127.0.0.1:4711"});
    }

    TEST_CASE("name and identity must mean one entity") {
        FakeDaemon daemon;
        Map request{
            {"operation", "READ"}, {"identity", "listener/0.0.0.0:5671:l1"}, {"name", "l1"}};
        CHECK(daemon.ask(request).status == Status::ok);
        request.back().second = "l2";
        CHECK(daemon.ask(request).status == Status::bad_request);
    }

    TEST_CASE("a request that names nothing means the agent itself") {
        FakeDaemon daemon;
        const Reply reply = daemon.ask({{"operation", "READ"}});
        CHECK(reply.status == Status::ok);
        CHECK(at(reply.body, "identity") == Value{"self"});
        CHECK(at(reply.body, "type") == Value{"org.apache.qpid.dispatch.management"});
    }

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

    TEST_CASE("the console is out of bounds, whatever is asked of it") {
        FakeDaemon daemon;
        for (const char* operation : {"READ", "UPDATE", "DELETE", "CREATE"}) {
            CHECK(
                daemon.ask({{"operation", operation}, {"type", "console"}, {"name", "c"}}).status ==
                Status::forbidden);
        }
        CHECK(daemon.ask({{"operation", "QUERY"}, {"entityType", "console"}}).status ==
              Status::forbidden);
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

    TEST_CASE("a body that is no map is refused by the operations that read it") {
        FakeDaemon daemon;
        for (const char* operation : {"QUERY", "CREATE", "UPDATE"}) {
            const Reply reply =
                daemon.ask({{"operation", operation}, {"identity", "log/DEFAULT"}}, List{"x"});
            CHECK(reply.status == Status::bad_request);
            CHECK(reply.description == "Body of request must be a map");
        }
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

    TEST_CASE("types are listed with what they extend") {
        FakeDaemon daemon;
        const Value all = daemon.ask({{"operation", "GET-TYPES"}}).body;
        CHECK(list_in(at(all, kListener)) == List{"org.apache.qpid.dispatch.configurationEntity",
                                                  "org.apache.qpid.dispatch.entity"});
        CHECK(map_in(all).size() == daemon.agent.catalogue().types().size());
        const Value some =
            daemon.ask({{"operation", "GET-TYPES"}, {"entityType", "operationalEntity"}}).body;
        CHECK(has(some, kLink));
        CHECK_FALSE(has(some, kListener));
    }

    TEST_CASE("attributes, operations and annotations are listed by type") {
        FakeDaemon daemon;
        const Value attributes =
            daemon.ask({{"operation", "GET-ATTRIBUTES"}, {"entityType", "sslProfile"}}).body;
        REQUIRE(map_in(attributes).size() == 1);
        CHECK(list_in(at(attributes, "org.apache.qpid.dispatch.sslProfile")) ==
              List{"name", "identity", "type", "ciphers", "certFile"});
        const Value operations =
            daemon.ask({{"operation", "GET-OPERATIONS"}, {"entityType", kLink}}).body;
        CHECK(operations == Value{Map{{kLink, List{"UPDATE", "READ"}}}});
        CHECK(daemon.ask({{"operation", "GET-ANNOTATIONS"}}).body == Value{Map{}});
    }

    TEST_CASE("management nodes are those that the daemon names; a lone daemon names none") {
        FakeDaemon daemon;
        const Map request{
            {"operation", "GET-MGMT-NODES"}, {"type", "org.amqp.management"}, {"name", "self"}};
        CHECK(daemon.ask(request).body == Value{List{}});
        daemon.agent.serve_nodes([] {
            return std::vector<std::string>{"amqp:/here", "amqp:/far"};
        });
        CHECK(daemon.ask(request).body == Value{List{"amqp:/here", "amqp:/far"}});
    }

    TEST_CASE("the schema is told as a map and as JSON text") {
        FakeDaemon daemon;
        const Value schema = daemon.ask({{"operation", "GET-SCHEMA"}, {"identity", "self"}}).body;
        CHECK(at(schema, "prefix") == Value{"org.apache.qpid.dispatch"});
        const Value types = at(schema, "entityTypes");
        const Value vhost = at(at(types, "vhost"), "attributes");
        CHECK(at(at(vhost, "maxConnections"), "default") == Value{std::int64_t{65535}});
        CHECK(has(types, "linkRoute"));
        CHECK(at(at(at(at(types, "listener"), "attributes"), "role"), "type") ==
              Value{List{"normal", "inter-router", "route-container", "edge"}});
        const Value json = daemon.ask({{"operation", "GET-JSON-SCHEMA"}, {"indent", 2}}).body;
        REQUIRE(json.text() != nullptr);
        CHECK(json.text()->starts_with("{\n  \"prefix\": \"org.apache.qpid.dispatch\""));
    }

    TEST_CASE("the log is read line by line, as many as asked, at most the limit") {
        FakeDaemon daemon;
        CHECK(daemon.ask({{"operation", "GET-LOG"}}).body == Value{List{}});
        std::size_t asked = 0;
        daemon.agent.serve_log([&](std::size_t count) {
            asked = count;
            return std::vector<LogLine>{{"SERVER", "info", "ready", "main.cpp", 3, 1700000000}};
        });
        const Reply reply = daemon.ask({{"operation", "GET-LOG"}, {"limit", 5}});
        CHECK(asked == 5);
        CHECK(reply.body == Value{List{List{"SERVER", "info", "ready", "main.cpp", std::int64_t{3},
                                            std::int64_t{1700000000}}}});
        daemon.ask({{"operation", "GET-LOG"}, {"limit", std::int64_t{1} << 40}});
        CHECK(asked == Agent::kLogLinesMax);
        daemon.ask({{"operation", "GET-LOG"}, {"limit", -1}});
        CHECK(asked == Agent::kLogLinesMax);
    }

    TEST_CASE("an operation of the daemon's own is told, and answers for its type alone") {
        Catalogue catalogue = fake_catalogue();
        catalogue.add({.short_name = "oracle",
                       .description = "What has an operation of its own.",
                       .operations = {"EXPLAIN"}},
                      "operationalEntity");
        Agent agent(std::move(catalogue));
        const Map request{{"operation", "explain"}, {"type", "oracle"}, {"address", "q"}};
        CHECK(agent.handle({.properties = request, .body = {}}).status == Status::not_implemented);
        agent.serve_operation("oracle", "EXPLAIN", [](const Map& properties) -> Result<Value> {
            const Value* address = wire::find(properties, "address");
            if (address == nullptr) {
                return fail(kInvalidField, "which address?");
            }
            return *address;
        });
        Reply reply = agent.handle({.properties = request, .body = {}});
        CHECK(reply.status == Status::ok);
        CHECK(reply.body == Value{"q"});
        reply = agent.handle(
            {.properties = {{"operation", "EXPLAIN"}, {"type", "oracle"}}, .body = {}});
        CHECK(reply.status == Status::bad_request);
        CHECK(reply.description == "which address?");
        reply = agent.handle(
            {.properties = {{"operation", "EXPLAIN"}, {"type", "router.link"}}, .body = {}});
        CHECK(reply.status == Status::not_implemented);
        reply =
            agent.handle({.properties = {{"operation", "GET-OPERATIONS"}, {"entityType", "oracle"}},
                          .body = {}});
        CHECK(mentions(Reply{.description = wire::to_string(reply.body)}, "EXPLAIN"));
    }
}

}  // namespace weft::mgmt::test

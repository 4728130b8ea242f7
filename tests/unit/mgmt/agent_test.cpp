#include "common/base/conditions.hpp"
#include "tests/unit/mgmt/fake_daemon.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace weft::mgmt::test {
namespace {

using wire::List;
using wire::Map;
using wire::Value;

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

    TEST_CASE("a request that names nothing means the agent itself") {
        FakeDaemon daemon;
        const Reply reply = daemon.ask({{"operation", "READ"}});
        CHECK(reply.status == Status::ok);
        CHECK(at(reply.body, "identity") == Value{"self"});
        CHECK(at(reply.body, "type") == Value{"org.apache.qpid.dispatch.management"});
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

    TEST_CASE("a body that is no map is refused by the operations that read it") {
        FakeDaemon daemon;
        for (const char* operation : {"QUERY", "CREATE", "UPDATE"}) {
            const Reply reply =
                daemon.ask({{"operation", operation}, {"identity", "log/DEFAULT"}}, List{"x"});
            CHECK(reply.status == Status::bad_request);
            CHECK(reply.description == "Body of request must be a map");
        }
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
        CHECK(reply.body == Value{List{Value{List{"SERVER", "info", "ready", "main.cpp",
                                                  std::int64_t{3}, std::int64_t{1700000000}}}}});
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

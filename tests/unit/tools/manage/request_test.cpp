#include "tools/weft/manage/request.hpp"

#include <doctest/doctest.h>

namespace weft::tools {

TEST_SUITE("manage request") {
    TEST_CASE("standard verbs are sent in capitals, others as written") {
        CHECK(canonical_verb("get-Types") == "GET-TYPES");
        CHECK(canonical_verb("callMe") == "callMe");
    }

    TEST_CASE("CREATE sends the attributes but for type and name as the body") {
        const Request request =
            manage_request({.verb = "create",
                            .type = "listener",
                            .words = {"name=l1", "port=amqp", "cost=2", "http=true"}},
                           nullptr);
        CHECK(request.operation == "CREATE");
        CHECK(request.properties ==
              Json{{"type", "org.apache.qpid.dispatch.listener"}, {"name", "l1"}});
        CHECK(request.body == Json{{"port", "amqp"}, {"cost", 2}, {"http", true}});
    }

    TEST_CASE("what the schema knows as text is sent as text") {
        const Json schema = Json::parse(R"({"entityTypes": {
            "address":  {"attributes": {"prefix": {"type": "path"},
                                        "priority": {"type": "integer"}}},
            "listener": {"attributes": {"role": {"type": ["normal", "1"]}}}}})");
        const ManageArguments address{
            .verb = "CREATE", .type = "address", .words = {"prefix=5", "priority=5"}};
        CHECK(needs_schema(address));
        CHECK(manage_request(address, schema).body == Json{{"prefix", "5"}, {"priority", 5}});
        const ManageArguments listener{
            .verb = "CREATE", .type = "listener", .words = {"role=1", "other=1"}};
        CHECK(manage_request(listener, schema).body == Json{{"role", "1"}, {"other", 1}});
    }

    TEST_CASE("the schema is needed only where a guess could be wrong") {
        CHECK_FALSE(needs_schema({.verb = "CREATE", .type = "log", .words = {"a=b"}}));
        CHECK_FALSE(needs_schema({.verb = "foo", .type = "log", .words = {"a=1"}}));
        CHECK(needs_schema({.verb = "update", .type = "log", .words = {"a=true"}}));
    }

    TEST_CASE("READ of nothing in particular reads the agent") {
        CHECK(manage_request({.verb = "READ"}, nullptr).properties == Json{{"identity", "self"}});
    }

    TEST_CASE("node operations go to the node and may be narrowed to a type") {
        const Request request = manage_request({.verb = "get-attributes", .type = "log"}, nullptr);
        CHECK(request.properties == Json{{"type", "org.amqp.management"},
                                         {"name", "self"},
                                         {"entityType", "org.apache.qpid.dispatch.log"}});
    }

    TEST_CASE("DELETE takes properties, other standard operations do not") {
        const Json force{{"force", true}};
        CHECK(manage_request({.verb = "delete", .name = "n", .properties = force}, nullptr)
                  .properties == Json{{"name", "n"}, {"force", true}});
        CHECK_THROWS_AS(manage_request({.verb = "read", .name = "n", .properties = force}, nullptr),
                        Failure);
    }

    TEST_CASE("a custom operation takes properties and a body") {
        const Request request = manage_request({.verb = "callme",
                                                .type = "dummy",
                                                .name = "d1",
                                                .words = {"x=1"},
                                                .body = Json{1, 2},
                                                .properties = Json{{"y", "z"}}},
                                               nullptr);
        CHECK(request.operation == "callme");
        CHECK(
            request.properties ==
            Json{{"type", "org.apache.qpid.dispatch.dummy"}, {"name", "d1"}, {"y", "z"}, {"x", 1}});
        CHECK(request.body == Json{1, 2});
    }

    TEST_CASE("an entity of standard input names itself unless the flags do") {
        const Json entity{{"type", "log"}, {"name", "n"}, {"enable", "info+"}};
        const Request own = entity_request({.verb = "UPDATE"}, entity);
        CHECK(own.properties == Json{{"type", "org.apache.qpid.dispatch.log"}, {"name", "n"}});
        CHECK(own.body == Json{{"enable", "info+"}});
        const Request named = entity_request({.verb = "UPDATE", .name = "m"}, entity);
        CHECK(named.properties["name"] == "m");
    }

    TEST_CASE("what is missing or out of place is refused") {
        const auto request = [](const char* verb, std::vector<std::string> words) {
            return manage_request({.verb = verb, .words = std::move(words)}, nullptr);
        };
        CHECK_THROWS_AS(request("CREATE", {}), Failure);
        CHECK_THROWS_AS(request("UPDATE", {"enable=info"}), Failure);
        CHECK_THROWS_AS(request("DELETE", {}), Failure);
        CHECK_THROWS_AS(request("READ", {"a=b"}), Failure);
        CHECK_THROWS_AS(request("GET-TYPES", {"a"}), Failure);
        CHECK_THROWS_AS(entity_request({.verb = "CREATE"}, Json(1)), Failure);
        CHECK_THROWS_AS(manage_request({.verb = "READ", .body = Json::object()}, nullptr), Failure);
    }
}

}  // namespace weft::tools

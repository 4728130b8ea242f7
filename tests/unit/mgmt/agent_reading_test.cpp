#include "tests/unit/mgmt/fake_daemon.hpp"

#include <doctest/doctest.h>

#include <cstdint>

namespace weft::mgmt::test {
namespace {

using wire::Map;
using wire::Value;

}  // namespace

TEST_SUITE("Agent: reading") {
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
}

}  // namespace weft::mgmt::test

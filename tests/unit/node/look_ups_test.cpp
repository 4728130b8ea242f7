#include "router/node/look_ups.hpp"

#include "common/io/loop.hpp"
#include "router/node/link_routing.hpp"

#include <doctest/doctest.h>

#include <string>

namespace weft::node::test {

TEST_SUITE_BEGIN("look_ups");

namespace {

using Status = edge::LookUpReply::Status;

struct LookUpWorld {
    edge::LookUpReply ask(std::string address, bool in) const {
        return answer_to(
            {.address = std::move(address), .in = in, .reply_to = "r", .correlation = "c"}, routing,
            rules, "A");
    }

    io::Loop loop;
    LinkRouting routing{loop};
    router::AddressRules rules;
};

}  // namespace

TEST_CASE("an address without a link route is not found") {
    const LookUpWorld world;
    const auto reply = world.ask("a/b", true);
    CHECK(reply.status == Status::not_found);
    CHECK(reply.to == "r");
    CHECK(reply.correlation == wire::Value{"c"});
    CHECK_FALSE(reply.is_link_route);
    CHECK_FALSE(reply.has_destinations);
}

TEST_CASE("a link route is found in its direction, with who takes its links") {
    LookUpWorld world;
    REQUIRE(world.routing.add({.text = "a", .container = "broker"}));
    CHECK(world.ask("a/b", true).status == Status::ok);
    CHECK(world.ask("a/b", true).is_link_route);
    CHECK_FALSE(world.ask("a/b", true).has_destinations);
    CHECK(world.ask("a/b", false).status == Status::not_found);
    world.routing.opened(7, "broker", "b");
    CHECK(world.ask("amqp:/a/b", true).has_destinations);
    CHECK(world.ask("_edge/e/a/b", true).status == Status::not_found);
    world.routing.gone(7);
    CHECK_FALSE(world.ask("a/b", true).has_destinations);
}

TEST_CASE("so is one of another router") {
    LookUpWorld world;
    world.routing.set_cost(3, 1);
    world.routing.set_remote(3, "Dfar", true);
    CHECK(world.ask("far/x", false).has_destinations);
    CHECK(world.ask("far/x", true).status == Status::not_found);
}

TEST_SUITE_END();

}  // namespace weft::node::test

#include "common/wire/value.hpp"
#include "router/node/linkroute/termini.hpp"

#include <doctest/doctest.h>

namespace weft::node::test {
namespace {

Buffer properties(const char* key, const char* value) {
    Buffer out;
    wire::encode(out, wire::Map{{wire::Symbol{"other"}, 1}, {wire::Symbol{key}, value}});
    return out;
}

amqp::Attach receiver_of(const amqp::Terminus& source) {
    return {.receiver = true, .source = source, .target = amqp::Terminus{.address = "mine"}};
}

}  // namespace

TEST_SUITE_BEGIN("termini of routed links");

TEST_CASE("the address is that of the far terminus") {
    CHECK(wanted_address(receiver_of({.address = "a"})) == "a");
    CHECK(wanted_address({.source = amqp::Terminus{.address = "mine"},
                          .target = amqp::Terminus{.address = "b"}}) == "b");
    CHECK_FALSE(wanted_address({}));
    CHECK_FALSE(wanted_address(receiver_of({})));
}

TEST_CASE("of a coordinator it is a name of its own") {
    CHECK(wanted_address({.target = amqp::Terminus{.kind = amqp::Terminus::Kind::coordinator}}) ==
          "$coordinator");
}

TEST_CASE("of a dynamic node it is what its properties say") {
    const Buffer map = properties("x-opt-qd.address", "made.here");
    CHECK(wanted_address(receiver_of({.dynamic = true, .dynamic_node_properties = map})) ==
          "made.here");
    CHECK_FALSE(wanted_address(receiver_of({.dynamic = true})));
    const Buffer others = properties("x", "y");
    CHECK_FALSE(wanted_address(receiver_of({.dynamic = true, .dynamic_node_properties = others})));
}

TEST_CASE("another name is written where the address stands") {
    const auto name = [](std::string_view old) { return "x." + std::string(old); };
    std::string storage;
    amqp::Attach attach = receiver_of({.address = "a"});
    rename(attach, router::Direction::out, storage, name);
    CHECK(attach.source->address == "x.a");
    CHECK(attach.target->address == "mine");

    const Buffer map = properties("x-opt-qd.address", "a");
    attach = receiver_of({.dynamic = true, .dynamic_node_properties = map});
    rename(attach, router::Direction::out, storage, name);
    CHECK_FALSE(attach.source->address);
    CHECK(wanted_address(attach) == "x.a");
}

TEST_CASE("a terminus that lasts survives the loss of its connection") {
    CHECK_FALSE(survives(receiver_of({.address = "a"})));
    CHECK(survives(receiver_of({.expiry_policy = "never"})));
    CHECK(survives(receiver_of({.timeout_seconds = 1})));
    CHECK(survives({.target = amqp::Terminus{.expiry_policy = "never"}}));
}

TEST_SUITE_END();

}  // namespace weft::node::test

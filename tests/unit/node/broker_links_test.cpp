#include "router/node/linkroute/broker_links.hpp"

#include "common/base/conditions.hpp"

#include <doctest/doctest.h>

#include <memory>

namespace weft::node::test {
namespace {

using router::Storage;

amqp::Attach receiver_from(const amqp::Terminus& source) {
    return {.receiver = true, .source = source, .target = amqp::Terminus{.address = "mine"}};
}

void add(router::AddressRules& rules,
         std::string_view text,
         Storage::Kind kind,
         std::vector<std::string> brokers) {
    auto storage = std::make_shared<Storage>();
    storage->kind = kind;
    storage->brokers = std::move(brokers);
    storage->passes_links = text.find('#') != std::string_view::npos && !storage->brokers.empty();
    wire::encode(storage->properties,
                 wire::Map{{wire::Symbol{"weft.address"}, wire::Map{{"address", text}}}});
    REQUIRE(rules.add(
        {.name = {},
         .pattern = *router::AddressPattern::parse(router::AddressPattern::Grammar::address, text),
         .treatment = {},
         .storage = std::move(storage)}));
}

/// A queue of one broker, one of two, one of nobody in particular, and a topic.
router::AddressRules rules_with_storage() {
    router::AddressRules rules;
    add(rules, "q", Storage::Kind::queue, {"b1"});
    add(rules, "parts", Storage::Kind::queue, {"b1", "b2"});
    add(rules, "#", Storage::Kind::queue, {});
    add(rules, "t", Storage::Kind::topic, {"b1"});
    return rules;
}

Buffer filter_of(wire::Map map) {
    Buffer out;
    wire::encode(out, map);
    return out;
}

}  // namespace

TEST_SUITE_BEGIN("links to brokers");

TEST_CASE("a receiver that filters, browses or lasts wants what only a broker can do") {
    const Buffer filter = filter_of({{wire::Symbol{"x"}, "y"}});
    const Buffer none = filter_of({});
    CHECK(wish_for_broker(receiver_from({.address = "q"})).empty());
    CHECK(wish_for_broker(receiver_from({.address = "q", .filter = none})).empty());
    CHECK(wish_for_broker(receiver_from({.address = "q", .distribution_mode = "move"})).empty());
    CHECK(wish_for_broker(receiver_from({.address = "q", .filter = filter})) == "has a filter");
    CHECK(wish_for_broker(receiver_from({.address = "q", .distribution_mode = "copy"})) ==
          "browses");
    for (const amqp::Terminus& lasting :
         {amqp::Terminus{.durable = 1}, amqp::Terminus{.expiry_policy = "never"},
          amqp::Terminus{.timeout_seconds = 5}}) {
        CHECK(wish_for_broker(receiver_from(lasting)) == "is to outlast its connection");
    }
    CHECK(wish_for_broker(receiver_from({.dynamic = true, .filter = filter})).empty());
    CHECK(wish_for_broker({.source = amqp::Terminus{.filter = filter}}).empty());
}

TEST_CASE("it is routed under the broker's name; others and senders are not") {
    const router::AddressRules rules = rules_with_storage();
    const auto toward = [&](const amqp::Attach& attach, std::string_view address,
                            bool transacts = false) {
        const auto found = address_toward_broker(rules, attach, address, transacts);
        return found ? found->value_or("-") : std::string(found.error().condition);
    };
    const amqp::Attach browser = receiver_from({.distribution_mode = "copy"});
    CHECK(toward(browser, "q") == "$broker/b1/q");
    CHECK(toward(receiver_from({}), "q") == "-");
    CHECK(toward(receiver_from({}), "t") == "$broker/b1/t");
    CHECK(toward({.target = amqp::Terminus{.address = "t"}}, "t") == "-");
    CHECK(toward(browser, "parts") == kPreconditionFailed);
    CHECK(toward(receiver_from({}), "parts") == "-");
    CHECK(toward(browser, "other") == kNotImplemented);
    CHECK(toward(browser, "$broker/b1/q") == "-");
    const amqp::Attach sender{.target = amqp::Terminus{.address = "q"}};
    for (const amqp::Attach& attach : {receiver_from({}), sender}) {
        CHECK(toward(attach, "q", /*transacts=*/true) == "$broker/b1/q");
        CHECK(toward(attach, "parts", /*transacts=*/true) == kPreconditionFailed);
        CHECK(toward(attach, "other", /*transacts=*/true) == "-");
    }
}

TEST_CASE(
    "all links to the addresses of an entry with wildcards are routed under the broker's name") {
    router::AddressRules rules;
    add(rules, "#", Storage::Kind::queue, {"b1"});
    add(rules, "exact", Storage::Kind::queue, {"b1"});
    const auto toward = [&](const amqp::Attach& attach, std::string_view address) {
        return address_toward_broker(rules, attach, address, /*transacts=*/false)->value_or("-");
    };
    const amqp::Attach sender{.target = amqp::Terminus{.address = "any"}};
    for (const amqp::Attach& attach : {receiver_from({}), sender}) {
        CHECK(toward(attach, "any/one") == "$broker/b1/any/one");
        CHECK(toward(attach, "exact") == "-");
        for (const char* own : {"$management", "_weft/a", "_$temp.x", "$broker/b1/any"}) {
            CHECK(toward(attach, own) == "-");
        }
    }
    CHECK(toward({.target = amqp::Terminus{.kind = amqp::Terminus::Kind::coordinator}},
                 "$coordinator") == "-");
    CHECK(passes_links(rules, "any"));
    CHECK_FALSE(passes_links(rules, "exact"));
    CHECK_FALSE(passes_links(rules, "$management"));
}

TEST_CASE("what a peer says in the name of the router's entry does not pass") {
    const auto without = [](wire::Map properties) {
        return without_entry(filter_of(std::move(properties)));
    };
    const Buffer own = filter_of({{wire::Symbol{"own"}, "weft.addresses"}});
    CHECK(without_entry(own) == own);
    CHECK(without_entry({}).empty());
    CHECK(without({{wire::Symbol{"weft.address"}, wire::Map{{"maxBytes", 1}}}}).empty());
    CHECK(without({{"weft.address", 1}, {wire::Symbol{"own"}, "weft.addresses"}, {3, 4}}) ==
          filter_of({{wire::Symbol{"own"}, "weft.addresses"}, {3, 4}}));
}

TEST_CASE("the broker is told the entry, whatever the peer says of it") {
    const router::AddressRules rules = rules_with_storage();
    const linkroute::LinkRoute route = [] {
        static const std::string kPlace = "ib1";
        linkroute::LinkRoute made;
        made.place = &kPlace;
        return made;
    }();
    const Buffer given =
        filter_of({{wire::Symbol{"weft.address"}, "a lie"}, {wire::Symbol{"own"}, 5}});
    const auto properties = properties_toward_broker(rules, route, "q", given);
    REQUIRE(properties);
    Bytes told{*properties};
    CHECK(wire::decode(told) ==
          wire::Value{wire::Map{{wire::Symbol{"weft.address"}, wire::Map{{"address", "q"}}},
                                {wire::Symbol{"own"}, 5}}});
    for (const char* unknown : {"other", "$broker/b1/q"}) {
        const auto refused = properties_toward_broker(rules, route, unknown, {});
        REQUIRE_FALSE(refused);
        CHECK(refused.error().condition == kNotFound);
    }
    REQUIRE(properties_toward_broker(rules, route, "q", Bytes{}));
    for (const char* management : {"$management", "$replies/weft-7"}) {
        CHECK(properties_toward_broker(rules, route, management, given) ==
              filter_of({{wire::Symbol{"own"}, 5}}));
    }
}

TEST_SUITE_END();

}  // namespace weft::node::test

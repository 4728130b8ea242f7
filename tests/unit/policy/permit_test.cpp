#include "router/policy/permit.hpp"

#include "common/base/bytes.hpp"
#include "router/policy/policy.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace weft::policy {
namespace {

Permit permit_of(GroupConfig group) {
    group.name = "g";
    auto rules = Rules::compile("vhost", std::move(group), 0, {});
    REQUIRE(rules);
    return Permit{*rules, "ann"};
}

std::string_view condition(const std::optional<Refused>& refused) {
    return refused ? refused->condition : std::string_view{};
}

constexpr std::string_view kUnauthorized = "amqp:unauthorized-access";
constexpr std::string_view kTooMany = "amqp:resource-limit-exceeded";

}  // namespace

TEST_SUITE_BEGIN("Permit");

TEST_CASE("links are let in by their addresses, each way by its own") {
    const Permit permit = permit_of({.sources = {"in"}, .targets = {"out", "of-${user}"}});
    CHECK(condition(permit.refuses({.address = "in", .receives = true})).empty());
    CHECK(condition(permit.refuses({.address = "out", .receives = true})) == kUnauthorized);
    CHECK(condition(permit.refuses({.address = "out"})).empty());
    CHECK(condition(permit.refuses({.address = "of-ann"})).empty());
    CHECK(condition(permit.refuses({.address = "in"})) == kUnauthorized);
    CHECK(condition(permit.refuses({.receives = true})) == kUnauthorized);
}

TEST_CASE("an address is what a router reads of it, however it is written") {
    Permit permit = permit_of({.anonymous_sender = true,
                               .sources = {"news*", "inbox-${user}*", "orders"},
                               .targets = {"orders*"}});
    for (const char* const text : {"news:/payroll", "news://h/payroll", "news:/$management",
                                   "inbox-ann:/payroll", "news:/_local/$management"}) {
        CHECK(condition(permit.refuses({.address = text, .receives = true})) == kUnauthorized);
    }
    for (const char* const text :
         {"news", "news.eu", "/news/eu", "amqp:/news", "amqp://h/orders", "orders/"}) {
        CHECK(condition(permit.refuses({.address = text, .receives = true})).empty());
    }
    CHECK(condition(permit.refuses({.address = "orders:/$management"})) == kUnauthorized);
    CHECK(permit.refuses(router::MessageFacts{.to = "orders:/payroll"}));
    CHECK_FALSE(permit.refuses(router::MessageFacts{.to = "amqp:/orders.eu"}));
}

TEST_CASE("what has no address needs a flag: anonymous senders, dynamic sources, coordinators") {
    const Permit strict = permit_of({.sources = {"*"}, .targets = {"*"}});
    CHECK(condition(strict.refuses({})) == kUnauthorized);
    CHECK(condition(strict.refuses({.receives = true, .dynamic = true})) == kUnauthorized);
    CHECK(condition(strict.refuses({.coordinator = true})).empty());  // "*" is all names
    const Permit open = permit_of({.dynamic_source = true, .anonymous_sender = true});
    CHECK(condition(open.refuses({})).empty());
    CHECK(condition(open.refuses({.receives = true, .dynamic = true})).empty());
    CHECK(condition(open.refuses({.coordinator = true})).empty());
    CHECK(condition(permit_of({.targets = {"a"}}).refuses({.coordinator = true})) == kUnauthorized);
}

TEST_CASE("a dynamic node that link routes know by an address is let in by that, too") {
    const Permit permit = permit_of(
        {.dynamic_source = true, .anonymous_sender = true, .sources = {"in"}, .targets = {"out"}});
    CHECK(condition(permit.refuses({.routed = "in", .receives = true, .dynamic = true})).empty());
    CHECK(condition(permit.refuses({.routed = "out", .receives = true, .dynamic = true})) ==
          kUnauthorized);
    CHECK(condition(permit.refuses({.routed = "out", .dynamic = true})).empty());
    CHECK(condition(permit.refuses({.address = "out", .routed = "in", .dynamic = true})) ==
          kUnauthorized);
}

TEST_CASE("who claims to be a waypoint or a fallback is let in unless the group says no") {
    const Permit both = permit_of({.sources = {"*"}, .targets = {"*"}});
    const Permit none = permit_of(
        {.waypoint_links = false, .fallback_links = false, .sources = {"*"}, .targets = {"*"}});
    for (const bool receives : {true, false}) {
        const LinkWish waypoint{.address = "a", .receives = receives, .waypoint = true};
        const LinkWish fallback{.address = "a", .receives = receives, .fallback = true};
        CHECK_FALSE(both.refuses(waypoint));
        CHECK_FALSE(both.refuses(fallback));
        CHECK(condition(none.refuses(waypoint)) == kUnauthorized);
        CHECK(condition(none.refuses(fallback)) == kUnauthorized);
        CHECK_FALSE(none.refuses({.address = "a", .receives = receives}));
    }
}

TEST_CASE("links are counted each way, and those that go make room; 0 forbids them") {
    Permit permit =
        permit_of({.max_senders = 1, .max_receivers = 0, .sources = {"*"}, .targets = {"*"}});
    CHECK(condition(permit.refuses({.address = "a", .receives = true})) == kTooMany);
    CHECK_FALSE(permit.refuses({.address = "a"}));
    permit.attached(false);
    const auto refused = permit.refuses({.address = "a"});
    REQUIRE(condition(refused) == kTooMany);
    CHECK(refused->why == "the connection has 1 senders, and may have 1");
    permit.detached(false);
    CHECK_FALSE(permit.refuses({.address = "a"}));
    permit.detached(false);  // of one that was not counted
    permit.attached(false);
    CHECK(permit.refuses({.address = "a"}));
}

TEST_CASE("sessions are counted; 0 is as many as the listener allows") {
    Permit permit = permit_of({.max_sessions = 2});
    CHECK(permit.begin_session());
    CHECK(permit.begin_session());
    CHECK_FALSE(permit.begin_session());
    permit.end_session();
    CHECK(permit.begin_session());
    Permit any = permit_of({});
    for (int i = 0; i < 1000; ++i) {
        CHECK(any.begin_session());
    }
}

TEST_CASE("an anonymous sender's message goes where the group may send to") {
    Permit permit = permit_of({.targets = {"a", "b*"}});
    for (int round = 0; round < 2; ++round) {  // the second time from memory
        CHECK_FALSE(permit.refuses(router::MessageFacts{.to = "a"}));
        CHECK_FALSE(permit.refuses(router::MessageFacts{.to = "b/1"}));
        const auto refused = permit.refuses(router::MessageFacts{.to = "c"});
        REQUIRE(refused);
        CHECK(refused->condition == kUnauthorized);
        CHECK(refused->text == kTargetViolation);
    }
    CHECK_FALSE(permit.refuses(router::MessageFacts{.to = ""}));  // has an error of its own
    CHECK_FALSE(permit.refuses(router::MessageFacts{}));          // the link has an address
    for (std::size_t i = 0; i < 3 * Permit::kTargetsMax; ++i) {
        CHECK_FALSE(permit.refuses(router::MessageFacts{.to = "b" + std::to_string(i)}));
    }
    CHECK(permit.refuses(router::MessageFacts{.to = "c"}));
}

TEST_CASE("a message carries its user's own id or none, unless the group may speak for others") {
    Permit strict = permit_of({});
    CHECK(strict.judges_user_ids());
    CHECK_FALSE(strict.refuses(router::MessageFacts{.user_id = as_bytes("ann")}));
    CHECK_FALSE(strict.refuses(router::MessageFacts{.user_id = {}}));
    const auto refused = strict.refuses(router::MessageFacts{.user_id = as_bytes("bob")});
    REQUIRE(refused);
    CHECK(refused->condition == kUnauthorized);
    CHECK(refused->text == kUserIdViolation);
    Permit proxy = permit_of({.user_id_proxy = true});
    CHECK_FALSE(proxy.judges_user_ids());
    CHECK_FALSE(proxy.refuses(router::MessageFacts{.user_id = as_bytes("bob")}));
}

TEST_CASE("other rules hold from when they come, for targets that were known, too") {
    Permit permit = permit_of({.targets = {"a"}});
    CHECK_FALSE(permit.refuses(router::MessageFacts{.to = "a"}));
    permit.renew(*Rules::compile("vhost", {.name = "g", .targets = {"b"}}, 0, {}));
    CHECK(permit.refuses(router::MessageFacts{.to = "a"}));
    CHECK_FALSE(permit.refuses(router::MessageFacts{.to = "b"}));
}

TEST_SUITE_END();

}  // namespace weft::policy

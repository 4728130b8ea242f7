#include "mqtt-gateway/access/access_list.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace weft::mqtt_access {
namespace {

AccessList list(const std::vector<AccessRule>& rules) {
    auto made = AccessList::make(rules);
    REQUIRE(made);
    return *std::move(made);
}

std::string why(const AccessRule& rule) {
    const auto made = AccessList::make({rule});
    REQUIRE_FALSE(made);
    CHECK(made.error().condition == "amqp:invalid-field");
    return made.error().text;
}

bool covers(std::string_view allowed, std::string_view wanted) {
    return detail::covers(allowed, wanted, {.user = "ann", .client_id = "dev-7"});
}

}  // namespace

TEST_SUITE_BEGIN("AccessList");

TEST_CASE("without rules everything is allowed, with rules what they say") {
    CHECK(AccessList{}.is_open());
    CHECK(AccessList{}.may_publish({}, "a"));
    CHECK(AccessList{}.may_subscribe({}, "#"));
    const AccessList some = list({{.users = {"ann"}, .publish = {"a"}, .subscribe = {"b"}}});
    CHECK_FALSE(some.is_open());
    CHECK(some.may_publish({.user = "ann"}, "a"));
    CHECK_FALSE(some.may_publish({.user = "ann"}, "b"));
    CHECK(some.may_subscribe({.user = "ann"}, "b"));
    CHECK_FALSE(some.may_subscribe({.user = "ann"}, "a"));
    CHECK_FALSE(some.may_publish({.user = "bob"}, "a"));
}

TEST_CASE(
    "a user may what any rule allows that names it, or all; who has said no name is anonymous") {
    const AccessList some = list({{.users = {"*"}, .publish = {"news"}},
                                  {.users = {"ann", "bob"}, .publish = {"a"}},
                                  {.users = {"ann"}, .publish = {"b"}},
                                  {.users = {"anonymous"}, .publish = {"hello"}}});
    for (const char* topic : {"news", "a", "b"}) {
        CHECK(some.may_publish({.user = "ann"}, topic));
    }
    CHECK_FALSE(some.may_publish({.user = "bob"}, "b"));
    CHECK(some.may_publish({}, "news"));
    CHECK(some.may_publish({}, "hello"));
    CHECK_FALSE(some.may_publish({.user = "ann"}, "hello"));
    CHECK_FALSE(some.may_publish({.user = "*"}, "a"));
}

TEST_CASE("a topic is covered by a filter that matches it") {
    CHECK(covers("a/+/c", "a/b/c"));
    CHECK_FALSE(covers("a/+/c", "a/b"));
    CHECK_FALSE(covers("a/+", "a/b/c"));
    CHECK(covers("a/#", "a"));
    CHECK(covers("a/#", "a/b/c"));
    CHECK(covers("#", "/"));
    CHECK(covers("+/+", "/"));
    CHECK_FALSE(covers("a", "a/"));
    CHECK(covers("a//b", "a//b"));
}

TEST_CASE("a filter is covered only if all is that it asks for") {
    CHECK(covers("#", "#"));
    CHECK(covers("#", "a/+/c"));
    CHECK(covers("a/#", "a/#"));
    CHECK(covers("a/#", "a/+/c/#"));
    CHECK_FALSE(covers("a/#", "#"));
    CHECK_FALSE(covers("a/#", "+/b"));
    CHECK(covers("a/+", "a/+"));
    CHECK_FALSE(covers("a/+", "a/#"));
    CHECK_FALSE(covers("a/b", "a/+"));
    CHECK_FALSE(covers("a/+/c", "a/+/+"));
    CHECK(covers("a/+/+", "a/b/+"));
}

TEST_CASE("wildcards at the front leave out what begins with $") {
    CHECK_FALSE(covers("#", "$x/a"));
    CHECK_FALSE(covers("+/a", "$x/a"));
    CHECK(covers("$x/#", "$x/a"));
}

TEST_CASE("%u and %c are the device's names, within a level and no more") {
    CHECK(covers("t/%c/#", "t/dev-7/x"));
    CHECK(covers("t/%u-%c", "t/ann-dev-7"));
    CHECK_FALSE(covers("t/%c", "t/dev-8"));
    CHECK_FALSE(covers("t/%c", "t/%c"));
    CHECK_FALSE(covers("t/%c", "t/+"));
    CHECK(covers("100%/%x", "100%/%x"));
    const auto of = [](std::string_view id, std::string_view wanted) {
        return detail::covers("t/%c/#", wanted, {.client_id = id});
    };
    CHECK_FALSE(of("+", "t/+/x"));
    CHECK_FALSE(of("#", "t/#"));
    CHECK_FALSE(of("a/b", "t/a/b"));
    CHECK_FALSE(of("a/b", "t/a/b/c"));
    CHECK(of("%u", "t/%u"));
    CHECK_FALSE(detail::covers("t/%u", "t/", {}));
    CHECK_FALSE(detail::covers("t/x%u", "t/x", {}));
}

TEST_CASE("rules that make no sense are refused") {
    CHECK(why({.publish = {"a"}}).find("names nobody") != std::string::npos);
    CHECK(why({.users = {"a"}, .publish = {"a#"}}).find("no topic filter") != std::string::npos);
    CHECK(why({.users = {"a"}, .subscribe = {""}}).find("no topic filter") != std::string::npos);
    CHECK(why({.users = {"a"}, .subscribe = {"$share/g/a"}}).find("group") != std::string::npos);
    const std::vector<std::string> many(AccessList::kFiltersMax + 1, "a");
    CHECK(why({.users = {"a"}, .publish = many}).find("256") != std::string::npos);
    CHECK(AccessList::make({{.users = {"a"}, .publish = {many.begin(), many.end() - 1}}}));
}

TEST_SUITE_END();

}  // namespace weft::mqtt_access

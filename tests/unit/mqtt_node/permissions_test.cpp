#include "mqtt-gateway/node/permissions.hpp"

#include <doctest/doctest.h>

namespace weft::gateway {
namespace {

struct Asked {
    Asked() { device.user = "ann"; }

    io::Loop loop{};
    session::Settings settings{};
    session::Counters sessions{};
    DeviceCounters counters{};
    Device device{1, "d1", /*birth=*/1, settings, sessions};
    Permissions permissions{loop,
                            *mqtt_access::AccessList::make(
                                {{.users = {"ann"}, .publish = {"t/%c/#"}, .subscribe = {"c/%u"}}}),
                            counters};
};

}  // namespace

TEST_SUITE_BEGIN("Permissions");

TEST_CASE("what is denied is counted by what it was, and what nobody hears of once more") {
    Asked asked;
    Permissions& permissions = asked.permissions;
    CHECK(permissions.may_publish(asked.device, "t/d1/x", true));
    CHECK_FALSE(permissions.may_publish(asked.device, "t/d2/x", true));
    CHECK_FALSE(permissions.may_publish(asked.device, "t/d2/x", false));
    CHECK(asked.counters.denied_publishes == 2);
    CHECK(asked.counters.denied_drops == 1);
    CHECK(permissions.may_subscribe(asked.device, "c/ann"));
    CHECK_FALSE(permissions.may_subscribe(asked.device, "c/+"));
    CHECK(asked.counters.denied_subscriptions == 1);
}

TEST_CASE("without rules nothing is denied") {
    Asked asked;
    Permissions open{asked.loop, {}, asked.counters};
    CHECK(open.may_publish(asked.device, "any", false));
    CHECK(open.may_subscribe(asked.device, "#"));
    CHECK(open.may_have_all(asked.device, "bob"));
}

TEST_SUITE_END();

}  // namespace weft::gateway

#include "mqtt-gateway/codec/entries.hpp"

#include "tests/unit/mqtt_codec/reading.hpp"

namespace weft::mqtt {

TEST_SUITE_BEGIN("mqtt entries");

TEST_CASE("the entries of a SUBSCRIBE come one by one, with their options") {
    const Buffer packet = framed(0x82, "00 01 02 0b 07 00 01 '+' 2d 00 03 'a/#' 12");
    const auto subscribe = read_as<Subscribe>(packet, kFromClient5);
    CHECK(subscribe.properties.number(PropertyId::subscription_identifier) == 7);
    CHECK(subscribe.entries.count() == 2);
    Subscriptions entries = subscribe.entries;
    CHECK(entries.next() == Subscription{.filter = "+",
                                         .qos = Qos::at_least_once,
                                         .no_local = true,
                                         .retain_as_published = true,
                                         .retain_handling = RetainHandling::none});
    CHECK(entries.next() == Subscription{.filter = "a/#",
                                         .qos = Qos::exactly_once,
                                         .retain_handling = RetainHandling::send_if_new});
    CHECK_FALSE(entries.next());
    CHECK(subscribe.entries.count() == 2);
}

TEST_CASE("the filters of an UNSUBSCRIBE come one by one") {
    const Buffer packet = framed(0xa2, "00 01 00 01 'a' 00 0a '$share/g/b'");
    Filters entries = read_as<Unsubscribe>(packet, kFromClient311).entries;
    CHECK(entries.count() == 2);
    CHECK(entries.next() == "a");
    CHECK(entries.next() == "$share/g/b");
    CHECK_FALSE(entries.next());
}

TEST_CASE("entries are written as they are read") {
    const Subscription wanted{.filter = "$share/g/a/#",
                              .qos = Qos::exactly_once,
                              .retain_as_published = true,
                              .retain_handling = RetainHandling::send_if_new};
    Buffer memory;
    SubscriptionWriter writer{memory};
    REQUIRE(writer.add(wanted));
    REQUIRE(writer.add({.filter = "b"}));
    Subscriptions entries = writer.written();
    CHECK(entries.count() == 2);
    CHECK(entries.next() == wanted);
    CHECK(entries.next() == Subscription{.filter = "b"});
    CHECK_FALSE(entries.next());
}

TEST_CASE("a filter that is too long is not written") {
    const std::string long_filter(65'536, 'a');
    Buffer memory;
    SubscriptionWriter subscriptions{memory};
    CHECK_FALSE(subscriptions.add({.filter = long_filter}));
    FilterWriter filters{memory};
    CHECK_FALSE(filters.add(long_filter));
    CHECK(memory.empty());
    CHECK(filters.add(std::string_view{long_filter}.substr(1)));
    CHECK(filters.written().count() == 1);
}

TEST_SUITE_END();

}  // namespace weft::mqtt

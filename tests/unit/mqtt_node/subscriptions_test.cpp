#include "mqtt-gateway/node/subscriptions.hpp"

#include "common/base/conditions.hpp"
#include "common/io/loop.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace weft;
using namespace weft::gateway;
using mqtt_mapping::AddressType;
using session::SubscriptionNumber;

namespace {

class NobodyThere final : public UplinkUser {
public:
    void on_up() override {}
    void on_down() override {}
    void on_fate(PublicationId, Fate, Bytes) override {}
    void on_attached(ReceptionId) override {}
    void on_detached(ReceptionId) override {}
    void on_refused(ReceptionId, const Error&) override {}
    void on_drained(ReceptionId, bool) override {}
    void on_message(const Arrival&, Bytes) override {}
};

/// Subscriptions over an uplink whose router the test plays: its links count from 1.
struct Fixture {
    using Declared = std::vector<mqtt_mapping::DeclaredAddress>;

    Fixture()
        : Fixture{Declared{{"news", AddressType::multicast},
                           {"sport", AddressType::multicast},
                           {"jobs", AddressType::queue}}} {}
    explicit Fixture(const Declared& declared) : space{make_space(declared)} {}

    static mqtt_mapping::AddressSpace make_space(const Declared& declared) {
        auto made = mqtt_mapping::AddressSpace::make(declared, {}, {.shares_multicast = true});
        REQUIRE(made);
        return *std::move(made);
    }

    void subscribe(Device& device, std::uint32_t number, std::string_view filter) {
        subscriptions.subscribe(
            device,
            {.ticket = {.request = ++requests, .subscription = SubscriptionNumber{number}},
             .filter = filter,
             .qos = mqtt::Qos::at_least_once},
            now, answers);
    }
    /// Asks for filters of news, each of a shape of its own, until one is refused; how many it got.
    std::size_t fill_shapes(Device& device, std::size_t limit, bool was_stored = false) {
        answers.clear();
        for (std::uint32_t bits = 1; bits <= limit; ++bits) {
            subscriptions.subscribe(device,
                                    {.ticket = {.request = was_stored ? 0 : ++requests,
                                                .subscription = SubscriptionNumber{bits}},
                                     .filter = news_with_wildcards(bits),
                                     .qos = mqtt::Qos::at_least_once},
                                    now, answers);
            if (!answers.empty() && answers.back().reason == mqtt::Reason::quota_exceeded) {
                return bits - 1;
            }
        }
        return limit;
    }
    /// On ten levels, where bits are set.
    static std::string news_with_wildcards(std::uint32_t bits) {
        std::string filter = "news";
        for (unsigned level = 0; level < 10; ++level) {
            filter += ((bits >> level) & 1U) != 0 ? "/+" : "/a";
        }
        return filter + "/x";
    }
    void attach(ReceptionId link) { subscriptions.on_attached(link, answers); }
    std::vector<DeviceId> wanted(ReceptionId by, std::string_view topic) {
        std::vector<Subscriptions::Wanted> found;
        const std::string_view address = topic.substr(0, topic.find('/'));
        subscriptions.match(
            by, {.topic = topic, .address = topic.starts_with("open/") ? topic : address}, found);
        std::vector<DeviceId> ids;
        for (const Subscriptions::Wanted& each : found) {
            ids.push_back(each.device->id);
        }
        return ids;
    }

    session::Settings settings{};
    session::Counters counters{};
    io::Loop loop{};
    NobodyThere user{};
    mqtt_mapping::AddressSpace space;
    Uplink uplink{loop, user, {}};
    DeviceCounters device_counters{};
    Permissions permissions{loop, {}, device_counters};
    Subscriptions subscriptions{uplink, space, permissions};
    Subscriptions::Answers answers{};
    Device a{1, "a", /*birth=*/1, settings, counters};
    Device b{2, "b", /*birth=*/2, settings, counters};
    std::uint32_t requests = 0;
    Instant now{std::chrono::hours{1}};
};

/// Each topic is an address of its own.
struct Open : Fixture {
    Open() : Fixture{Declared{{"open/#", AddressType::multicast}}} {}
};

/// The same, and others beside them.
struct Several : Fixture {
    Several()
        : Fixture{Declared{{"open/#", AddressType::multicast},
                           {"open/own/#", AddressType::multicast},
                           {"open/kept", AddressType::topic}}} {}
};

}  // namespace

TEST_SUITE("subscriptions") {
    TEST_CASE_FIXTURE(Fixture, "devices of one address share its link, whatever their filters") {
        subscribe(a, 1, "news/+");
        subscribe(b, 1, "news/eu");
        CHECK(uplink.receptions() == 1);
        CHECK(answers.empty());
        attach(1);
        REQUIRE(answers.size() == 2);
        CHECK(answers[0].reason == mqtt::Reason::granted_qos_1);
        CHECK(wanted(1, "news/eu") == std::vector<DeviceId>{1, 2});
        CHECK(wanted(1, "news/us") == std::vector<DeviceId>{1});
        CHECK(wanted(1, "news").empty());
        subscriptions.unsubscribe(a, SubscriptionNumber{1}, answers);
        CHECK(uplink.receptions() == 1);
        subscriptions.drop(b);
        CHECK(uplink.receptions() == 0);
        CHECK(subscriptions.size() == 0);
    }

    TEST_CASE_FIXTURE(Fixture, "a filter over several addresses is granted with the last link") {
        subscribe(a, 1, "#");
        CHECK(uplink.receptions() == 2);
        attach(1);
        CHECK(answers.empty());
        attach(2);
        REQUIRE(answers.size() == 1);
        subscribe(b, 1, "news/#");
        CHECK(answers.size() == 2);  // its link stands already
    }

    TEST_CASE_FIXTURE(Fixture,
                      "each competitor has a link of its own, whose messages are its own") {
        subscribe(a, 1, "jobs");
        subscribe(b, 7, "jobs");
        CHECK(uplink.receptions() == 2);
        attach(1);
        attach(2);
        CHECK(answers.size() == 2);
        CHECK(subscriptions.owner_of(2).device == &b);
        CHECK(subscriptions.owner_of(2).number == SubscriptionNumber{7});
        CHECK(b.exclusive.size() == 1);
        subscriptions.drop(b);
        CHECK(b.exclusive.empty());
        CHECK(subscriptions.owner_of(2).device == nullptr);
    }

    TEST_CASE_FIXTURE(Fixture, "a link that is refused ends what needs it, and is told to all") {
        subscribe(a, 1, "news/+");
        subscribe(b, 1, "#");
        subscriptions.on_refused(1, {kUnauthorizedAccess, "no"}, answers);
        REQUIRE(answers.size() == 2);
        CHECK(answers[0].reason == mqtt::Reason::not_authorized);
        CHECK(answers[1].device == 2);
        CHECK(uplink.receptions() == 1);  // the uplink has forgotten nothing by itself
    }

    TEST_CASE_FIXTURE(Fixture, "a subscription that is asked for twice is answered twice") {
        subscribe(a, 1, "news/+");
        subscribe(a, 1, "news/+");
        attach(1);
        REQUIRE(answers.size() == 2);
        CHECK(answers[0].ticket.request == 1);
        CHECK(answers[1].ticket.request == 2);
        CHECK(wanted(1, "news/eu") == std::vector<DeviceId>{1});
    }

    TEST_CASE_FIXTURE(Fixture, "a subscription that ends before its link stands is answered") {
        subscribe(a, 1, "news/+");
        subscriptions.unsubscribe(a, SubscriptionNumber{1}, answers);
        REQUIRE(answers.size() == 1);
        CHECK(answers[0].reason == mqtt::Reason::granted_qos_1);
        CHECK(uplink.receptions() == 0);
    }

    TEST_CASE_FIXTURE(Fixture, "one of a group gets each message") {
        subscribe(a, 1, "$share/g/news/#");
        subscribe(b, 1, "$share/g/news/#");
        attach(1);
        const auto first = wanted(1, "news/eu");
        const auto second = wanted(1, "news/eu");
        CHECK(first.size() == 1);
        CHECK(second.size() == 1);
        CHECK(first != second);
    }

    TEST_CASE_FIXTURE(Fixture, "while its link is gone nobody new is told that it stands") {
        subscribe(a, 1, "news/+");
        attach(1);
        subscriptions.on_detached(1);
        answers.clear();
        subscribe(b, 1, "news/eu");
        subscribe(a, 1, "news/+");  // again: with other options, perhaps
        CHECK(answers.empty());
        CHECK(wanted(1, "news/us") == std::vector<DeviceId>{1});  // it has what it had
        attach(1);
        CHECK(answers.size() == 2);
        CHECK(wanted(1, "news/eu") == std::vector<DeviceId>{1, 2});
    }

    TEST_CASE_FIXTURE(Fixture, "a link that does not come is waited for, but not for ever") {
        subscribe(a, 1, "news/+");
        now += Subscriptions::kPatience / 2;
        subscribe(b, 1, "sport/+");
        subscriptions.subscribe(  // of a session that the store had
            b, {.ticket = {.subscription = SubscriptionNumber{2}}, .filter = "news/eu"}, now,
            answers);
        now += Subscriptions::kPatience / 2;
        subscriptions.end_waits(now, answers);
        REQUIRE(answers.size() == 1);
        CHECK(answers[0].device == 1);
        CHECK(answers[0].reason == mqtt::Reason::unspecified_error);
        attach(2);
        CHECK(answers.size() == 2);
        subscriptions.end_waits(now + Subscriptions::kPatience, answers);
        CHECK(answers.size() == 2);
        attach(1);
        CHECK(wanted(1, "news/eu") == std::vector<DeviceId>{2});
    }

    TEST_CASE_FIXTURE(Fixture,
                      "a device's own links share its credit, and are told of changes only") {
        subscribe(a, 1, "jobs");
        attach(1);
        CHECK(a.share == Device::kNoShare);
        subscriptions.allow(a);
        CHECK(a.share == 0);  // it is not there
        subscribe(a, 2, "$share/g/jobs");
        CHECK(a.exclusive.size() == 2);
        CHECK(a.share == Device::kNoShare);
    }

    TEST_CASE_FIXTURE(Open, "of addresses that a pattern declares each filter has a link") {
        subscribe(a, 1, "open/+/x");
        subscribe(b, 1, "open/+/x");
        subscribe(b, 2, "open/a/x");
        CHECK(uplink.receptions() == 2);
        attach(1);
        attach(2);
        CHECK(answers.size() == 3);
        CHECK(wanted(1, "open/a/x") == std::vector<DeviceId>{1, 2});
        CHECK(wanted(2, "open/a/x") == std::vector<DeviceId>{2});
        CHECK(wanted(1, "open/b/x") == std::vector<DeviceId>{1, 2});
    }

    TEST_CASE_FIXTURE(Several, "a message that several links of a filter bring goes out once") {
        subscribe(a, 1, "open/#");
        REQUIRE(uplink.receptions() == 3);  // open/#, open/kept, open/own/#
        for (ReceptionId link = 1; link <= 3; ++link) {
            attach(link);
        }
        CHECK(wanted(1, "open/x") == std::vector<DeviceId>{1});
        CHECK(wanted(1, "open/own/x") == std::vector<DeviceId>{1});
        CHECK(wanted(3, "open/own/x").empty());
        CHECK(wanted(2, "open/kept") == std::vector<DeviceId>{1});
    }

    TEST_CASE_FIXTURE(Several, "while the first link that brings it is gone, the next one counts") {
        subscribe(a, 1, "open/#");
        subscribe(b, 1, "open/own/#");
        for (ReceptionId link = 1; link <= 3; ++link) {
            attach(link);
        }
        CHECK(wanted(3, "open/own/x") == std::vector<DeviceId>{2});
        subscriptions.on_detached(1);
        CHECK(wanted(3, "open/own/x") == std::vector<DeviceId>{1, 2});
        std::vector<Subscriptions::Wanted> found;
        subscriptions.match(3, {.topic = "open/own/x", .address = "open/own/x"}, found);
        REQUIRE(found.size() == 2);
        CHECK(found[0].instead_of == 1);
        CHECK(found[1].instead_of == 0);
        attach(1);
        CHECK(wanted(3, "open/own/x") == std::vector<DeviceId>{2});
    }

    TEST_CASE_FIXTURE(Fixture, "filters have so many shapes, which bounds what a message costs") {
        subscribe(a, 9'999, "news/#");
        attach(1);
        CHECK(fill_shapes(a, 1'000) == Subscriptions::kShapesMax / 2);
        CHECK(fill_shapes(b, 1'000) == Subscriptions::kShapesMax * 3 / 4);  // those of a, and 64
        subscribe(b, 9'999, "news/b/+");                                    // of none
        CHECK(answers.back().reason == mqtt::Reason::granted_qos_1);
        const std::uint64_t before = subscriptions.steps();
        CHECK(wanted(1, "news/a/a/a/a/a/a/a/a/a/a/a") == std::vector<DeviceId>{1});
        CHECK(subscriptions.steps() - before <=
              1 + Subscriptions::kShapesMax * 13 / Subscriptions::kNodesOfStep);
        subscriptions.drop(a);
        CHECK(fill_shapes(a, 100) == 100);  // b has these
        subscriptions.drop(a);
        subscriptions.drop(b);
        CHECK(fill_shapes(b, 1'000) == Subscriptions::kShapesMax / 2);
    }

    TEST_CASE_FIXTURE(Fixture, "those that a store had are kept, whatever their shapes") {
        subscribe(b, 9'999, "news/#");
        attach(1);
        CHECK(fill_shapes(a, 1'000, /*was_stored=*/true) == 1'000);
        CHECK(subscriptions.filters() == 1'001);
        subscribe(b, 1, "news/+/other");
        CHECK(answers.back().reason == mqtt::Reason::quota_exceeded);
        subscribe(b, 2, news_with_wildcards(1'000));
        CHECK(answers.back().reason == mqtt::Reason::granted_qos_1);
    }

    TEST_CASE_FIXTURE(Fixture, "what can't be subscribed to is refused at once") {
        subscribe(a, 1, "elsewhere/#");
        subscribe(a, 2, "jobs/#");
        REQUIRE(answers.size() == 2);
        CHECK(answers[0].reason == mqtt::Reason::unspecified_error);
        CHECK(answers[1].reason == mqtt::Reason::wildcard_subscriptions_not_supported);
    }
}

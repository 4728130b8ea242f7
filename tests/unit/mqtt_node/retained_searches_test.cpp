#include "mqtt-gateway/node/retained_searches.hpp"

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

using namespace weft;
using namespace weft::gateway;
using session::SubscriptionNumber;

namespace {

struct SearchFixture {
    void retain(const std::string& topic) {
        auto kept = mqtt_mapping::KeptMessage::from(
            {.topic = topic, .payload = as_bytes(std::string_view{"x"})}, "",
            mqtt_mapping::kForever);
        REQUIRE(kept);
        retained.keep(std::make_shared<const mqtt_mapping::KeptMessage>(*std::move(kept)));
    }
    void run(std::size_t topics = 100) {
        while (!searches.is_idle()) {
            searches.step(topics);
        }
    }

    mqtt_mapping::Retained retained{{}};
    std::map<DeviceId, std::size_t> room{};  // of each device
    std::vector<std::string> given{};        // "1 a/b"
    std::vector<std::string> over{};         // devices
    bool is_there = true;
    RetainedSearches searches{
        retained,
        {.can_take = [this](DeviceId device) { return room[device] > 0; },
         .give =
             [this](DeviceId device, SubscriptionNumber, const mqtt_mapping::SharedMessage& kept) {
                 if (is_there) {
                     given.push_back(std::to_string(device) + " " +
                                     std::string{kept->publish().topic});
                     --room[device];
                 }
                 return is_there;
             },
         .over = [this](DeviceId device,
                        SubscriptionNumber) { over.push_back(std::to_string(device)); }}};
};

}  // namespace

TEST_SUITE("retained searches") {
    TEST_CASE_FIXTURE(SearchFixture, "a device gets as much as it can take, and the rest later") {
        for (const char* topic : {"a/1", "a/2", "a/3", "b/1"}) {
            retain(topic);
        }
        room[1] = 2;
        searches.add(1, SubscriptionNumber{1}, "a/#");
        run();
        CHECK(given == std::vector<std::string>{"1 a/1", "1 a/2"});
        CHECK(over.empty());
        searches.resume(1);  // it has no more room
        run();
        CHECK(given.size() == 2);
        room[1] = 10;
        searches.resume(1);
        run();
        CHECK(given == std::vector<std::string>{"1 a/1", "1 a/2", "1 a/3"});
        CHECK(over == std::vector<std::string>{"1"});
        searches.resume(1);
        CHECK(searches.is_idle());
    }

    TEST_CASE_FIXTURE(SearchFixture, "devices take turns") {
        for (int i = 0; i < 4; ++i) {
            retain("a/" + std::to_string(i));
        }
        room[1] = room[2] = 10;
        searches.add(1, SubscriptionNumber{1}, "a/+");
        searches.add(2, SubscriptionNumber{1}, "a/+");
        searches.step(2);
        searches.step(2);
        CHECK(given == std::vector<std::string>{"1 a/0", "1 a/1", "2 a/0", "2 a/1"});
        run(2);
        CHECK(given.size() == 8);
    }

    TEST_CASE_FIXTURE(SearchFixture, "a subscription has one search, which begins anew") {
        retain("a/1");
        searches.add(1, SubscriptionNumber{1}, "a/+");
        searches.add(1, SubscriptionNumber{1}, "a/+");
        room[1] = 10;
        run();
        CHECK(given.size() == 1);
        searches.add(1, SubscriptionNumber{1}, "a/+");
        run();
        CHECK(given.size() == 2);
    }

    TEST_CASE_FIXTURE(SearchFixture, "who is gone gets nothing") {
        retain("a/1");
        room[1] = 10;
        searches.add(1, SubscriptionNumber{1}, "a/+");
        searches.drop(1);
        run();
        CHECK(given.empty());
        is_there = false;
        searches.add(1, SubscriptionNumber{1}, "a/+");
        run();
        is_there = true;
        searches.resume(1);
        CHECK(searches.is_idle());
    }
}

#include "mqtt-gateway/node/retained_move.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

using namespace weft;
using namespace weft::gateway;
using mqtt_mapping::KeptMessage;
using mqtt_mapping::SharedMessage;

namespace {

using Topics = std::vector<std::string>;

SharedMessage kept_at(std::string_view topic) {
    const mqtt::Publish publish{.retain = true, .topic = topic, .payload = as_bytes(topic)};
    return std::make_shared<const KeptMessage>(
        *KeptMessage::from(publish, "d", mqtt_mapping::kForever));
}

Topics topics_of(const std::vector<SharedMessage>& messages) {
    Topics topics;
    for (const SharedMessage& message : messages) {
        topics.emplace_back(message->publish().topic);
    }
    return topics;
}

struct Moving {
    mqtt_mapping::Retained queue{{.messages_max = 10, .bytes_max = 10'000}};
    RetainedMove move{{kept_at("a"), kept_at("b"), kept_at("c")}};
};

}  // namespace

TEST_SUITE("retained move") {
    TEST_CASE_FIXTURE(Moving, "what the queue has is not sent, and no longer the store's") {
        (void)queue.keep(kept_at("b"));
        CHECK(topics_of(move.take(queue)) == Topics{"a", "c"});
        CHECK(move.over() == Topics{"a", "b", "c"});
        CHECK(move.take(queue).empty());
    }

    TEST_CASE_FIXTURE(Moving, "what devices publish anew, or clear, is theirs, before and after") {
        move.overtake("a");
        CHECK(topics_of(move.take(queue)) == Topics{"b", "c"});
        move.overtake("b");  // and the queue has nothing of it any more
        move.overtake("x");
        CHECK(move.over() == Topics{"a", "b", "c"});
    }

    TEST_CASE_FIXTURE(Moving,
                      "what the queue refuses stays in the store, unless it is published anew") {
        (void)move.take(queue);
        move.refuse("a");
        move.refuse("b");
        move.overtake("b");
        move.overtake("c");
        move.refuse("c");  // what was published
        move.refuse("x");
        CHECK(move.over() == Topics{"b", "c"});
    }
}

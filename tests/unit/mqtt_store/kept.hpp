#pragma once

#include "mqtt-gateway/store/tables.hpp"
#include "tests/unit/node/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::mqtt_store {

using mqtt_mapping::KeptMessage;
using node::test::TemporaryFolder;

inline SharedMessage message(std::string_view topic,
                             std::string_view payload = "x",
                             WallTime expires = kForever) {
    auto made = KeptMessage::from(
        {.qos = mqtt::Qos::at_least_once, .id = 1, .topic = topic, .payload = as_bytes(payload)},
        "publisher", expires);
    REQUIRE(made);
    return std::make_shared<const KeptMessage>(*std::move(made));
}

inline std::string payload_of(const SharedMessage& message) {
    return message == nullptr ? "none" : std::string{as_text(message->publish().payload)};
}

/// What must be done.
template <class T>
T done(Result<T> result) {
    if (!result) {
        FAIL(result.error().text);
    }
    if constexpr (!std::is_void_v<T>) {
        return std::move(*result);
    }
}

using Payloads = std::vector<std::string>;

inline Payloads payloads(const QueueReading& reading) {
    Payloads all;
    for (const QueuedMessage& one : reading.messages) {
        all.push_back(payload_of(one.message));
    }
    return all;
}

}  // namespace weft::mqtt_store

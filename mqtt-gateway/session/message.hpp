#pragma once

#include "common/base/bytes.hpp"
#include "common/base/time.hpp"
#include "mqtt-gateway/codec/entries.hpp"
#include "mqtt-gateway/codec/properties.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace weft::session {

/// A message on its way to devices: owned, and shared by all sessions that it goes to.
///
/// Whoever makes it writes `property_bytes` with a PropertyWriter and keeps `written()` as
/// `properties`: payload format, content type, response topic, correlation data, user properties.
/// Expiry, subscription identifiers and topic alias are not among them: they are a session's.
/// Threading: immutable once it is shared.
struct Message {
    Message() = default;
    Message(const Message&) = delete;
    Message& operator=(const Message&) = delete;

    std::string topic{};
    Buffer payload{};
    Buffer property_bytes{};
    mqtt::Properties properties{};
    mqtt::Qos qos = mqtt::Qos::at_most_once;  // of the publisher
    bool retain = false;                      // as published
    std::string publisher{};                  // client id; empty: no device
    Instant expires = kNever;

    /// About what it takes in memory.
    std::size_t bytes() const {
        return sizeof(Message) + topic.size() + payload.size() + property_bytes.size();
    }
};
/// A worker may reuse one that nobody else has (`use_count() == 1`).
using MessagePtr = std::shared_ptr<const Message>;

/// A client's will. Its properties may be those of a message, expiry among them: it begins when the
/// will is published. The delay is not among them.
struct WillMessage {
    WillMessage() = default;
    WillMessage(WillMessage&&) = default;
    WillMessage& operator=(WillMessage&&) = default;

    std::string topic{};
    Buffer payload{};
    Buffer property_bytes{};
    mqtt::Properties properties{};
    mqtt::Qos qos = mqtt::Qos::at_most_once;
    bool retain = false;
    std::uint32_t delay_seconds = 0;

    /// About what it takes in memory.
    std::size_t bytes() const {
        return sizeof(WillMessage) + topic.size() + payload.size() + property_bytes.size();
    }
};

}  // namespace weft::session

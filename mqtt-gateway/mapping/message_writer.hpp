#pragma once

#include "common/base/bytes.hpp"
#include "mqtt-gateway/codec/packets.hpp"
#include "mqtt-gateway/mapping/address_space.hpp"
#include "mqtt-gateway/mapping/wall_time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::mqtt_mapping {

/// Of a message that stands in the queue of retained messages.
struct Row {
    std::string_view key{};
    std::uint64_t epoch = 0;  // of its fence, as the following
    std::string_view owner{};
};

/// A device's PUBLISH on its way into the mesh.
struct DevicePublish {
    const mqtt::Publish& publish;  // its topic is no alias any more
    Destination to{};
    std::string_view client_id{};  // empty: left out
    std::string_view user_id{};    // the authenticated name; empty: left out
    /// The same each time that it is sent; empty: none. Of QoS 2, and of wills.
    std::string_view message_id{};
    /// When it came. Its expiry is counted from here.
    WallTime arrived = 0;
    /// When it expires, if `publish` does not say so.
    WallTime expires = kForever;
    const Row* row = nullptr;  // null: it is none
};

/// Writes what devices publish as AMQP messages. Spec: AMQP 1.0 §3.2, MQTT 5 §3.3
///
///   header      durable (QoS > 0), ttl
///   annotations names.hpp; those of a row
///   properties  message-id, user-id, to, subject, reply-to, correlation-id, content-type,
///               absolute-expiry-time
///   application-properties  the user properties, the first of each key
///   data        the payload
///
/// Allocates nothing per message once its tables have grown. Threading: not shared.
class MessageWriter {
public:
    /// More are refused: what they cost others is not bounded by what they say.
    static constexpr std::size_t kUserPropertiesMax = 1000;

    /// `space` must outlive it.
    explicit MessageWriter(const AddressSpace& space) : space_{space} {}

    /// Appends the message, or nothing. Refused: `quota exceeded` (kUserPropertiesMax), `topic name
    /// invalid` (a response topic that AddressSpace can't say).
    [[nodiscard]] std::optional<Refusal> append(Buffer& out, const DevicePublish& message);

private:
    struct UserProperty {
        std::string_view key{};
        std::string_view value{};
        bool repeats = false;  // its key was there before
    };

    [[nodiscard]] bool read_user_properties(const mqtt::Properties& properties);
    void put_annotations(Buffer& out, const DevicePublish& message) const;
    void put_properties(Buffer& out, const DevicePublish& message) const;
    void put_user_properties(Buffer& out) const;

    const AddressSpace& space_;
    std::string reply_to_;  // of the message under way, as the following
    std::vector<UserProperty> user_;
    std::vector<std::uint32_t> by_key_;  // places in user_, in the order of keys
    bool any_repeats_ = false;
};

}  // namespace weft::mqtt_mapping

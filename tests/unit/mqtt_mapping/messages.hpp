#pragma once

#include "common/wire/message.hpp"
#include "mqtt-gateway/mapping/message_reader.hpp"
#include "mqtt-gateway/mapping/message_writer.hpp"
#include "tests/unit/mqtt_mapping/spaces.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weft::mqtt_mapping {

inline constexpr WallTime kNow = 1'700'000'000'000;

using Pairs = std::vector<std::pair<std::string, std::string>>;

inline Pairs user_properties(const mqtt::Properties& properties) {
    Pairs pairs;
    for (auto all = properties.all(); const auto property = all.next();) {
        if (property->id == PropertyId::user_property) {
            pairs.emplace_back(property->name, property->text());
        }
    }
    return pairs;
}

/// The message of a PUBLISH that must be written.
inline Buffer written(MessageWriter& writer, const DevicePublish& publish) {
    Buffer out;
    const auto refusal = writer.append(out, publish);
    if (refusal) {
        FAIL(refusal->what);
    }
    return out;
}

inline wire::Message decoded(Bytes message) {
    auto read = wire::decode_message(message);
    if (!read) {
        FAIL(read.error().text);
    }
    return std::move(*read);
}

/// What a foreign client says.
struct Says {
    bool durable = false;
    std::optional<std::uint32_t> ttl{};
    wire::Map message_annotations{};
    wire::Value message_id{};
    std::optional<std::string> to{};
    std::optional<std::string> subject{};
    std::optional<std::string> reply_to{};
    wire::Value correlation_id{};
    std::optional<std::string> content_type{};
    std::optional<wire::Timestamp> absolute_expiry_time{};
    wire::Map application_properties{};
    wire::Body body{};
};

inline Buffer encoded(const Says& says) {
    wire::Message message;
    message.durable = says.durable;
    message.ttl = says.ttl;
    message.message_annotations = says.message_annotations;
    message.message_id = says.message_id;
    message.to = says.to;
    message.subject = says.subject;
    message.reply_to = says.reply_to;
    message.correlation_id = says.correlation_id;
    message.content_type = says.content_type;
    message.absolute_expiry_time = says.absolute_expiry_time;
    message.application_properties = says.application_properties;
    message.body = says.body;
    Buffer out;
    wire::encode_message(out, message);
    return out;
}

/// What must be readable.
inline MeshMessage read_from(MessageReader& reader, Bytes message, std::string_view address) {
    const auto read = reader.read(message, address, kNow);
    if (!read) {
        FAIL(name_of(read.error()));
    }
    return *read;
}

}  // namespace weft::mqtt_mapping

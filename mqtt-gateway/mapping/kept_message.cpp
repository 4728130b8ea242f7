#include "mqtt-gateway/mapping/kept_message.hpp"

#include "common/base/assert.hpp"
#include "common/wire/big_endian.hpp"
#include "mqtt-gateway/codec/decode.hpp"
#include "mqtt-gateway/codec/encode.hpp"
#include "mqtt-gateway/codec/property_writer.hpp"

#include <variant>

namespace weft::mqtt_mapping {
namespace {

constexpr std::size_t kExpiresBytes = 8;
constexpr std::size_t kHeadBytes = kExpiresBytes + 2;  // with the size of the client id
constexpr mqtt::PacketId kSomeId = 1;
constexpr mqtt::Dialect kDialect{.version = mqtt::Version::v5, .from = mqtt::Sender::client};

bool is_of_the_moment(mqtt::PropertyId id) {
    return id == mqtt::PropertyId::topic_alias || id == mqtt::PropertyId::subscription_identifier ||
           id == mqtt::PropertyId::message_expiry_interval;
}

mqtt::Properties lasting(const mqtt::Properties& properties, Buffer& out) {
    mqtt::PropertyWriter writer{out};
    for (auto all = properties.all(); const auto property = all.next();) {
        if (!is_of_the_moment(property->id)) {
            writer.copy(*property);
        }
    }
    return writer.written();
}

/// Where the packet begins; 0: it is too short for that.
std::size_t packet_at(Bytes encoded) {
    if (encoded.size() < kHeadBytes) {
        return 0;
    }
    const std::size_t at = kHeadBytes + wire::load_u16(&encoded[kExpiresBytes]);
    return at < encoded.size() ? at : 0;
}

}  // namespace

std::optional<KeptMessage> KeptMessage::from(const mqtt::Publish& publish,
                                             std::string_view client_id,
                                             WallTime expires) {
    if (client_id.size() > mqtt::kTextBytesMax) {
        return std::nullopt;
    }
    Buffer properties;
    mqtt::Publish kept = publish;
    kept.dup = false;
    kept.id = publish.qos == mqtt::Qos::at_most_once ? mqtt::PacketId{0} : kSomeId;
    kept.properties = lasting(publish.properties, properties);
    Buffer encoded(kHeadBytes);
    encoded.reserve(kHeadBytes + client_id.size() + publish.topic.size() + properties.size() +
                    publish.payload.size() + 16);
    wire::store_u64(encoded.data(), static_cast<std::uint64_t>(expires));
    wire::store_u16(&encoded[kExpiresBytes], static_cast<std::uint16_t>(client_id.size()));
    append(encoded, as_bytes(client_id));
    if (mqtt::encode(encoded, kept, {.version = mqtt::Version::v5}) != mqtt::Encoded::written) {
        return std::nullopt;
    }
    return read(std::move(encoded));
}

std::optional<KeptMessage> KeptMessage::read(Buffer encoded) {
    const std::size_t at = packet_at(encoded);
    if (at == 0) {
        return std::nullopt;
    }
    const mqtt::Packet packet = mqtt::decode(Bytes{encoded}.subspan(at), kDialect);
    const auto* const publish = std::get_if<mqtt::Publish>(&packet);
    if (publish == nullptr || publish->topic.empty()) {
        return std::nullopt;
    }
    return KeptMessage{std::move(encoded)};
}

mqtt::Publish KeptMessage::publish() const {
    const mqtt::Packet packet =
        mqtt::decode(Bytes{encoded_}.subspan(packet_at(encoded_)), kDialect);
    const auto* const publish = std::get_if<mqtt::Publish>(&packet);
    WEFT_CHECK(publish != nullptr);
    return *publish;
}

std::string_view KeptMessage::client_id() const {
    return as_text(Bytes{encoded_}.subspan(kHeadBytes, wire::load_u16(&encoded_[kExpiresBytes])));
}

WallTime KeptMessage::expires() const {
    return static_cast<WallTime>(wire::load_u64(encoded_.data()));
}

}  // namespace weft::mqtt_mapping

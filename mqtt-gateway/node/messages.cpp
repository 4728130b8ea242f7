#include "mqtt-gateway/node/messages.hpp"

#include "common/base/conditions.hpp"
#include "common/base/text.hpp"
#include "common/wire/delivery_state.hpp"
#include "mqtt-gateway/codec/property_writer.hpp"

#include <chrono>
#include <memory>

namespace weft::gateway {
namespace {

using mqtt::PropertyId;

/// Those that are a message's, whoever gets it.
bool is_own(PropertyId id) {
    return id != PropertyId::topic_alias && id != PropertyId::subscription_identifier &&
           id != PropertyId::message_expiry_interval && id != PropertyId::will_delay_interval;
}

void copy_properties(const mqtt::Properties& from, session::Message& to) {
    to.property_bytes.reserve(from.encoded().size());
    mqtt::PropertyWriter writer{to.property_bytes};
    for (mqtt::Properties::Cursor all = from.all(); const auto property = all.next();) {
        if (is_own(property->id)) {
            writer.copy(*property);
        }
    }
    to.properties = writer.written();
}

/// A packet of QoS 1 or 2 has an identifier, whatever it is.
constexpr mqtt::PacketId kAnyId = 1;

/// modified, undeliverable-here. Spec: AMQP 1.0 §3.4.5
Buffer undeliverable_here() {
    Buffer state;
    wire::Writer writer{state};
    const auto fields =
        writer.begin_described_list(static_cast<std::uint64_t>(wire::Outcome::modified));
    writer.boolean(false);  // delivery-failed
    writer.boolean(true);
    writer.end_shortest(fields);
    return state;
}

}  // namespace

Moment Moment::at(Instant now) {
    using std::chrono::milliseconds;
    const auto wall = std::chrono::system_clock::now().time_since_epoch();
    return {.now = now, .wall = std::chrono::duration_cast<milliseconds>(wall).count()};
}

Instant Moment::instant_of(mqtt_mapping::WallTime time) const {
    // What is far away is never: the difference must fit.
    constexpr mqtt_mapping::WallTime kFar = mqtt_mapping::WallTime{1} << 42;
    if (time == mqtt_mapping::kForever || time > wall + kFar) {
        return kNever;
    }
    return now + std::chrono::milliseconds{time - wall};
}

session::MessagePtr message_of(const mqtt_mapping::MeshMessage& from, const Moment& moment) {
    auto message = std::make_shared<session::Message>();
    message->topic = from.topic;
    message->payload.assign(from.payload.begin(), from.payload.end());
    copy_properties(from.properties, *message);
    message->qos = from.qos;
    message->retain = from.retain;
    message->publisher = from.client_id;
    message->expires = moment.instant_of(from.expires);
    return message;
}

session::MessagePtr message_of(const mqtt_mapping::KeptMessage& kept, const Moment& moment) {
    const mqtt::Publish publish = kept.publish();
    auto message = std::make_shared<session::Message>();
    message->topic = publish.topic;
    message->payload.assign(publish.payload.begin(), publish.payload.end());
    copy_properties(publish.properties, *message);
    message->qos = publish.qos;
    message->retain = publish.retain;
    message->publisher = kept.client_id();
    message->expires = moment.instant_of(kept.expires());
    return message;
}

mqtt_mapping::SharedMessage kept_of(const mqtt_mapping::MeshMessage& message) {
    const mqtt::Publish packet{
        .qos = message.qos,
        .retain = message.retain,
        .id = message.qos == mqtt::Qos::at_most_once ? mqtt::PacketId{0} : kAnyId,
        .topic = message.topic,
        .properties = message.properties,
        .payload = message.payload};
    auto kept = mqtt_mapping::KeptMessage::from(packet, message.client_id, message.expires);
    return kept ? std::make_shared<const mqtt_mapping::KeptMessage>(*std::move(kept)) : nullptr;
}

mqtt::Publish packet_of(const session::Publish& publish) {
    return {.qos = publish.qos,
            .retain = publish.retain,
            .id = publish.qos == mqtt::Qos::at_most_once ? mqtt::PacketId{0} : kAnyId,
            .topic = publish.topic,
            .properties = publish.properties,
            .payload = publish.payload};
}

mqtt::Publish packet_of(const session::WillMessage& will) {
    return {.qos = will.qos,
            .retain = will.retain,
            .id = will.qos == mqtt::Qos::at_most_once ? mqtt::PacketId{0} : kAnyId,
            .topic = will.topic,
            .properties = will.properties,
            .payload = will.payload};
}

std::string message_id_of(std::uint64_t birth, std::uint64_t first, std::string_view last) {
    std::string id;
    for (int shift = 56; shift >= 0; shift -= 8) {
        append_hex(id, static_cast<std::uint8_t>(birth >> shift));
    }
    return id.append("/").append(std::to_string(first)).append("/").append(last);
}

Bytes state_of(session::Settlement settlement) {
    // The device refused it, and says no more: nor is there more to say.
    static const Buffer kRejected =
        wire::rejected(kNotAllowed, "the device refused the message, or can't take it");
    static const Buffer kUnwanted = undeliverable_here();
    switch (settlement) {
        case session::Settlement::accepted:
            return wire::kAccepted;
        case session::Settlement::rejected:
            return kRejected;
        case session::Settlement::released:
            return wire::kReleased;
        case session::Settlement::unwanted:
            return kUnwanted;
    }
    return wire::kReleased;
}

}  // namespace weft::gateway

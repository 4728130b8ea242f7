#include "tests/fuzz/device_bed.hpp"

#include "common/base/assert.hpp"
#include "mqtt-gateway/codec/decode.hpp"
#include "mqtt-gateway/codec/encode.hpp"
#include "mqtt-gateway/codec/property_writer.hpp"

#include <algorithm>
#include <utility>

namespace weft::session {

using mqtt::PacketType;
using mqtt::Qos;
using mqtt::Reason;
using mqtt::Version;

DeviceBed::DeviceBed(Bytes script) : script_{script} {
    static constexpr Version kVersions[]{Version::v5, Version::v3_1_1, Version::v3_1};
    version_ = script_.one_of(kVersions);
    const std::uint8_t bits = script_.byte();
    settings_.receive_maximum = static_cast<std::uint16_t>(1 + (bits & 3));
    settings_.in_flight_max = static_cast<std::uint16_t>(1 + (bits >> 2 & 3));
    settings_.on_no_consumer = static_cast<NoConsumer>((bits >> 4 & 3) % 3);
    settings_.on_reject = (bits & 0x40) != 0 ? Rejected::ack : Rejected::close;
    settings_.dollar_publish = (bits & 0x80) != 0 ? DollarPublish::pass : DollarPublish::refuse;
    settings_.qos_max = static_cast<Qos>(2 - script_.below(8) % 3);
    settings_.topic_aliases_max = 2;
    settings_.packet_bytes_max = 512;
    settings_.connect_bytes_max = 512;
    settings_.subscriptions_max = 3;
    settings_.request_entries_max = 4;
    settings_.requests_max = 2;
    settings_.incoming_ids_max = 5;
    settings_.aliases_to_device_max = 2;
    settings_.queue_messages_max = 4;
    settings_.queue_bytes_max = 2048;
    settings_.all_queues_bytes_max = 4096;
}

DeviceBed::~DeviceBed() = default;

void DeviceBed::run() {
    while (!script_.empty()) {
        move();
        look();
    }
    finish();
}

void DeviceBed::move() {
    if ((!connection_ || is_over()) && script_.flag()) {
        return connect();
    }
    switch (script_.below(16)) {
        case 0:
        case 1:
            return publish();
        case 2:
        case 3:
            return acknowledge();
        case 4:
            return acknowledge_anything();
        case 5:
            return subscribe();
        case 6:
            return unsubscribe();
        case 7:
            return script_.below(4) != 0 ? ping() : script_.flag() ? disconnect() : say_anything();
        case 8:
            return answer_publish(static_cast<Taken>(script_.below(11)));
        case 9:
            return answer_subscriptions(script_.below(4) != 0);
        case 10:
            return store(asked_of_store_ -
                         std::min<StoreTicket>(asked_of_store_, script_.below(2)));
        case 11:
        case 12:
            return deliver();
        case 13:
            return pass(std::chrono::milliseconds{100} * script_.byte());
        case 14:
            return script_.flag() ? congest() : cut();
        case 15:
            return connection_ && script_.below(4) != 0 ? greet() : connect();
    }
}

// --- the client ----------------------------------------------------------------------------------

void DeviceBed::connect() {
    if (connection_ && !is_over() && script_.flag()) {
        take_over();
    }
    cut();
    const std::uint8_t bits = script_.byte();
    packet_max_ = (bits & 1) != 0 ? mqtt::kPacketBytesMax : 64;
    aliases_max_ = bits >> 1 & 3;
    window_ = settings_.in_flight_max;
    Buffer memory;
    mqtt::PropertyWriter writer{memory};
    if (packet_max_ != mqtt::kPacketBytesMax) {
        writer.number(mqtt::PropertyId::maximum_packet_size, 64);
    }
    writer.number(mqtt::PropertyId::topic_alias_maximum, static_cast<std::uint32_t>(aliases_max_));
    if ((bits & 8) != 0) {
        writer.number(mqtt::PropertyId::session_expiry_interval, 5);
    }
    if (const std::size_t takes = script_.below(4); takes != 0 && version_ == Version::v5) {
        writer.number(mqtt::PropertyId::receive_maximum, static_cast<std::uint32_t>(takes));
        window_ = std::min(window_, takes);
    }
    mqtt::Connect packet{
        .version = version_,
        .clean_start = (bits & 16) != 0,
        .keep_alive_seconds = script_.below(3) == 0 ? std::uint16_t{2} : std::uint16_t{0},
        .properties = writer.written(),
        .client_id = "d"};
    if ((bits & 32) != 0) {
        packet.will = mqtt::Will{.qos = Qos::at_most_once, .topic = "w", .payload = as_bytes("x")};
    }
    if (version_ != Version::v5) {
        packet_max_ = mqtt::kPacketBytesMax;
    }
    connection_ = std::make_unique<Connection>(settings_, counters_, 1, now_);
    write(packet);
    if ((bits & 64) == 0) {
        greet();
        greet();
        store(asked_of_store_);
    }
}

void DeviceBed::say(Bytes bytes) {
    if (connection_) {
        append(input_, bytes);
        read_on();
    }
}

void DeviceBed::say_anything() {
    knows_in_flight_ = false;
    say(script_.text());
}

template <class Packet>
void DeviceBed::write(const Packet& packet) {
    Buffer bytes;
    WEFT_CHECK(encode(bytes, packet, {.version = version_}) != mqtt::Encoded::too_large);
    say(bytes);
}

void DeviceBed::ping() {
    write(mqtt::Pingreq{});
}

void DeviceBed::publish() {
    static constexpr std::string_view kTopics[]{"a", "b/c", "$x", "", "a", "b/c", "a", "b/c"};
    static constexpr std::uint32_t kAliases[]{1, 2, 0, 3, 1, 2, 1, 2};
    const std::uint8_t bits = script_.byte();
    mqtt::Publish packet{.dup = (bits & 1) != 0,
                         .qos = static_cast<Qos>((bits >> 1 & 3) % 3),
                         .retain = (bits & 8) != 0,
                         .topic = script_.one_of(kTopics)};
    if (packet.qos != Qos::at_most_once) {
        packet.id = static_cast<mqtt::PacketId>(1 + script_.below(8));
    } else {
        packet.dup = packet.dup && script_.below(8) == 0;
    }
    Buffer memory;
    mqtt::PropertyWriter writer{memory};
    if ((bits & 48) == 48) {
        writer.number(mqtt::PropertyId::topic_alias, script_.one_of(kAliases));
    }
    packet.properties = writer.written();
    packet.payload = script_.take(script_.below(16));
    write(packet);
}

/// The oldest of what it owes.
void DeviceBed::acknowledge() {
    if (owed_.empty()) {
        return;
    }
    const auto [type, id] = owed_.front();
    owed_.erase(owed_.begin());
    const bool refuses =
        type != PacketType::pubcomp && version_ == Version::v5 && script_.below(8) == 0;
    if (type != PacketType::pubrec || refuses) {
        in_flight_.erase(id);
    }
    write(mqtt::Ack{
        .type = type, .id = id, .reason = refuses ? Reason::quota_exceeded : Reason::success});
}

void DeviceBed::acknowledge_anything() {
    static constexpr PacketType kTypes[]{PacketType::pubrel, PacketType::puback, PacketType::pubrec,
                                         PacketType::pubcomp};
    const PacketType type = script_.one_of(kTypes);
    const auto id = static_cast<mqtt::PacketId>(1 + script_.below(8));
    if (type != PacketType::pubrel) {
        in_flight_.erase(id);  // perhaps
    }
    write(mqtt::Ack{.type = type, .id = id});
}

void DeviceBed::subscribe() {
    static constexpr std::string_view kFilters[]{"a", "b/+", "#", "$share/g/a"};
    Buffer memory;
    mqtt::SubscriptionWriter writer{memory};
    for (std::size_t i = 1 + script_.below(3); i > 0; --i) {
        const std::uint8_t bits = script_.byte();
        const std::string_view filter = script_.one_of(kFilters);
        const bool can = version_ == Version::v5 && !filter.starts_with('$');
        WEFT_CHECK(writer.add({.filter = filter,
                               .qos = static_cast<Qos>((bits & 3) % 3),
                               .no_local = can && (bits & 4) != 0,
                               .retain_as_published = can && (bits & 8) != 0}));
    }
    Buffer more;
    mqtt::PropertyWriter properties{more};
    if (const std::size_t identifier = script_.below(4); identifier != 0) {
        properties.number(mqtt::PropertyId::subscription_identifier,
                          static_cast<std::uint32_t>(identifier));
    }
    write(mqtt::Subscribe{.id = static_cast<mqtt::PacketId>(1 + script_.below(3)),
                          .properties = properties.written(),
                          .entries = writer.written()});
}

void DeviceBed::unsubscribe() {
    static constexpr std::string_view kFilters[]{"a", "b/+", "#", "$share/g/a"};
    Buffer memory;
    mqtt::FilterWriter writer{memory};
    WEFT_CHECK(writer.add(script_.one_of(kFilters)));
    write(mqtt::Unsubscribe{.id = static_cast<mqtt::PacketId>(1 + script_.below(3)),
                            .entries = writer.written()});
}

void DeviceBed::disconnect() {
    Buffer memory;
    mqtt::PropertyWriter writer{memory};
    if (script_.flag()) {
        writer.number(mqtt::PropertyId::session_expiry_interval,
                      static_cast<std::uint32_t>(script_.below(8)));
    }
    write(mqtt::Disconnect{.reason = script_.flag() ? Reason::disconnect_with_will_message
                                                    : Reason::normal_disconnection,
                           .properties = writer.written()});
}

// --- what is heard -------------------------------------------------------------------------------

void DeviceBed::hear(Bytes bytes) {
    mqtt::Framer framer{mqtt::kPacketBytesMax};
    while (!bytes.empty()) {
        const Bytes packet = framer.next(bytes);
        WEFT_CHECK(!packet.empty() && packet.size() <= packet_max_);  // B1
        ++heard_;
        const mqtt::Packet read =
            mqtt::decode(packet, {.version = version_, .from = mqtt::Sender::server});
        WEFT_CHECK(!std::holds_alternative<mqtt::Fault>(read));
        if (const auto* publish = std::get_if<mqtt::Publish>(&read)) {
            hear(*publish);
        } else if (const auto* ack = std::get_if<mqtt::Ack>(&read);
                   ack != nullptr && ack->type == PacketType::pubrel) {
            owed_.emplace_back(PacketType::pubcomp, ack->id);
        }
    }
}

void DeviceBed::hear(const mqtt::Publish& publish) {
    const auto alias = publish.properties.number(mqtt::PropertyId::topic_alias);
    if (alias) {
        WEFT_CHECK(*alias <= aliases_max_ && (!publish.topic.empty() || aliases_.contains(*alias)));
        if (!publish.topic.empty()) {
            aliases_[*alias] = publish.topic;
        }
    }
    if (publish.qos == Qos::at_most_once) {
        return;
    }
    if (knows_in_flight_) {
        WEFT_CHECK(in_flight_.insert(publish.id).second || publish.dup);
        WEFT_CHECK(in_flight_.size() <= window_);
    }
    owed_.emplace_back(publish.qos == Qos::at_least_once ? PacketType::puback : PacketType::pubrec,
                       publish.id);
}

}  // namespace weft::session

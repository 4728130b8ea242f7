#pragma once

#include "common/base/bytes.hpp"
#include "mqtt-gateway/codec/entries.hpp"
#include "mqtt-gateway/codec/properties.hpp"
#include "mqtt-gateway/mapping/address_space.hpp"
#include "mqtt-gateway/mapping/wall_time.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace weft::mqtt {
class PropertyWriter;
}

namespace weft::mqtt_mapping {

struct MeshSections;  // mesh_sections.hpp

/// A message of the mesh on its way to devices. Views of the message that it was read from and of
/// the reader.
struct MeshMessage {
    std::string_view topic{};
    std::string_view address{};  // that it was sent to
    mqtt::Qos qos = mqtt::Qos::at_most_once;
    bool retain = false;
    /// Payload format indicator, content type, response topic, correlation data, user properties;
    /// what is each device's own (expiry, alias, subscription identifiers) its session adds.
    mqtt::Properties properties{};
    Bytes payload{};
    /// The device that published it; empty: it was none, or is not known. For No Local.
    std::string_view client_id{};
    /// What whoever sends it again calls it, too; empty: nobody does. It is the message-id of what
    /// a gateway says a device published.
    std::string_view name{};
    WallTime expires = kForever;
    std::uint64_t epoch = 0;  // of its fence, if it is a row
    /// Properties that MQTT can't say (too long, not UTF-8): left out.
    std::size_t left_out = 0;
};

/// Why a message is not for devices. Each is settled `rejected` and counted.
enum class Unreadable : std::uint8_t {
    malformed,      // not a message: amqp:decode-error
    no_topic,       // its address is not known: neither the link nor `to` says it
    topic_invalid,  // address and subject are no topic of MQTT
};
[[nodiscard]] std::string_view name_of(Unreadable why) noexcept;

/// Reads AMQP messages of anybody as what devices are to be told. Total: any bytes are a message or
/// Unreadable. Spec: AMQP 1.0 §3.2
///
///   payload  data sections, one after the other; a binary value; a string value (payload format
///            1); any other value, or sequences, as AMQP encodes it (`application/vnd.amqp`);
///            without a body: empty
///   QoS      the annotation, else 1 if durable, else 0
///
/// Allocates nothing per message once it has grown, but for values that must be put into words.
/// Threading: not shared.
class MessageReader {
public:
    /// Properties that are looked at; what is more is left out.
    static constexpr std::size_t kUserPropertiesMax = 1000;
    /// A message-id with more is no name: no gateway gave it.
    static constexpr std::size_t kNameBytesMax = 64;

    /// `space` must outlive it.
    explicit MessageReader(const AddressSpace& space) : space_{space} {}

    /// `address`: that of the link on which it came; one with wildcards, or none, gives way to what
    /// a router has written (kAddressAnnotation), or else to the message's `to`. `now` is when it
    /// came. What is returned holds until the next call.
    [[nodiscard]] tl::expected<MeshMessage, Unreadable> read(Bytes message,
                                                             std::string_view address,
                                                             WallTime now);
    /// A row of the queue of retained messages, which was written as one (message_writer.hpp): its
    /// subject is the path of the whole topic, whatever its address. Without a fence: malformed.
    [[nodiscard]] tl::expected<MeshMessage, Unreadable> read_row(Bytes message, WallTime now);

private:
    /// What a payload is.
    struct Form {
        bool text = false;
        bool encoded = false;  // by AMQP
    };

    MeshMessage read_rest(const MeshSections& sections, WallTime now);
    void put_payload(const MeshSections& sections, MeshMessage& to);
    void put_properties(const MeshSections& sections, MeshMessage& to);
    void put_user_properties(const MeshSections& sections,
                             mqtt::PropertyWriter& writer,
                             MeshMessage& to);

    const AddressSpace& space_;
    std::string topic_;  // of the message read last, as the following
    std::string name_;
    std::string text_;
    Buffer properties_;
    Buffer payload_;  // of several sections
    Form form_;
};

}  // namespace weft::mqtt_mapping

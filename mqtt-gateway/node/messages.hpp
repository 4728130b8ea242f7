#pragma once

#include "common/base/time.hpp"
#include "mqtt-gateway/codec/packets.hpp"
#include "mqtt-gateway/mapping/kept_message.hpp"
#include "mqtt-gateway/mapping/message_reader.hpp"
#include "mqtt-gateway/mapping/wall_time.hpp"
#include "mqtt-gateway/session/actions.hpp"
#include "mqtt-gateway/session/message.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// One message in the words of each room that has it. Threading: any thread (no state).
namespace weft::gateway {

/// What the system's clock and the loop's say of the same moment.
struct Moment {
    Instant now{};
    mqtt_mapping::WallTime wall = 0;

    /// `now` is the loop's.
    static Moment at(Instant now);
    Instant instant_of(mqtt_mapping::WallTime time) const;
};

/// What came from the mesh, for devices.
session::MessagePtr message_of(const mqtt_mapping::MeshMessage& message, const Moment& moment);
/// What was kept for its topic, or for a device.
session::MessagePtr message_of(const mqtt_mapping::KeptMessage& kept, const Moment& moment);

/// What came from the mesh, to be kept; null: it is no packet.
mqtt_mapping::SharedMessage kept_of(const mqtt_mapping::MeshMessage& message);

/// A publish of a session, and a will, as the packet that says it.
mqtt::Publish packet_of(const session::Publish& publish);
mqtt::Publish packet_of(const session::WillMessage& will);

/// What the mesh is told of a message that it gave to a device.
Bytes state_of(session::Settlement settlement);

/// The message-id of what a session publishes, which the mesh knows it by however often it is sent:
/// BIRTH/FIRST/LAST, the birth as 16 hex digits. At most 43 bytes, whatever its client calls
/// itself.
std::string message_id_of(std::uint64_t birth, std::uint64_t first, std::string_view last);

}  // namespace weft::gateway

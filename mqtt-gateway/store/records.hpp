#pragma once

#include "mqtt-gateway/codec/entries.hpp"
#include "mqtt-gateway/mapping/kept_message.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What the store has of each session. Threading: not shared (values).
namespace weft::mqtt_store {

using mqtt_mapping::kForever;
using mqtt_mapping::SharedMessage;
using mqtt_mapping::WallTime;

/// A session of one store; never used twice.
enum class SessionNumber : std::uint64_t {};
/// A will that its session has no more, and that the mesh may not have; never used twice; 0: none.
enum class WillNumber : std::uint64_t {};
/// A message in a session's queue; they rise, and are never used twice in a session.
using EntryNumber = std::uint64_t;

/// A will that has not gone.
struct StoredWill {
    SharedMessage message{};
    std::uint32_t delay_seconds = 0;
    WallTime due = kForever;  // kForever: the device is connected
};

/// What changes rarely of a session.
struct SessionRow {
    std::string client_id{};
    std::uint64_t birth = 0;  // as session::Session has it
    std::uint64_t epoch = 0;  // one more each time that somebody takes it
    std::uint32_t expiry_seconds = 0;
    WallTime expires = kForever;  // kForever: the device is connected, or it never does
    std::optional<StoredWill> will{};
    std::uint64_t serial_base = 0;  // of packet identifiers without a row
};

/// A packet identifier of the device. Which use of it, of QoS 2, is under way, or comes next.
struct IncomingId {
    mqtt::PacketId packet = 0;
    std::uint64_t serial = 0;
    bool taken = false;  // the mesh has its message, and no PUBREL came

    bool operator==(const IncomingId&) const = default;
};

struct StoredSubscription {
    std::string filter{};
    std::uint32_t identifier = 0;  // 0: none
    mqtt::Qos qos = mqtt::Qos::at_most_once;
    bool no_local = false;
    bool retain_as_published = false;
    mqtt::RetainHandling retain_handling = mqtt::RetainHandling::send;
    bool retained_due = false;  // the device may not have all retained messages that it is to get

    bool operator==(const StoredSubscription&) const = default;
};

/// A packet identifier that the device may know, of a QoS 2 message to it.
struct OutgoingId {
    mqtt::PacketId packet = 0;
    bool held = false;      // else it is free
    EntryNumber entry = 0;  // of its message in the session's queue, which goes; 0: it is in none
};

/// A message of a session's queue.
struct QueuedMessage {
    EntryNumber number = 0;
    /// Not 0: an older version sent it, or would have, under this identifier; else its number
    /// gives one.
    mqtt::PacketId packet = 0;
    SharedMessage message{};
};

/// A message that stands in several queues, and once on disk; never used twice; 0: each has its
/// own.
enum class BodyNumber : std::uint64_t {};

/// How much a session's queue has.
struct QueueSize {
    std::size_t messages = 0;
    std::size_t bytes = 0;

    bool operator==(const QueueSize&) const = default;
};

/// A session that the store has.
struct KnownSession {
    SessionNumber number{};
    SessionRow row{};
    std::vector<StoredSubscription> subscriptions{};
    std::vector<IncomingId> incoming{};
    std::vector<mqtt::PacketId> outgoing{};  // that are held
    QueueSize queued{};
    EntryNumber last = 0;  // the youngest of its queue that there is, or that expired; 0: none
};

/// A will that was fired, and of which nobody knows whether the mesh has it.
struct FiredWill {
    std::string message_id{};  // the same each time that it is published
    SharedMessage message{};
};
struct KnownWill {
    WillNumber number{};
    FiredWill will{};
};

/// A message that came and may come again, as mqtt_mapping::Seen calls it.
struct SeenName {
    std::uint64_t number = 0;
    std::string key{};

    bool operator==(const SeenName&) const = default;
};

/// Part of a queue, in the order of numbers.
struct QueueReading {
    std::vector<QueuedMessage> messages{};
    bool complete = true;  // no more are behind these
};

}  // namespace weft::mqtt_store

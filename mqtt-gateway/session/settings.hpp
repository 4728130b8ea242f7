#pragma once

#include "common/base/time.hpp"
#include "mqtt-gateway/codec/entries.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace weft::session {

/// "For ever", as MQTT 5 writes it.
inline constexpr std::uint32_t kNeverExpires = 0xffff'ffff;

/// Packet ids to a device up to it are given by its session; those above by whoever has a message
/// on disk. So neither takes one that the other has use for.
inline constexpr std::uint16_t kGivenIdMax = 0x7fff;

/// A publish that nobody takes just now: an anycast or queue address without consumer or credit.
enum class NoConsumer : std::uint8_t {
    hold,   // tried again until `publish_timeout`, then as `close`
    close,  // MQTT 5: 0x97, and the client stays; before: closed without PUBACK, so that it resends
    ack,    // acknowledged (MQTT 5: 0x10), dropped and counted
};

/// A publish that the mesh refused. MQTT 5 says why and goes on; older versions can't.
/// Spec: MQTT 3.1.1 [MQTT-3.3.5-2]
enum class Rejected : std::uint8_t { close, ack };

/// A publish to a topic that begins with `$`.
enum class DollarPublish : std::uint8_t {
    refuse,  // MQTT 5: 0x90; before: acknowledged, dropped and counted
    close,   // MQTT 5: 0x90; before: closed
    pass,    // an ordinary topic
};

/// A refused subscription of MQTT 3.1, whose SUBACK has no failure.
enum class FailedSubscribe : std::uint8_t {
    close,
    code,  // 0x80, as in MQTT 3.1.1
};

/// What an administrator decides about devices. Threading: not shared (a value).
struct Settings {
    // --- what clients are told they may do (MQTT 5: CONNACK) -----------------------------------
    mqtt::Qos qos_max = mqtt::Qos::exactly_once;
    bool retain_available = true;
    bool wildcards_available = true;
    bool shared_available = true;
    bool subscription_identifiers_available = true;
    std::uint16_t receive_maximum = 20;        // publishes of a client that are not done; not 0
    std::uint16_t topic_aliases_max = 16;      // that a client may make; 0: none
    std::uint32_t packet_bytes_max = 1 << 20;  // of a client, once it is connected
    std::string response_information{};        // to clients that ask; empty: none
    std::string server_reference{};            // goes with 0x9C and 0x9D; empty: none

    // --- keep alive, sessions ------------------------------------------------------------------
    std::uint16_t keep_alive_default = 0;  // seconds, for clients that say 0; 0: they need none
    std::uint16_t keep_alive_max = 0;      // seconds, MQTT 5 (Server Keep Alive); 0: any
    std::uint32_t session_expiry_max = kNeverExpires;  // seconds
    std::uint32_t session_expiry_old = 7 * 24 * 3600;  // seconds: MQTT 3.1, 3.1.1, not clean

    // --- what the mesh refuses -----------------------------------------------------------------
    Duration publish_timeout = std::chrono::seconds{10};
    NoConsumer on_no_consumer = NoConsumer::hold;
    Rejected on_reject = Rejected::close;
    DollarPublish dollar_publish = DollarPublish::refuse;
    FailedSubscribe failed_subscribe = FailedSubscribe::close;

    // --- what bounds memory --------------------------------------------------------------------
    Duration connect_timeout = std::chrono::seconds{10};  // until CONNECT is there as a whole
    std::uint32_t connect_bytes_max = 256 * 1024;         // of a CONNECT, its will among them
    std::size_t name_bytes_max = 1024;     // of a client id, a user name: they go with each message
    std::size_t subscriptions_max = 1000;  // of a session
    std::size_t subscription_levels_max = 10'000;  // of all their filters: a level costs a node
    std::size_t request_entries_max = 2000;        // of a SUBSCRIBE that are looked at
    std::size_t requests_max = 16;             // SUBSCRIBE, UNSUBSCRIBE unanswered; then no reading
    std::size_t incoming_ids_max = 10'000;     // QoS 2 without PUBREL, of older clients
    std::uint16_t in_flight_max = 100;         // QoS 1 and 2 to a device; 1 to kGivenIdMax
    std::uint16_t aliases_to_device_max = 16;  // topics for which we make an alias
    std::size_t queue_messages_max = 1000;     // of a session, that wait for their turn
    std::size_t queue_bytes_max = 1 << 20;     // of these, and of those in flight
    std::size_t all_queues_bytes_max = 256U << 20;  // of all sessions with the same Counters
    std::size_t all_wills_bytes_max = 256U << 20;   // of these, too, until the mesh has them
};

/// Up to so many bytes, or a thousandth of what all may have, wait for a device that is there
/// whatever others have.
inline constexpr std::size_t kMomentBytes = std::size_t{16} * 1024;

/// First pause before a publish is tried again; each further one doubles, to the last.
inline constexpr Duration kRetryFirst = std::chrono::milliseconds{50};
inline constexpr Duration kRetryMax = std::chrono::seconds{2};

}  // namespace weft::session

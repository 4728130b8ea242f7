#pragma once

#include "mqtt-gateway/codec/version.hpp"

#include <cstdint>
#include <string_view>

namespace weft::mqtt {

/// The first four bits of a packet. Spec: MQTT 5 §2.1.2
enum class PacketType : std::uint8_t {
    reserved = 0,
    connect = 1,
    connack = 2,
    publish = 3,
    puback = 4,
    pubrec = 5,
    pubrel = 6,
    pubcomp = 7,
    subscribe = 8,
    suback = 9,
    unsubscribe = 10,
    unsuback = 11,
    pingreq = 12,
    pingresp = 13,
    disconnect = 14,
    auth = 15,
};

constexpr PacketType type_of(std::uint8_t first) noexcept {
    return static_cast<PacketType>(first >> 4);
}

/// As the specification writes it: "PUBLISH".
[[nodiscard]] std::string_view name_of(PacketType type) noexcept;

/// True if `dialect` has such a packet, and lets that end send it.
[[nodiscard]] bool is_sent(PacketType type, Dialect dialect) noexcept;

/// The last four bits of the first byte of all packets but PUBLISH, whose flags mean something.
/// Spec: MQTT 5 §2.1.3
constexpr std::uint8_t flags_of(PacketType type) noexcept {
    return type == PacketType::pubrel || type == PacketType::subscribe ||
                   type == PacketType::unsubscribe
               ? 0x02
               : 0x00;
}

constexpr std::uint8_t first_byte(PacketType type) noexcept {
    return static_cast<std::uint8_t>(static_cast<unsigned>(type) << 4 | flags_of(type));
}

/// True if `first` has the flags of its type. In MQTT 3.1 what is sent again may say so (DUP), in
/// PUBREL, SUBSCRIBE and UNSUBSCRIBE too. Spec: MQTT 3.1 §2.1, §3.6, §3.8, §3.10
[[nodiscard]] bool has_its_flags(std::uint8_t first, Version version) noexcept;

/// Packets by type, as bits.
using PacketSet = std::uint32_t;

template <class... Types>
constexpr PacketSet packets(Types... types) noexcept {
    return (0U | ... | (1U << static_cast<unsigned>(types)));
}
constexpr bool has(PacketSet set, PacketType type) noexcept {
    return (set >> static_cast<unsigned>(type) & 1U) != 0;
}

}  // namespace weft::mqtt

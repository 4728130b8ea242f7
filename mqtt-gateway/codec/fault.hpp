#pragma once

#include "mqtt-gateway/codec/packet_type.hpp"
#include "mqtt-gateway/codec/reason.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace weft::mqtt {

/// What is wrong with a packet, and where. Nothing in it is allocated, and nothing is the peer's.
struct Fault {
    Reason reason = Reason::malformed_packet;
    std::string_view field{};  // a literal, in the specification's words: "topic name"
    std::string_view what{};   // a literal that goes on: "is empty"
    std::size_t at = 0;        // byte of the packet, whose first is 0
    PacketType packet = PacketType::reserved;
    /// That of the packet; how an answer is to be written (`answer.hpp`).
    Version version = Version::v3_1_1;
    /// The largest packet that the client takes, if it is a CONNECT that said so before the fault.
    std::uint32_t packet_max = UINT32_MAX;

    bool operator==(const Fault&) const = default;
};

/// For a log or a reason string: "PUBLISH, byte 2: topic name is empty (malformed packet)".
[[nodiscard]] std::string to_string(const Fault& fault);

}  // namespace weft::mqtt

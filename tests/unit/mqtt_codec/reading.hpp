#pragma once

#include "mqtt-gateway/codec/decode.hpp"
#include "tests/unit/wire/hex.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <variant>

namespace weft::mqtt {

using wire::hex;
using wire::shown;

inline constexpr Dialect kFromClient31{.version = Version::v3_1};
inline constexpr Dialect kFromClient311{.version = Version::v3_1_1};
inline constexpr Dialect kFromClient5{.version = Version::v5};
inline constexpr Dialect kFromServer31{.version = Version::v3_1, .from = Sender::server};
inline constexpr Dialect kFromServer311{.version = Version::v3_1_1, .from = Sender::server};
inline constexpr Dialect kFromServer5{.version = Version::v5, .from = Sender::server};

/// `body` behind the first byte and its length.
inline Buffer framed(std::uint8_t first, std::string_view body) {
    const Buffer bytes = hex(body);
    Buffer packet{first};
    REQUIRE(bytes.size() < 128);
    packet.push_back(static_cast<std::uint8_t>(bytes.size()));
    append(packet, bytes);
    return packet;
}

/// The fault of a packet; of one that has none, success.
inline Fault fault_of(Bytes packet, Dialect dialect) {
    const Packet read = decode(packet, dialect);
    const Fault* fault = std::get_if<Fault>(&read);
    return fault != nullptr ? *fault : Fault{.reason = Reason::success};
}

/// "protocol error at 4", or "fine".
inline std::string verdict(Bytes packet, Dialect dialect) {
    const Fault fault = fault_of(packet, dialect);
    return fault.reason == Reason::success
               ? "fine"
               : std::string{name_of(fault.reason)} + " at " + std::to_string(fault.at);
}

/// A packet that must be one of that kind; its bytes must live on.
template <class Kind>
Kind read_as(const Buffer& packet, Dialect dialect) {
    const Packet read = decode(packet, dialect);
    if (const Fault* fault = std::get_if<Fault>(&read)) {
        FAIL(to_string(*fault));
    }
    REQUIRE(std::holds_alternative<Kind>(read));
    return std::get<Kind>(read);
}

}  // namespace weft::mqtt

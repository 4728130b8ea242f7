#pragma once

#include <cstdint>
#include <string_view>

namespace weft::mqtt {

/// The protocol levels of CONNECT. They grow: what came with MQTT 5 is asked as `>= v5`.
enum class Version : std::uint8_t { v3_1 = 3, v3_1_1 = 4, v5 = 5 };

/// "3.1.1".
constexpr std::string_view name_of(Version version) noexcept {
    switch (version) {
        case Version::v3_1:
            return "3.1";
        case Version::v3_1_1:
            return "3.1.1";
        case Version::v5:
            return "5";
    }
    return "unknown";
}

/// Which end of a connection wrote a packet.
enum class Sender : std::uint8_t { client, server };

/// What has to be known of a connection to read its packets. Before the CONNECT nobody knows the
/// version: a CONNECT is read by the version that stands in it.
struct Dialect {
    Version version = Version::v3_1_1;
    Sender from = Sender::client;
};

}  // namespace weft::mqtt

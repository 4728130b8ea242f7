#pragma once

#include "common/base/bytes.hpp"
#include "mqtt-gateway/codec/framer.hpp"
#include "mqtt-gateway/codec/packets.hpp"
#include "mqtt-gateway/codec/version.hpp"

#include <cstddef>
#include <cstdint>

namespace weft::mqtt {

enum class Encoded : std::uint8_t {
    written,
    too_large,       // more bytes than the peer takes in a packet
    text_too_long,   // a text or binary data of more bytes than its length can say
    not_in_version,  // the version has no such packet, or can't say the reason
};

/// What a peer reads.
struct Terms {
    Version version = Version::v3_1_1;
    std::size_t packet_max = kPacketBytesMax;  // its maximum packet size
};

/// Each appends one packet to `out`, or nothing. What a version does not have is left out:
/// properties, subscription options and the codes of UNSUBACK below MQTT 5. Reasons and properties
/// are left out where nothing is said. Names, filters and texts are written as they are given:
/// who got them from elsewhere asks `topic_name_fault` and its like.
/// A packet identifier is not 0 where there is one: else the caller's error.
[[nodiscard]] Encoded encode(Buffer& out, const Connack& connack, const Terms& terms);
[[nodiscard]] Encoded encode(Buffer& out, const Publish& publish, const Terms& terms);
[[nodiscard]] Encoded encode(Buffer& out, const Ack& ack, const Terms& terms);
[[nodiscard]] Encoded encode(Buffer& out, const Subscribe& subscribe, const Terms& terms);
[[nodiscard]] Encoded encode(Buffer& out, const Suback& suback, const Terms& terms);
[[nodiscard]] Encoded encode(Buffer& out, const Unsubscribe& unsubscribe, const Terms& terms);
[[nodiscard]] Encoded encode(Buffer& out, const Unsuback& unsuback, const Terms& terms);
[[nodiscard]] Encoded encode(Buffer& out, const Pingreq& pingreq, const Terms& terms);
[[nodiscard]] Encoded encode(Buffer& out, const Pingresp& pingresp, const Terms& terms);
[[nodiscard]] Encoded encode(Buffer& out, const Disconnect& disconnect, const Terms& terms);
[[nodiscard]] Encoded encode(Buffer& out, const Auth& auth, const Terms& terms);
/// In the version that stands in it, which is that of `terms`.
[[nodiscard]] Encoded encode(Buffer& out, const Connect& connect, const Terms& terms);

}  // namespace weft::mqtt

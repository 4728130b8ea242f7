#pragma once

#include "common/base/bytes.hpp"
#include "mqtt-gateway/codec/packets.hpp"
#include "mqtt-gateway/codec/version.hpp"

namespace weft::mqtt {

/// Reads one packet, which is all of `packet`, as Framer cuts it. Total, allocates nothing; what is
/// returned points into `packet`. A CONNECT is read by the version that stands in it.
///
/// What depends on more than the packet is left to the session: whether it may come now, topic
/// aliases and their maximum, receive maximum, what the server does not support.
/// Spec: MQTT 5 §4.13, MQTT 3.1.1 §4.8
[[nodiscard]] Packet decode(Bytes packet, Dialect dialect) noexcept;

}  // namespace weft::mqtt

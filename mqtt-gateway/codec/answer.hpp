#pragma once

#include "common/base/bytes.hpp"
#include "mqtt-gateway/codec/fault.hpp"

#include <cstddef>

namespace weft::mqtt {

/// Appends what a client hears of `fault` before its connection is closed; nothing, if closing is
/// all that its version has.
///
/// MQTT 5: a CONNACK to a CONNECT, else a DISCONNECT, with the reason, and with the fault as reason
/// string where `packet_max`, the client's maximum packet size, or what its CONNECT said of that
/// before the fault, leaves room. Before MQTT 5: a CONNACK to a CONNECT of another version or with
/// a client identifier that won't do.
/// Spec: MQTT 5 §4.13, MQTT 3.1.1 §4.8, [MQTT-3.1.2-2], [MQTT-3.1.3-9]
void append_answer(Buffer& out, const Fault& fault, std::size_t packet_max);

}  // namespace weft::mqtt

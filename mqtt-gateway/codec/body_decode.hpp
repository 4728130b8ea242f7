#pragma once

#include "mqtt-gateway/codec/field_reader.hpp"
#include "mqtt-gateway/codec/packets.hpp"

/// What follows the fixed header of the packets that take more than a few lines; `decode` puts them
/// together, and finds what is left over. A fault stays in the reader.
namespace weft::mqtt {

Connect read_connect(FieldReader& in) noexcept;

Subscribe read_subscribe(FieldReader& in, Sender from) noexcept;
Suback read_suback(FieldReader& in, Sender from) noexcept;
Unsubscribe read_unsubscribe(FieldReader& in, Sender from) noexcept;
Unsuback read_unsuback(FieldReader& in, Sender from) noexcept;

/// A reason that a packet of that type may carry.
Reason read_reason(FieldReader& in, PacketType type) noexcept;

}  // namespace weft::mqtt

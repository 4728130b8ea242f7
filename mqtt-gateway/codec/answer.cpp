#include "mqtt-gateway/codec/answer.hpp"

#include "mqtt-gateway/codec/encode.hpp"
#include "mqtt-gateway/codec/property_writer.hpp"

#include <algorithm>

namespace weft::mqtt {
namespace {

Encoded encode_answer(Buffer& out,
                      const Fault& fault,
                      const Properties& properties,
                      const Terms& terms) {
    if (fault.packet == PacketType::connect) {
        return encode(out, Connack{.reason = fault.reason, .properties = properties}, terms);
    }
    return encode(out, Disconnect{.reason = fault.reason, .properties = properties}, terms);
}

}  // namespace

void append_answer(Buffer& out, const Fault& fault, std::size_t packet_max) {
    const Terms terms{.version = fault.version,
                      .packet_max = std::min<std::size_t>(packet_max, fault.packet_max)};
    if (fault.version < Version::v5) {
        if (fault.packet == PacketType::connect) {
            (void)encode_answer(out, fault, {}, terms);  // there may be no return code for it
        }
        return;
    }
    Buffer memory;
    PropertyWriter properties{memory};
    const bool explained =
        properties.text(PropertyId::reason_string, to_string(fault)) &&
        encode_answer(out, fault, properties.written(), terms) == Encoded::written;
    if (!explained) {
        (void)encode_answer(out, fault, {}, terms);  // a client that takes nothing is not told
    }
}

}  // namespace weft::mqtt

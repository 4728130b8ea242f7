#pragma once

#include "common/amqp/performatives.hpp"
#include "common/wire/writer.hpp"

#include <optional>

/// Described lists within performatives. Nothing: malformed, or not what the spec allows there.
/// Spec: AMQP 1.0 §2.8.14, §3.5.3, §3.5.4, §4.5.1
namespace weft::amqp {

std::optional<Terminus> decode_terminus(Bytes encoded);
std::optional<ErrorView> decode_error(Bytes encoded);

/// Null if absent.
void encode(wire::Writer& out, const std::optional<Terminus>& terminus);
void encode(wire::Writer& out, const std::optional<ErrorView>& error);

}  // namespace weft::amqp

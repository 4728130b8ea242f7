#pragma once

#include "broker/queue/queue.hpp"
#include "common/base/bytes.hpp"

#include <optional>

/// Between what the wire says of a delivery and what a queue does. Threading: any thread (no
/// state). Spec: AMQP 1.0 §3.2.1, §3.4
namespace weft::broker {

/// What an encoded state says; none: the delivery goes on, or the state is none that we know.
[[nodiscard]] std::optional<queue::Outcome> outcome_of(Bytes state);

/// How a message goes out of which `failures` deliveries failed.
struct Redelivery {
    Buffer header;         // instead of
    std::size_t skip = 0;  // these first bytes of the message
};
/// Nothing is changed where none failed.
[[nodiscard]] Redelivery redelivery(Bytes message, std::uint32_t failures);

}  // namespace weft::broker

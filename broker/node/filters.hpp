#pragma once

#include "broker/queue/message.hpp"
#include "common/base/bytes.hpp"
#include "common/base/result.hpp"

/// The filters of a receiver's source, as a queue asks them. Threading: any thread (no state).
/// Spec: AMQP 1.0 §3.5.3
namespace weft::broker {

struct Filters {
    queue::Choose choose{};  // empty: it wants all
    Buffer stated{};         // the set that the answer states: what is not in it does not hold
};

/// `encoded`: of a source; empty: none. Those that a queue does not know are left out, which the
/// answer says. Errors: a set that is none, a selector that can't be read (amqp:invalid-field,
/// amqp:resource-limit-exceeded), with the column and what to do.
[[nodiscard]] Result<Filters> read_filters(Bytes encoded);

}  // namespace weft::broker

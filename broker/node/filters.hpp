#pragma once

#include "broker/queue/message.hpp"
#include "common/base/bytes.hpp"
#include "common/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// The filters of a receiver's source, as a queue asks them. Threading: any thread (no state).
/// Spec: AMQP 1.0 §3.5.3
namespace weft::broker {

/// Whose filters they are: those of subscriptions alone may have no-local.
enum class Filtered : std::uint8_t { queue, subscription };

struct Filters {
    queue::Choose choose{};  // empty: it wants all
    std::string selector{};  // in the form in which equal ones are equal; empty: none
    bool no_local = false;
    Buffer stated{};  // the set that the answer states: what is not in it does not hold
};

/// `encoded`: of a source; empty: none. Those that are not known are left out, which the answer
/// says. Errors: a set that is none, a selector that can't be read (amqp:invalid-field,
/// amqp:resource-limit-exceeded), with the column and what to do.
[[nodiscard]] Result<Filters> read_filters(Bytes encoded, Filtered of);
/// What a selector of that text chooses. Errors: as above.
[[nodiscard]] Result<queue::Choose> read_selector(std::string_view text);

}  // namespace weft::broker

#pragma once

#include "broker/node/selectors.hpp"
#include "broker/queue/message.hpp"
#include "common/base/bytes.hpp"
#include "common/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The filters of a receiver's source, as a queue asks them. Threading: any thread (no state).
/// Spec: AMQP 1.0 §3.5.3
namespace weft::broker {

/// Whose filters they are: those of subscriptions alone may have no-local.
enum class Filtered : std::uint8_t { queue, subscription };

struct Filters {
    SharedSelector selector{};  // null: none
    bool no_local = false;
    std::vector<Buffer> last_values{};  // of these alone; empty: all messages
    Buffer stated{};  // the set that the answer states: what is not in it does not hold
};

/// `encoded`: of a source; empty: none. Those that are not known are left out, which the answer
/// says. Errors: a set that is none, a selector that can't be read (amqp:invalid-field,
/// amqp:resource-limit-exceeded), with the column and what to do.
[[nodiscard]] Result<Filters> read_filters(Bytes encoded, Filtered of, Selectors& selectors);

/// The keys that it wants of a queue with that `last_value_key`, as that gives them; none: it has
/// no such filter. Errors: kNotImplemented, for who attaches: the queue has no keys, or its
/// messages are to be taken (`copies` false).
[[nodiscard]] Result<std::vector<std::string>> keys_wanted(const Filters& filters,
                                                           std::string_view last_value_key,
                                                           bool copies);

/// What a selector says of a message, and what that cost.
queue::Judged judge(const ReadSelector& selector, const queue::Record& record);
/// Empty, which is all, if there is none.
queue::Choose choose_by(SharedSelector selector);

}  // namespace weft::broker

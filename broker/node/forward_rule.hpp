#pragma once

#include "broker/forwarding/rule.hpp"
#include "common/base/result.hpp"
#include "common/wire/value.hpp"

#include <optional>

/// `forward` of a queue's entry, as the configuration says it. Threading: any thread (no state).
namespace weft::broker {

/// Of an entry; none: it has none, or null. Errors: kNotImplemented for a key that is none of
/// these, kInvalidField for what can't be; both name the key.
[[nodiscard]] Result<std::optional<forwarding::Rule>> read_rule(const wire::Map& entry);

/// `read_rule` of an entry with it is the same.
wire::Map rule_words(const forwarding::Rule& rule);

}  // namespace weft::broker

#pragma once

#include "broker/queue/message.hpp"
#include "common/base/result.hpp"
#include "common/wire/value.hpp"

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

/// What the properties of a request say of an operation. Errors: kInvalidField, naming the
/// property. Threading: any thread (no state).
namespace weft::broker_mgmt {

/// Of the queue that `name` or `identity` ("queue/orders") names.
[[nodiscard]] Result<std::string> queue_name(const wire::Map& properties);
/// It must be there.
[[nodiscard]] Result<std::string> text_in(const wire::Map& properties, std::string_view key);
/// `otherwise` where it is not there.
[[nodiscard]] Result<std::int64_t> number_in(const wire::Map& properties,
                                             std::string_view key,
                                             std::int64_t otherwise,
                                             std::int64_t least,
                                             std::int64_t most);
/// Of `ids`: "5,7,9-12"; none where it is not there, `most` at most.
[[nodiscard]] Result<std::set<queue::MessageId>> ids_in(const wire::Map& properties,
                                                        std::size_t most);
/// In the same form.
std::string ids_text(const std::set<queue::MessageId>& ids);

}  // namespace weft::broker_mgmt

#pragma once

#include "broker/queue/message.hpp"
#include "broker/queue/settings.hpp"
#include "common/base/bytes.hpp"
#include "common/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// What a queue must know of a message, read from the sections in front of its body: each is read
/// once. Threading: any thread (no state). Spec: AMQP 1.0 §3.2
namespace weft::broker {

/// Bytes of a group, a key or a name: of a group no more are looked at, what has a longer key or
/// name is refused.
inline constexpr std::size_t kMessageWordMax = 256;

/// What a message says of itself. Views point into it, and are encoded values; empty: absent.
struct Sections {
    std::uint64_t ttl = 0;       // milliseconds; 0: it does not say
    std::uint32_t failures = 0;  // delivery-count
    queue::Priority priority = queue::kPriorityDefault;
    Bytes annotations{};                            // a map
    std::optional<std::uint64_t> delivery_time{};   // milliseconds since 1970, of the annotations
    std::optional<std::uint64_t> delivery_delay{};  // milliseconds, of the annotations
    Bytes message_id{};
    std::optional<std::string_view> to{};
    queue::WallTime expires = queue::kForever;  // absolute-expiry-time
    std::string_view group{};
    Bytes application_properties{};  // a map
};

/// Errors: kDecodeError, what it is instead of a message. What is malformed behind the annotations
/// is absent.
[[nodiscard]] Result<Sections> read_sections(Bytes message);

/// What a queue of those settings takes that message for, but for its payload: its key is the
/// application property or message annotation that they name. Errors: kInvalidField.
[[nodiscard]] Result<queue::Arrival> arrival_of(const Sections& sections,
                                                const queue::Settings& settings,
                                                queue::WallTime now);

/// The key that a queue with that `last_value_key` gives a message which has that encoded value.
std::string key_of(std::string_view last_value_key, Bytes value);

/// Of a message that the store has: its group, its key, and the fence of that.
void describe(queue::Record& record, std::string_view last_value_key);

}  // namespace weft::broker

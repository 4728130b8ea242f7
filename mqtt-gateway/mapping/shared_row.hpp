#pragma once

#include "common/base/bytes.hpp"
#include "mqtt-gateway/mapping/wall_time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weft::mqtt_mapping {

/// A message of the queue of sessions, which has the youngest of each key. Views of what it was
/// read from. Threading: not shared (a value).
struct SharedRow {
    std::string_view key{};
    // Its fence: a queue takes a row with a higher version, or the same owner's next sequence.
    std::uint64_t version = 0;
    std::string_view owner{};
    std::uint64_t sequence = 0;
    Bytes body{};  // empty: there is nothing under the key any more
    /// Milliseconds; 0: for ever.
    std::uint32_t life = 0;
};

/// What the row of a client's session is known by: "s/" and the client identifier, or, if that has
/// too many bytes for a key, "#" and its SHA-256.
[[nodiscard]] std::string session_key(std::string_view client_id);
/// That of a gateway, which says that it lives: "g/" and its id, likewise.
[[nodiscard]] std::string gateway_key(std::string_view id);
[[nodiscard]] constexpr bool is_gateway_key(std::string_view key) {
    return key.starts_with("g/") || key.starts_with("g#");
}

/// Appends it as a message to `address`.
void append_shared_row(Buffer& out, std::string_view address, const SharedRow& row);
/// None: it is none.
[[nodiscard]] std::optional<SharedRow> read_shared_row(Bytes message) noexcept;

}  // namespace weft::mqtt_mapping

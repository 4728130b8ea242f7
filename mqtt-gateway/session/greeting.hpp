#pragma once

#include "mqtt-gateway/codec/packets.hpp"
#include "mqtt-gateway/session/message.hpp"
#include "mqtt-gateway/session/settings.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weft::session {

/// What a CONNECT asks for, and what is granted of it: kept until the session is there.
/// Threading: not shared (a value).
struct Greeting {
    std::string client_id{};
    bool assigned = false;  // the client id is ours
    bool clean_start = false;
    bool wants_response_information = false;
    std::uint32_t expiry_asked = 0;  // seconds
    std::uint32_t expiry = 0;        // granted
    std::uint16_t keep_alive_asked = 0;
    std::uint16_t keep_alive = 0;  // seconds, in force; 0: none
    std::optional<WillMessage> will{};
};

/// `unique` names a client that has no name.
[[nodiscard]] Greeting greeting_of(const mqtt::Connect& connect,
                                   const Settings& settings,
                                   std::uint64_t unique);

/// Why such a CONNECT is refused, whoever sends it: its literal is empty if it is not.
struct Refusal {
    mqtt::Reason reason = mqtt::Reason::success;
    std::string_view why{};
};
[[nodiscard]] Refusal refusal_of(const mqtt::Connect& connect, const Settings& settings);

}  // namespace weft::session

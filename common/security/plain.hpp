#pragma once

#include "common/base/bytes.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace weft::security {

/// The mechanism that shows the password. Spec: RFC 4616
inline constexpr std::string_view kPlain = "PLAIN";

/// What it says. Its views live as long as the message.
struct PlainMessage {
    std::string_view authorize;  // whom the peer wants to act for; empty: itself
    std::string_view user;
    std::string_view password;
};
/// Nothing: it is none. Threading: any thread (pure functions).
std::optional<PlainMessage> plain_in(Bytes message);
/// Neither has a NUL.
Buffer plain_message(std::string_view user, std::string_view password);

}  // namespace weft::security

#pragma once

#include "common/base/bytes.hpp"

#include <optional>
#include <string>
#include <string_view>

/// The mechanism by which a token is shown. Threading: any thread (pure functions).
/// Spec: RFC 7628 §3
namespace weft::security {

inline constexpr std::string_view kBearer = "OAUTHBEARER";

/// What it says. `token` lives as long as the message.
struct BearerMessage {
    std::string authorize{};  // whom the peer wants to act for; empty: whose token it is
    std::string_view token{};
};
/// Nothing: it is none.
std::optional<BearerMessage> bearer_in(Bytes message);
Buffer bearer_message(std::string_view token, std::string_view authorize = {});

/// What a peer hears whose token is not good, whatever the reason, before it is refused.
inline constexpr std::string_view kBearerRefusal = R"({"status":"invalid_token"})";

}  // namespace weft::security

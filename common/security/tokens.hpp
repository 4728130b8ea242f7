#pragma once

#include "common/security/login_tally.hpp"
#include "common/security/token_keys.hpp"

#include <tl/expected.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace weft::security {

/// Which tokens are good.
struct TokenRules {
    std::string issuer{};
    std::string audience{};
    std::string user_claim = "sub";
    std::int64_t skew_seconds = 60;  // that the clocks of who signs may be ahead or behind
};

/// Bytes of a token.
inline constexpr std::size_t kTokenMax = 8192;

/// Whose token it is, as one of `keys` has signed and `rules` want it at `now` (seconds since
/// 1970); or what is wrong with it. It must say until when it is good.
/// Threading: any thread (a pure function). Spec: RFC 7515 §5.2, RFC 7519 §7.2, RFC 8725
[[nodiscard]] tl::expected<std::string, LoginFault> user_of_token(std::string_view token,
                                                                  const TokenKeys& keys,
                                                                  const TokenRules& rules,
                                                                  std::int64_t now);

/// Whether a text could be a token: for what may be a password, too.
bool looks_like_token(std::string_view text);

}  // namespace weft::security

#pragma once

#include <tl/expected.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace weft::security {

/// Bytes of a user's name and of a password.
inline constexpr std::size_t kUserNameMax = 255;
inline constexpr std::size_t kPasswordMax = 1024;

/// A password or a name as both ends must see it, or what is wrong with it ("has control
/// characters"). What SASLprep maps to a space or to nothing is mapped, what it prohibits is
/// refused; characters are not composed (NFKC), nor is the direction of writing looked at.
/// Threading: any thread (pure functions). Spec: RFC 4013 §2
[[nodiscard]] tl::expected<std::string, std::string> prepared(std::string_view text);

/// A password to be kept or shown: at most kPasswordMax bytes, not empty.
[[nodiscard]] tl::expected<std::string, std::string> prepared_password(std::string_view password);
/// The name of a user: at most kUserNameMax bytes, no spaces, not that of whoever says nothing.
[[nodiscard]] tl::expected<std::string, std::string> prepared_user(std::string_view name);

}  // namespace weft::security

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace weft::mgmt {

/// Resolves %XX; empty if one is malformed. Spec: RFC 3986 §2.1
std::optional<std::string> percent_decoded(std::string_view text);

/// Encodes what a path segment may not hold; slashes too. Spec: RFC 3986 §3.3
std::string percent_encoded(std::string_view text);

/// The undecoded value of `name` in "a=1&b=2"; empty optional if it isn't there.
std::optional<std::string_view> query_value(std::string_view query, std::string_view name);

}  // namespace weft::mgmt

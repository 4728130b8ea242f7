#include "common/security/bearer.hpp"

#include "common/security/scram_text.hpp"

#include <algorithm>
#include <utility>

namespace weft::security {
namespace {

constexpr char kSeparator = '\x01';
constexpr std::string_view kScheme = "bearer ";

/// "n,a=NAME," at the front; a channel that is bound to is none of this mechanism's.
bool take_header(std::string_view& message, std::string& authorize) {
    if (!message.starts_with("n,") && !message.starts_with("y,")) {
        return false;
    }
    message.remove_prefix(2);
    if (message.starts_with(',')) {
        message.remove_prefix(1);
        return true;
    }
    const auto escaped = take_attribute(message, 'a');
    auto name = escaped ? unescaped_name(*escaped) : std::nullopt;
    authorize = name.value_or("");
    return name.has_value() && !name->empty();
}

/// "Bearer TOKEN". Spec: RFC 6750 §2.1
std::string_view token_in(std::string_view value) {
    const bool bears =
        value.size() > kScheme.size() &&
        std::ranges::equal(value.substr(0, kScheme.size()), kScheme, [](char a, char b) {
            return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b;
        });
    return bears ? value.substr(kScheme.size()) : std::string_view{};
}

}  // namespace

std::optional<BearerMessage> bearer_in(Bytes message) {
    BearerMessage said;
    std::string_view rest = as_text(message);
    if (!take_header(rest, said.authorize) || !rest.starts_with(kSeparator)) {
        return std::nullopt;
    }
    rest.remove_prefix(1);
    while (!rest.starts_with(kSeparator)) {
        const std::size_t end = rest.find(kSeparator);
        const std::size_t equals = rest.find('=');
        if (end == std::string_view::npos || equals >= end || equals == 0) {
            return std::nullopt;
        }
        if (rest.substr(0, equals) == "auth") {
            if (!said.token.empty()) {
                return std::nullopt;
            }
            said.token = token_in(rest.substr(equals + 1, end - equals - 1));
        }
        rest.remove_prefix(end + 1);
    }
    return rest.size() == 1 && !said.token.empty() ? std::optional{std::move(said)} : std::nullopt;
}

Buffer bearer_message(std::string_view token, std::string_view authorize) {
    std::string text{"n,"};
    text.append(authorize.empty() ? "" : "a=" + escaped_name(authorize)).append(1, ',');
    text.append(1, kSeparator).append("auth=Bearer ").append(token).append(2, kSeparator);
    return {text.begin(), text.end()};
}

}  // namespace weft::security

#include "common/security/plain.hpp"

namespace weft::security {

std::optional<PlainMessage> plain_in(Bytes message) {
    const std::string_view text = as_text(message);
    const std::size_t first = text.find('\0');
    const std::size_t second = first == std::string_view::npos ? first : text.find('\0', first + 1);
    if (second == std::string_view::npos) {
        return std::nullopt;
    }
    const PlainMessage said{.authorize = text.substr(0, first),
                            .user = text.substr(first + 1, second - first - 1),
                            .password = text.substr(second + 1)};
    const bool complete = !said.user.empty() && !said.password.empty() &&
                          said.password.find('\0') == std::string_view::npos;
    return complete ? std::optional{said} : std::nullopt;
}

Buffer plain_message(std::string_view user, std::string_view password) {
    Buffer message{0};
    append(message, as_bytes(user));
    message.push_back(0);
    append(message, as_bytes(password));
    return message;
}

}  // namespace weft::security

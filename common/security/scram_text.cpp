#include "common/security/scram_text.hpp"

#include "common/base/assert.hpp"

#include <algorithm>

namespace weft::security {

std::optional<std::string_view> take_attribute(std::string_view& message, char name) {
    if (message.size() < 2 || message[0] != name || message[1] != '=') {
        return std::nullopt;
    }
    const std::size_t end = std::min(message.find(','), message.size());
    const std::string_view value = message.substr(2, end - 2);
    if (end + 1 == message.size()) {
        return std::nullopt;  // a comma with nothing behind it
    }
    message.remove_prefix(std::min(end + 1, message.size()));
    return value;
}

bool is_optional(std::string_view rest) {
    while (!rest.empty()) {
        const char name = rest[0];
        const bool letter = (name >= 'a' && name <= 'z') || (name >= 'A' && name <= 'Z');
        if (!letter || name == 'm' || !take_attribute(rest, name)) {
            return false;
        }
    }
    return true;
}

std::string escaped_name(std::string_view name) {
    std::string text;
    for (const char each : name) {
        text += each == ',' ? "=2C" : each == '=' ? "=3D" : std::string(1, each);
    }
    return text;
}

std::optional<std::string> unescaped_name(std::string_view text) {
    std::string name;
    while (!text.empty()) {
        const bool escaped = text[0] == '=';
        if (escaped && !text.starts_with("=2C") && !text.starts_with("=3D")) {
            return std::nullopt;
        }
        name += !escaped ? text[0] : text[2] == 'C' ? ',' : '=';
        text.remove_prefix(escaped ? 3 : 1);
    }
    return name.empty() ? std::nullopt : std::optional{std::move(name)};
}

bool is_nonce(std::string_view text, std::size_t max) {
    return !text.empty() && text.size() <= max && std::ranges::all_of(text, [](char each) {
        return each > ' ' && each < '\x7f' && each != ',';
    });
}

void combine(Buffer& a, Bytes b) {
    WEFT_CHECK(a.size() == b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
        a[i] ^= b[i];
    }
}

}  // namespace weft::security

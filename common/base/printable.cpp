#include "common/base/printable.hpp"

#include "common/base/text.hpp"
#include "common/base/utf8.hpp"

#include <algorithm>
#include <cstddef>

namespace weft {
namespace {

bool is_plain(char c) {
    return c >= ' ' && c <= '~';
}

/// `character` is one of UTF-8.
std::uint32_t code_of(std::string_view character) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(character[i]); };
    if (character.size() == 1) {
        return byte(0);
    }
    std::uint32_t code = byte(0) & (0x7fU >> character.size());
    for (std::size_t i = 1; i < character.size(); ++i) {
        code = (code << 6U) | (byte(i) & 0x3fU);
    }
    return code;
}

/// A terminal, or what sets its text, would obey it.
bool is_obeyed(std::uint32_t code) {
    const bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
    const bool turns = code == 0x061c || code == 0x200e || code == 0x200f ||
                       (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
    const bool separates = code == 0x2028 || code == 0x2029;
    return control || turns || separates;
}

}  // namespace

std::string printable(std::string_view text, Breaks breaks) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const auto plain = std::ranges::find_if_not(text, is_plain);
        out.append(text.begin(), plain);
        text.remove_prefix(static_cast<std::size_t>(plain - text.begin()));
        if (text.empty()) {
            break;
        }
        const std::size_t size = utf8_size(text);
        const std::string_view character = text.substr(0, std::max<std::size_t>(size, 1));
        text.remove_prefix(character.size());
        if (size == 0) {
            out += "\\x";
            append_hex(out, static_cast<std::uint8_t>(character[0]));
            continue;
        }
        const std::uint32_t code = code_of(character);
        if (!is_obeyed(code) || (character == "\n" && breaks == Breaks::kept)) {
            out += character;
        } else {  // all of them have four digits
            out += "\\u";
            append_hex(out, static_cast<std::uint8_t>(code >> 8U));
            append_hex(out, static_cast<std::uint8_t>(code & 0xffU));
        }
    }
    return out;
}

}  // namespace weft

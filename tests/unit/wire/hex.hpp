#pragma once

#include "common/base/bytes.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace weft::wire {

/// "00 53 70" and text in single quotes, "a1 02 'to'", as the bytes they stand for.
inline Buffer hex(std::string_view text) {
    Buffer out;
    const auto digit = [](char c) {
        return static_cast<std::uint8_t>(c <= '9' ? c - '0' : c - 'a' + 10);
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\'') {
            for (++i; text[i] != '\''; ++i) {
                out.push_back(static_cast<std::uint8_t>(text[i]));
            }
        } else if (text[i] != ' ') {
            out.push_back(static_cast<std::uint8_t>(digit(text[i]) << 4 | digit(text[i + 1])));
            ++i;
        }
    }
    return out;
}

/// The bytes as hex digits: what doctest shows when two buffers differ.
inline std::string shown(Bytes bytes) {
    std::string out;
    for (const std::uint8_t byte : bytes) {
        constexpr std::string_view kDigits = "0123456789abcdef";
        out += kDigits[byte >> 4];
        out += kDigits[byte & 0xf];
    }
    return out;
}

}  // namespace weft::wire

#include "common/security/prepared.hpp"

#include "common/base/utf8.hpp"
#include "common/security/identity.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

namespace weft::security {
namespace {

struct Range {
    std::uint32_t first;
    std::uint32_t last;
};

// Spec: RFC 3454, tables C.1.2, B.1, and C.2 to C.9 without what the former have
constexpr std::array kSpaces{Range{0xa0, 0xa0},     Range{0x1680, 0x1680}, Range{0x2000, 0x200b},
                             Range{0x202f, 0x202f}, Range{0x205f, 0x205f}, Range{0x3000, 0x3000}};
constexpr std::array kNothing{Range{0xad, 0xad},     Range{0x34f, 0x34f},   Range{0x1806, 0x1806},
                              Range{0x180b, 0x180d}, Range{0x200c, 0x200d}, Range{0x2060, 0x2060},
                              Range{0xfe00, 0xfe0f}, Range{0xfeff, 0xfeff}};
constexpr std::array kProhibited{
    Range{0, 0x1f},          Range{0x7f, 0x9f},       Range{0x340, 0x341},
    Range{0x6dd, 0x6dd},     Range{0x70f, 0x70f},     Range{0x180e, 0x180e},
    Range{0x200e, 0x200f},   Range{0x2028, 0x202e},   Range{0x2061, 0x2063},
    Range{0x206a, 0x206f},   Range{0x2ff0, 0x2ffb},   Range{0xe000, 0xf8ff},
    Range{0xfdd0, 0xfdef},   Range{0xfff9, 0xffff},   Range{0x1d173, 0x1d17a},
    Range{0xe0001, 0xe0001}, Range{0xe0020, 0xe007f}, Range{0xf0000, 0x10ffff}};

bool has(std::span<const Range> ranges, std::uint32_t character) {
    return std::ranges::any_of(ranges, [&](const Range& range) {
        return range.first <= character && character <= range.last;
    });
}

bool is_prohibited(std::uint32_t character) {
    return (character & 0xfffeU) == 0xfffeU || has(kProhibited, character);
}

/// `text` is one character of UTF-8.
std::uint32_t character_of(std::string_view text) {
    constexpr std::array<std::uint8_t, 5> kLeadBits{0, 0x7f, 0x1f, 0x0f, 0x07};
    std::uint32_t character = static_cast<std::uint8_t>(text[0]) & kLeadBits[text.size()];
    for (const char byte : text.substr(1)) {
        character = character << 6U | (static_cast<std::uint8_t>(byte) & 0x3fU);
    }
    return character;
}

tl::unexpected<std::string> wrong(std::string text) {
    return tl::unexpected<std::string>(std::move(text));
}

tl::expected<std::string, std::string> of_size(std::string_view text, std::size_t max) {
    auto ready = prepared(text);
    if (ready && ready->empty()) {
        return wrong("is empty");
    }
    if (ready && ready->size() > max) {
        return wrong("has more than " + std::to_string(max) + " bytes");
    }
    return ready;
}

}  // namespace

tl::expected<std::string, std::string> prepared(std::string_view text) {
    std::string ready;
    ready.reserve(text.size());
    while (!text.empty()) {
        const std::size_t size = utf8_size(text);
        if (size == 0) {
            return wrong("is not UTF-8");
        }
        const std::string_view one = text.substr(0, size);
        const std::uint32_t character = character_of(one);
        text.remove_prefix(size);
        if (has(kSpaces, character)) {
            ready += ' ';
        } else if (has(kNothing, character)) {
            continue;
        } else if (is_prohibited(character)) {
            return wrong("has control characters, or others that nobody can type");
        } else {
            ready += one;
        }
    }
    return ready;
}

tl::expected<std::string, std::string> prepared_password(std::string_view password) {
    return of_size(password, kPasswordMax);
}

tl::expected<std::string, std::string> prepared_user(std::string_view name) {
    auto ready = of_size(name, kUserNameMax);
    if (ready && ready->find(' ') != std::string::npos) {
        return wrong("has a space");
    }
    if (ready && *ready == Identity{}.user) {
        return wrong("is what whoever says nothing is called");
    }
    return ready;
}

}  // namespace weft::security

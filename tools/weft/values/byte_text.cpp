#include "tools/weft/values/byte_text.hpp"

#include <cstdint>

namespace weft::tools {
namespace {

/// What a lead byte demands: how many bytes follow and the range of the first of them.
struct Follow {
    std::size_t count;
    std::uint8_t low;
    std::uint8_t high;
};

Follow follow_of(std::uint8_t lead) {
    constexpr Follow kIllegal{0, 1, 0};
    if (lead < 0x80) {
        return {0, 0, 0};
    }
    if (lead < 0xC2 || lead > 0xF4) {
        return kIllegal;
    }
    if (lead < 0xE0) {
        return {1, 0x80, 0xBF};
    }
    if (lead < 0xF0) {
        return {2, static_cast<std::uint8_t>(lead == 0xE0 ? 0xA0 : 0x80),
                static_cast<std::uint8_t>(lead == 0xED ? 0x9F : 0xBF)};
    }
    return {3, static_cast<std::uint8_t>(lead == 0xF0 ? 0x90 : 0x80),
            static_cast<std::uint8_t>(lead == 0xF4 ? 0x8F : 0xBF)};
}

}  // namespace

bool is_utf8(std::string_view bytes) {
    std::size_t at = 0;
    while (at < bytes.size()) {
        const Follow follow = follow_of(static_cast<std::uint8_t>(bytes[at++]));
        if (follow.low > follow.high || bytes.size() - at < follow.count) {
            return false;
        }
        for (std::size_t i = 0; i < follow.count; ++i, ++at) {
            const auto byte = static_cast<std::uint8_t>(bytes[at]);
            const bool first = i == 0;
            if (byte < (first ? follow.low : 0x80) || byte > (first ? follow.high : 0xBF)) {
                return false;
            }
        }
    }
    return true;
}

std::string hex(std::string_view bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        const auto byte = static_cast<std::uint8_t>(c);
        text += kDigits[byte >> 4];
        text += kDigits[byte & 0xF];
    }
    return text;
}

}  // namespace weft::tools

#include "common/base/base64.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace weft {
namespace {

constexpr std::string_view kLetters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::size_t kBytesOfGroup = 3;
constexpr std::size_t kLettersOfGroup = 4;
constexpr unsigned kBitsOfLetter = 6;

constexpr auto kValues = [] {
    std::array<std::int8_t, 256> values{};
    values.fill(-1);
    for (std::size_t i = 0; i < kLetters.size(); ++i) {
        values[static_cast<std::uint8_t>(kLetters[i])] = static_cast<std::int8_t>(i);
    }
    return values;
}();

}  // namespace

std::string base64(Bytes bytes) {
    std::string text;
    text.reserve((bytes.size() + 2) / kBytesOfGroup * kLettersOfGroup);
    while (!bytes.empty()) {
        const std::size_t taken = std::min(bytes.size(), kBytesOfGroup);
        std::uint32_t group = 0;
        for (std::size_t i = 0; i < kBytesOfGroup; ++i) {
            group = group << 8U | (i < taken ? bytes[i] : 0U);
        }
        for (std::size_t i = 0; i < kLettersOfGroup; ++i) {
            const auto shift = kBitsOfLetter * static_cast<unsigned>(kLettersOfGroup - 1 - i);
            text += i <= taken ? kLetters[group >> shift & 63U] : '=';
        }
        bytes = bytes.subspan(taken);
    }
    return text;
}

std::optional<Buffer> from_base64(std::string_view text) {
    if (text.size() % kLettersOfGroup != 0) {
        return std::nullopt;
    }
    Buffer bytes;
    bytes.reserve(text.size() / kLettersOfGroup * kBytesOfGroup);
    for (; !text.empty(); text.remove_prefix(kLettersOfGroup)) {
        std::string_view letters = text.substr(0, kLettersOfGroup);
        const bool last = text.size() == kLettersOfGroup;
        for (int padding = 0; last && padding < 2 && letters.ends_with('='); ++padding) {
            letters.remove_suffix(1);
        }
        std::uint32_t group = 0;
        for (const char letter : letters) {
            const int value = kValues[static_cast<std::uint8_t>(letter)];
            if (value < 0) {
                return std::nullopt;
            }
            group = group << kBitsOfLetter | static_cast<std::uint32_t>(value);
        }
        const auto padding = static_cast<unsigned>(kLettersOfGroup - letters.size());
        const std::uint32_t whole = group << padding * kBitsOfLetter;
        if ((whole & ((1U << padding * 8U) - 1U)) != 0) {  // bits that mean nothing
            return std::nullopt;
        }
        for (unsigned i = 0; i < kBytesOfGroup - padding; ++i) {
            bytes.push_back(static_cast<std::uint8_t>(whole >> (16U - 8U * i)));
        }
    }
    return bytes;
}

}  // namespace weft

#include "common/mgmt/uri_text.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace weft::mgmt {
namespace {

constexpr std::string_view kHex = "0123456789ABCDEF";

std::optional<unsigned> hex_digit(char c) {
    const char upper = c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
    const std::size_t at = kHex.find(upper);
    return at == std::string_view::npos ? std::nullopt : std::optional{static_cast<unsigned>(at)};
}

bool is_plain(char c) {
    constexpr std::string_view kMarks = "-._~!$&'()*+,;=:@";
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kMarks.find(c) != std::string_view::npos;
}

}  // namespace

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        if (text.size() - i < 3) {
            return std::nullopt;
        }
        const auto high = hex_digit(text[i + 1]);
        const auto low = hex_digit(text[i + 2]);
        if (!high || !low) {
            return std::nullopt;
        }
        out += static_cast<char>(*high * 16 + *low);
        i += 2;
    }
    return out;
}

std::string percent_encoded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (is_plain(c)) {
            out += c;
            continue;
        }
        const auto byte = static_cast<std::uint8_t>(c);
        out.append({'%', kHex[byte >> 4], kHex[byte & 15]});
    }
    return out;
}

std::optional<std::string_view> query_value(std::string_view query, std::string_view name) {
    while (!query.empty()) {
        const std::size_t end = std::min(query.find('&'), query.size());
        const std::string_view pair = query.substr(0, end);
        query.remove_prefix(std::min(end + 1, query.size()));
        const std::size_t equals = std::min(pair.find('='), pair.size());
        if (pair.substr(0, equals) == name) {
            return pair.substr(std::min(equals + 1, pair.size()));
        }
    }
    return std::nullopt;
}

}  // namespace weft::mgmt

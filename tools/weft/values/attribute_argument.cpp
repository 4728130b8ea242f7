#include "tools/weft/values/attribute_argument.hpp"

#include "common/base/text.hpp"
#include "tools/weft/failure.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace weft::tools {
namespace {

bool plain_number(std::string_view text) {
    const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
    return !digits.empty() && (digits.size() == 1 || digits.front() != '0') &&
           std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

Json guess_value(std::string_view text) {
    if (plain_number(text)) {
        std::int64_t number = 0;
        const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
        if (parsed.ec == std::errc{}) {
            return number;
        }
    }
    const std::string word = lower(text);
    if (word == "true" || word == "false") {
        return word == "true";
    }
    return std::string{text};
}

AttributeArgument parse_attribute(std::string_view argument) {
    const std::size_t equals = argument.find('=');
    if (equals == 0 || argument.empty()) {
        throw Failure("'" + std::string{argument} + "' has no name: write NAME=VALUE");
    }
    if (equals == std::string_view::npos) {
        return {std::string{argument}, nullptr, {}};
    }
    const std::string_view text = argument.substr(equals + 1);
    return {std::string{argument.substr(0, equals)}, guess_value(text), std::string{text}};
}

}  // namespace weft::tools

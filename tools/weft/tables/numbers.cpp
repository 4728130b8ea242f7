#include "tools/weft/tables/numbers.hpp"

#include <array>
#include <cstdio>
#include <string_view>

namespace weft::tools {
namespace {

std::string two_digits(std::int64_t number) {
    const std::string text = std::to_string(number);
    return text.size() < 2 ? "0" + text : text;
}

}  // namespace

std::string with_commas(std::int64_t number) {
    std::string text = std::to_string(number);
    const std::size_t first_digit = number < 0 ? 1 : 0;
    for (std::size_t at = text.size(); at > first_digit + 3;) {
        at -= 3;
        text.insert(at, 1, ',');
    }
    return text;
}

std::string byte_size(std::int64_t bytes) {
    constexpr std::array<std::string_view, 5> kUnits{"B", "KiB", "MiB", "GiB", "TiB"};
    double amount = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (amount >= 1024 && unit + 1 < kUnits.size()) {
        amount /= 1024;
        ++unit;
    }
    const int decimals = unit == 0 || amount >= 100 ? 0 : amount >= 10 ? 1 : 2;
    std::array<char, 32> digits{};
    std::snprintf(digits.data(), digits.size(), "%.*f", decimals, amount);
    return std::string{digits.data()} + " " + std::string{kUnits[unit]};
}

std::string days_time(std::int64_t seconds) {
    std::string days = std::to_string(seconds / 86400);
    days.insert(0, days.size() < 3 ? 3 - days.size() : 0, '0');
    return days + ":" + hours_time(seconds % 86400);
}

std::string hours_time(std::int64_t seconds) {
    return two_digits(seconds / 3600) + ":" + two_digits(seconds / 60 % 60) + ":" +
           two_digits(seconds % 60);
}

}  // namespace weft::tools

#include "tools/sim/times.hpp"

#include "common/config/fault.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>

namespace weft::sim {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

struct Unit {
    std::string_view name;
    double seconds;
};

constexpr std::array kUnits{Unit{"ms", 1e-3}, Unit{"s", 1}, Unit{"m", 60}, Unit{"h", 3600}};

/// At most three decimals, without zeros at the end.
std::string short_number(double number) {
    std::array<char, 32> digits{};
    std::snprintf(digits.data(), digits.size(), "%.3f", number);
    std::string text{digits.data()};
    text.erase(text.find_last_not_of('0') + 1);
    return text.ends_with('.') ? text.substr(0, text.size() - 1) : text;
}

}  // namespace

tl::expected<Duration, std::string> parse_time(std::string_view text) {
    double number = 0;
    const bool begins = !text.empty() && text.front() >= '0' && text.front() <= '9';
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
    if (begins && error == std::errc{}) {
        for (const Unit& unit : kUnits) {
            const double amount = number * unit.seconds;
            if (std::string_view(rest, static_cast<std::size_t>(end - rest)) == unit.name &&
                amount <= std::chrono::duration<double>(kTimeMax).count()) {
                return std::chrono::round<microseconds>(std::chrono::duration<double>(amount));
            }
        }
    }
    return tl::unexpected(
        "a time is a number and a unit, such as 10s, 500ms or 2m, at most 24h; not " +
        config::quote(text));
}

std::string time_text(Duration time) {
    if (time < seconds(1) && time > Duration::zero()) {
        return short_number(std::chrono::duration<double, std::milli>(time).count()) + " ms";
    }
    const auto whole = std::chrono::floor<minutes>(time);
    std::string rest = short_number(std::chrono::duration<double>(time - whole).count()) + " s";
    if (whole == minutes::zero()) {
        return rest;
    }
    return std::to_string(whole.count()) + " min" + (rest == "0 s" ? "" : " " + rest);
}

}  // namespace weft::sim

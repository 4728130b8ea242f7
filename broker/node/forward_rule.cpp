#include "broker/node/forward_rule.hpp"

#include "broker/node/queue_entry.hpp"
#include "common/base/conditions.hpp"

#include <chrono>
#include <cmath>
#include <string>
#include <string_view>

namespace weft::broker {
namespace {

using forwarding::Rule;
using Seconds = std::chrono::duration<double>;

constexpr std::string_view kForward = "forward";
constexpr std::string_view kTo = "to";
constexpr std::string_view kRate = "messagesPerSecond";
constexpr std::string_view kWindow = "window";
constexpr std::string_view kDelay = "delaySeconds";
constexpr std::string_view kDelayMost = "maxDelaySeconds";

std::string called(std::string_view key) {
    return "\"forward." + std::string{key} + "\"";
}

std::string decimal(double number) {
    std::string text = std::to_string(number);
    text.erase(text.find_last_not_of('0') + 1);
    return text.ends_with('.') ? text.substr(0, text.size() - 1) : text;
}

/// `number` stays as it is where the key is not there.
Result<void> read_amount(
    const wire::Map& map, std::string_view key, double least, double most, double& number) {
    const wire::Value* const value = wire::find(map, key);
    if (value == nullptr) {
        return {};
    }
    const auto whole = value->integer();
    const auto* const real = value->as<double>();
    const double given = whole             ? static_cast<double>(*whole)
                         : real != nullptr ? *real
                                           : std::nan("");
    if (!(given >= least) || given > most) {
        return fail(kInvalidField, called(key) + " is " + wire::to_string(*value) +
                                       ": it must be a number from " + decimal(least) + " to " +
                                       decimal(most));
    }
    number = given;
    return {};
}

double seconds(Duration duration) {
    return Seconds{duration}.count();
}

Result<void> read_duration(const wire::Map& map, std::string_view key, Duration& duration) {
    double number = seconds(duration);
    if (auto done =
            read_amount(map, key, seconds(Rule::kPauseLeast), seconds(Rule::kPauseLongest), number);
        !done) {
        return done;
    }
    duration = std::chrono::duration_cast<Duration>(Seconds{number});
    return {};
}

Result<void> check_keys(const wire::Map& map) {
    for (const auto& [key, value] : map) {
        const std::string* const word = key.text();
        if (word == nullptr || (*word != kTo && *word != kRate && *word != kWindow &&
                                *word != kDelay && *word != kDelayMost)) {
            return fail(kNotImplemented,
                        "this broker does not do \"forward." + wire::to_string(key) +
                            "\": it knows to, messagesPerSecond, window, delaySeconds and "
                            "maxDelaySeconds");
        }
    }
    return {};
}

Result<void> read_goal(const wire::Map& map, Rule& rule) {
    const wire::Value* const to = wire::find(map, kTo);
    const std::string* const text = to == nullptr ? nullptr : to->text();
    if (text == nullptr || text->empty() || text->size() > kQueueNameMax) {
        return fail(kInvalidField,
                    "\"forward\" has no \"to\": name the address that messages go on to, of 1 to " +
                        std::to_string(kQueueNameMax) + " bytes");
    }
    rule.to = *text;
    return {};
}

}  // namespace

Result<std::optional<Rule>> read_rule(const wire::Map& entry) {
    const wire::Value* const value = wire::find(entry, kForward);
    if (value == nullptr || value->is_null()) {
        return std::nullopt;
    }
    const auto* const map = value->as<wire::Map>();
    if (map == nullptr) {
        return fail(kInvalidField, "\"forward\" is " + wire::to_string(*value) +
                                       ": it must be an object, such as {\"to\": \"central\"}");
    }
    Rule rule;
    double window = rule.window;
    for (const Result<void>& done : {check_keys(*map), read_goal(*map, rule),
                                     read_amount(*map, kRate, 0, Rule::kRateMost, rule.per_second),
                                     read_amount(*map, kWindow, 1, Rule::kWindowMost, window),
                                     read_duration(*map, kDelay, rule.pause_first),
                                     read_duration(*map, kDelayMost, rule.pause_most)}) {
        if (!done) {
            return tl::unexpected(done.error());
        }
    }
    if (window != std::floor(window)) {
        return fail(kInvalidField, called(kWindow) + " must be a whole number");
    }
    if (rule.pause_most < rule.pause_first) {
        return fail(kInvalidField, called(kDelayMost) + " is less than delaySeconds, " +
                                       decimal(seconds(rule.pause_first)));
    }
    rule.window = static_cast<std::uint32_t>(window);
    return rule;
}

wire::Map rule_words(const Rule& rule) {
    return {{std::string{kTo}, rule.to},
            {std::string{kRate}, rule.per_second},
            {std::string{kWindow}, std::uint64_t{rule.window}},
            {std::string{kDelay}, seconds(rule.pause_first)},
            {std::string{kDelayMost}, seconds(rule.pause_most)}};
}

}  // namespace weft::broker

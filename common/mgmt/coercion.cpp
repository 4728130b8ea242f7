#include "common/mgmt/coercion.hpp"

#include "common/base/conditions.hpp"
#include "common/base/printable.hpp"
#include "common/base/text.hpp"
#include "common/mgmt/status.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>

namespace weft::mgmt {
namespace {

using wire::Value;

/// The number that a whole text spells in decimal.
template <class Number>
std::optional<Number> spelled(std::string_view text) {
    Number number = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    return error == std::errc{} && stop == end ? std::optional{number} : std::nullopt;
}

std::optional<bool> boolean_of(const Value& value) {
    if (const bool* plain = value.as<bool>()) {
        return *plain;
    }
    if (const std::string* text = value.text()) {
        const std::string word = lower(*text);
        if (word == "yes" || word == "true" || word == "on") {
            return true;
        }
        if (word == "no" || word == "false" || word == "off") {
            return false;
        }
        return std::nullopt;
    }
    const auto number = value.integer();
    return number && (*number == 0 || *number == 1) ? std::optional{*number == 1} : std::nullopt;
}

std::optional<std::string> text_of(const Value& value) {
    if (const std::string* text = value.text()) {
        return *text;
    }
    if (const auto number = value.integer()) {
        return std::to_string(*number);
    }
    return std::nullopt;
}

/// Null if it is no number.
Value number_of(const Value& value) {
    if (const auto whole = integer_of(value)) {
        return *whole;
    }
    if (const auto* number = value.as<double>()) {
        return number_value(*number);
    }
    if (const auto* number = value.as<float>()) {
        return number_value(static_cast<double>(*number));
    }
    const std::string* text = value.text();
    const auto number = text == nullptr ? std::nullopt : spelled<double>(*text);
    return number ? number_value(*number) : Value{};
}

bool are_properties(const wire::Map& map) {
    return std::ranges::all_of(map, [](const auto& entry) {
        const std::string* key = entry.first.text();
        return key != nullptr && std::ranges::all_of(*key, [](char c) { return c >= 0; });
    });
}

std::string wanted(const AttributeType& type) {
    switch (type.kind) {
        case Kind::string:
        case Kind::path:
        case Kind::entity_id:
            return "a string";
        case Kind::integer:
            return "an integer";
        case Kind::number:
            return "a number";
        case Kind::boolean:
            return "true or false (also yes/no, on/off)";
        case Kind::list:
            return "a list";
        case Kind::map:
            return "a map";
        case Kind::properties:
            return "a map with plain ASCII keys";
        case Kind::choice:
            break;
    }
    std::string text = "one of";
    for (const std::string_view choice : type.choices) {
        text.append(text.size() == 6 ? " '" : ", '").append(choice).append("'");
    }
    return text;
}

/// Null if the value is of no use for the type; a null value never is.
Value converted(const AttributeType& type, const Value& value) {
    switch (type.kind) {
        case Kind::string:
        case Kind::path:
        case Kind::entity_id:
            if (auto text = text_of(value)) {
                return std::move(*text);
            }
            return {};
        case Kind::integer:
            if (const auto number = integer_of(value)) {
                return *number;
            }
            return {};
        case Kind::number:
            return number_of(value);
        case Kind::boolean:
            if (const auto truth = boolean_of(value)) {
                return *truth;
            }
            return {};
        case Kind::list:
            return value.as<wire::List>() != nullptr ? value : Value{};
        case Kind::map:
            return value.as<wire::Map>() != nullptr ? value : Value{};
        case Kind::properties: {
            const auto* map = value.as<wire::Map>();
            return map != nullptr && are_properties(*map) ? value : Value{};
        }
        case Kind::choice: {
            const std::string* text = value.text();
            const bool known =
                text != nullptr && std::ranges::find(type.choices, *text) != type.choices.end();
            return known ? Value{*text} : Value{};
        }
    }
    return {};
}

}  // namespace

std::optional<std::int64_t> integer_of(const Value& value) {
    if (const auto number = value.integer()) {
        return number;
    }
    const std::string* text = value.text();
    return text == nullptr ? std::nullopt : spelled<std::int64_t>(*text);
}

Value number_value(double number) {
    if (!std::isfinite(number)) {
        return {};
    }
    constexpr double kWholeMax = 9007199254740992.0;  // 2^53: beyond, a double skips integers
    const bool whole = std::abs(number) <= kWholeMax && number == std::trunc(number);
    return whole ? Value{static_cast<std::int64_t>(number)} : Value{number};
}

Result<Value> coerce(const Attribute& attribute, const Value& value) {
    const bool spelled = !attribute.spelled || value.text() != nullptr;
    Value result = spelled ? converted(attribute.type, value) : Value{};
    if (result.is_null()) {
        // A rejected secret must not travel back in an error text that ends up in logs.
        const std::string given = attribute.secret ? "the one given" : wire::to_string(value);
        return fail(kInvalidField, "Invalid value for '" + std::string{attribute.name} +
                                       "': " + printable(given.substr(0, kValueShownMax)) +
                                       "; expected " + wanted(attribute.type));
    }
    return result;
}

}  // namespace weft::mgmt

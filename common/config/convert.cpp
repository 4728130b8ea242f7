#include "common/config/convert.hpp"

#include "common/base/assert.hpp"
#include "common/config/fault.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

namespace weft::config {

namespace {

using Converted = tl::expected<Node, Unfit>;

struct Named {
    std::string_view name;
    std::int64_t value;
};

constexpr std::array kBooleans{Named{"yes", 1}, Named{"true", 1},  Named{"on", 1},
                               Named{"no", 0},  Named{"false", 0}, Named{"off", 0}};
constexpr std::array kPorts{Named{"amqp", 5672}, Named{"amqps", 5671}};
constexpr std::array kSizes{Named{"B", 0}, Named{"KiB", 10}, Named{"MiB", 20}, Named{"GiB", 30},
                            Named{"TiB", 40}};

std::optional<std::int64_t> value_of(std::span<const Named> names, std::string_view name) {
    const auto found = std::ranges::find(names, name, &Named::name);
    return found == names.end() ? std::nullopt : std::optional{found->value};
}

/// A whole text that is a number.
template <class Number>
std::optional<Number> number_of(std::string_view text) {
    Number number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    return whole ? std::optional{number} : std::nullopt;
}

Node with(const Node& node, decltype(Node::value) value) {
    return {std::move(value), node.place, node.index, false};
}

tl::unexpected<Unfit> unfit(const Key& key, const Node& node) {
    std::string text = "must be " + expected_value(key);
    if (key.type != Type::secret) {
        text += ", not " + describe(node);
    }
    return tl::unexpected<Unfit>(Unfit{std::move(text)});
}

template <class Number>
Converted bounded(const Key& key, const Node& node, Number number) {
    const auto min = static_cast<Number>(key.min);
    const auto max = static_cast<Number>(key.max);
    if (number >= min && number <= max) {
        return with(node, number);
    }
    auto failed = unfit(key, node);
    const bool means_max = key.out_of_bounds == OutOfBounds::means_max;
    failed.value().clamped = with(node, means_max ? max : std::clamp(number, min, max));
    return failed;
}

Converted to_boolean(const Key& key, const Node& node) {
    if (std::holds_alternative<bool>(node.value)) {
        return node;
    }
    if (const std::string* text = node.text(); text != nullptr && node.untyped) {
        std::string lower = *text;
        std::ranges::transform(lower, lower.begin(), [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        });
        if (const auto value = value_of(kBooleans, lower)) {
            return with(node, *value != 0);
        }
    }
    return unfit(key, node);
}

Converted to_integer(const Key& key, const Node& node) {
    if (const auto* number = std::get_if<std::int64_t>(&node.value)) {
        return bounded(key, node, *number);
    }
    if (const std::string* text = node.text(); text != nullptr && node.untyped) {
        if (const auto number = number_of<std::int64_t>(*text)) {
            return bounded(key, node, *number);
        }
    }
    return unfit(key, node);
}

Converted to_port(const Key& key, const Node& node) {
    std::optional<std::int64_t> port;
    if (const auto* number = std::get_if<std::int64_t>(&node.value)) {
        port = *number;
    } else if (const std::string* text = node.text()) {
        port = value_of(kPorts, *text);
        port = port ? port : number_of<std::int64_t>(*text);
    }
    if (!port || *port < 0 || *port > 65535) {
        return unfit(key, node);
    }
    return with(node, *port);
}

/// "64KiB": digits, then perhaps a unit.
std::optional<std::int64_t> size_of(std::string_view text) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto number = number_of<std::int64_t>(text.substr(0, digits));
    std::string_view unit = text.substr(digits);
    unit.remove_prefix(std::min(unit.find_first_not_of(' '), unit.size()));
    const auto shift = value_of(kSizes, unit.empty() ? "B" : unit);
    if (!number || !shift || *number > std::numeric_limits<std::int64_t>::max() >> *shift) {
        return std::nullopt;
    }
    return *number << *shift;
}

Converted to_size(const Key& key, const Node& node) {
    if (const auto* number = std::get_if<std::int64_t>(&node.value)) {
        return bounded(key, node, *number);
    }
    if (const std::string* text = node.text()) {
        if (const auto size = size_of(*text)) {
            return bounded(key, node, *size);
        }
    }
    return unfit(key, node);
}

Converted to_seconds(const Key& key, const Node& node) {
    std::optional<double> seconds;
    if (const auto* number = std::get_if<std::int64_t>(&node.value)) {
        seconds = static_cast<double>(*number);
    } else if (const auto* fraction = std::get_if<double>(&node.value)) {
        seconds = *fraction;
    } else if (const std::string* text = node.text(); text != nullptr && node.untyped) {
        seconds = number_of<double>(*text);
    }
    if (!seconds || !std::isfinite(*seconds)) {
        return unfit(key, node);
    }
    return bounded(key, node, *seconds);
}

Converted to_choice(const Key& key, const Node& node) {
    const std::string* text = node.text();
    const auto found =
        text == nullptr ? key.choices.end() : std::ranges::find(key.choices, *text, &Choice::name);
    if (found == key.choices.end()) {
        return unfit(key, node);
    }
    if (!found->refused.empty()) {
        return tl::unexpected<Unfit>(
            Unfit{quote(found->name) + " is not available: " + std::string{found->refused}});
    }
    return with(node, *text);
}

Converted to_texts(const Key& key, const Node& node) {
    const List* list = node.list();
    const bool texts = list != nullptr && std::ranges::all_of(*list, [](const Node& element) {
                           return element.text() != nullptr;
                       });
    return texts ? Converted{node} : unfit(key, node);
}

Converted to_maps(const Key& key, const Node& node) {
    const List* list = node.list();
    const bool maps = list != nullptr && std::ranges::all_of(*list, [](const Node& element) {
                          return element.object() != nullptr;
                      });
    return maps ? Converted{node} : unfit(key, node);
}

Converted to_properties(const Key& key, const Node& node) {
    const Object* object = node.object();
    const bool plain = object != nullptr && std::ranges::all_of(*object, [](const Member& member) {
                           return std::ranges::all_of(member.name, [](char c) { return c >= 0; });
                       });
    return plain ? Converted{node} : unfit(key, node);
}

std::string between(const Key& key) {
    return "from " + std::to_string(key.min) + " to " + std::to_string(key.max);
}

std::string any_choice(const Key& key) {
    std::string text = "one of";
    for (const Choice& choice : key.choices) {
        if (choice.refused.empty()) {
            text += (text.size() > 6 ? ", " : " ") + std::string{choice.name};
        }
    }
    return text;
}

}  // namespace

std::string expected_value(const Key& key) {
    switch (key.type) {
        case Type::text:
            return "a text";
        case Type::boolean:
            return "true or false";
        case Type::integer:
            return "a whole number " + between(key);
        case Type::port:
            return "a port from 0 to 65535, \"amqp\" or \"amqps\"";
        case Type::size:
            return "a size in bytes, as in 65536 or \"64KiB\", " + between(key);
        case Type::seconds:
            return "a number of seconds " + between(key);
        case Type::choice:
            return any_choice(key);
        case Type::map:
            return "an object";
        case Type::properties:
            return "an object with names of plain ASCII";
        case Type::texts:
            return "a list of texts";
        case Type::maps:
            return "a list of objects";
        case Type::secret:
            return "a text, \"env:NAME\" or \"file:PATH\"";
        case Type::path:
            return "a path";
        case Type::pem:
            return "the path of a PEM file, or \"env:NAME\"";
    }
    return {};
}

tl::expected<Node, Unfit> convert(const Key& key, const Node& node) {
    switch (key.type) {
        case Type::boolean:
            return to_boolean(key, node);
        case Type::integer:
            return to_integer(key, node);
        case Type::port:
            return to_port(key, node);
        case Type::size:
            return to_size(key, node);
        case Type::seconds:
            return to_seconds(key, node);
        case Type::choice:
            return to_choice(key, node);
        case Type::texts:
            return to_texts(key, node);
        case Type::maps:
            return to_maps(key, node);
        case Type::map:
            return node.object() != nullptr ? Converted{node} : unfit(key, node);
        case Type::properties:
            return to_properties(key, node);
        case Type::text:
        case Type::secret:
        case Type::path:
        case Type::pem:
            return node.text() != nullptr ? Converted{with(node, *node.text())} : unfit(key, node);
    }
    return unfit(key, node);
}

Node default_node(const Key& key, std::string_view text) {
    if (text.empty()) {
        return {};
    }
    auto converted = convert(key, {std::string{text}, {}, 0, true});
    WEFT_CHECK(converted.has_value());  // C3
    return *std::move(converted);
}

}  // namespace weft::config

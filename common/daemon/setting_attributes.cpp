#include "common/daemon/setting_attributes.hpp"

#include "common/config/convert.hpp"
#include "common/config/node.hpp"
#include "common/mgmt/coercion.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string>
#include <utility>
#include <variant>

namespace weft::daemon {
namespace {

using config::Key;
using config::Support;
using config::Type;
using mgmt::Kind;

mgmt::AttributeType type_of(const Key& key) {
    switch (key.type) {
        case Type::boolean:
            return Kind::boolean;
        case Type::integer:
        case Type::size:
            return Kind::integer;
        case Type::seconds:
            return Kind::number;
        case Type::map:
            return Kind::map;
        case Type::properties:
            return Kind::properties;
        case Type::texts:
        case Type::maps:
            return Kind::list;
        case Type::path:
        case Type::pem:
            return Kind::path;
        case Type::choice: {
            std::vector<std::string_view> names(key.choices.size());
            std::ranges::transform(key.choices, names.begin(), &config::Choice::name);
            return mgmt::one_of(std::move(names));
        }
        case Type::text:
        case Type::port:  // a number or a service's name
        case Type::secret:
            break;
    }
    return Kind::string;
}

/// The default as management tells values of the key's type.
wire::Value default_of(const Key& key) {
    if (key.type == Type::port) {
        return key.default_value.empty() ? wire::Value{} : wire::Value{key.default_value};
    }
    const config::Node node = config::default_node(key, key.default_value);
    if (const auto* truth = std::get_if<bool>(&node.value)) {
        return *truth;
    }
    if (const auto* whole = std::get_if<std::int64_t>(&node.value)) {
        return *whole;
    }
    if (const auto* number = std::get_if<double>(&node.value)) {
        return mgmt::number_value(*number);
    }
    const std::string* text = node.text();
    return text == nullptr ? wire::Value{} : wire::Value{*text};
}

/// `meaning`, and why it is not to be had, if it is not.
std::string described(std::string_view meaning, Support support, std::string_view reason) {
    std::string text{meaning};
    if (support != Support::honoured) {
        text += text.empty() ? "" : " ";
        text += support == Support::no_effect ? "No effect: " : "Not available: ";
        text.append(reason).append(".");
    }
    return text;
}

/// The attributes of every entity, which a table need not repeat.
bool is_common(const Key& key) {
    return key.name == "name" || key.name == "type";
}

}  // namespace

mgmt::Attribute setting_attribute(const Key& key) {
    mgmt::Attribute attribute = mgmt::setting(
        key.name, type_of(key), described(key.meaning, key.support, key.reason), default_of(key));
    attribute.unit = config::unit_of(key);
    attribute.required = key.required;
    attribute.update = key.changeable;
    attribute.secret = key.type == Type::secret;
    attribute.alias = key.old_name;
    attribute.alias_shown = key.old_name_shown;
    return attribute;
}

mgmt::EntityType entity_type(const config::Section& section,
                             std::vector<mgmt::Attribute> readings,
                             std::vector<std::string_view> operations) {
    mgmt::EntityType type{
        .short_name = std::string{section.entity},
        .description = described(section.meaning, section.support, section.reason),
        .operations = std::move(operations),
        .singleton = section.singleton};
    for (const Key& key : section.keys) {
        if (!is_common(key)) {
            type.attributes.push_back(setting_attribute(key));
        }
    }
    if (std::ranges::any_of(section.keys, &Key::changeable)) {
        type.operations.push_back("UPDATE");
    }
    std::ranges::move(readings, std::back_inserter(type.attributes));
    return type;
}

}  // namespace weft::daemon

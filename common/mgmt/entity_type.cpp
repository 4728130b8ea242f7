#include "common/mgmt/entity_type.hpp"

#include <algorithm>
#include <iterator>

namespace weft::mgmt {

Attribute setting(std::string_view name,
                  AttributeType type,
                  std::string description,
                  wire::Value default_value) {
    return {.name = name,
            .type = std::move(type),
            .description = std::move(description),
            .default_value = std::move(default_value),
            .create = true};
}

Attribute reading(std::string_view name, AttributeType type, std::string description) {
    return {.name = name,
            .type = std::move(type),
            .description = std::move(description),
            .statistic = true};
}

AttributeType one_of(std::vector<std::string_view> choices) {
    return AttributeType{std::move(choices)};
}

Attribute required(Attribute attribute) {
    attribute.required = true;
    return attribute;
}

Attribute updatable(Attribute attribute) {
    attribute.update = true;
    attribute.statistic = false;
    return attribute;
}

Attribute secret(Attribute attribute) {
    attribute.secret = true;
    return attribute;
}

Attribute once_called(std::string_view alias, Attribute attribute) {
    attribute.alias = alias;
    return attribute;
}

Attribute shown_as_well(std::string_view alias, Attribute attribute) {
    attribute.alias = alias;
    attribute.alias_shown = true;
    return attribute;
}

const Attribute* EntityType::find(std::string_view attribute) const {
    const auto found = std::ranges::find_if(attributes, [&](const Attribute& each) {
        return each.name == attribute || (!each.alias.empty() && each.alias == attribute);
    });
    return found == attributes.end() ? nullptr : &*found;
}

bool EntityType::is_a(const EntityType& other) const {
    const EntityType* type = this;
    while (type != nullptr && type != &other) {
        type = type->base;
    }
    return type != nullptr;
}

bool EntityType::supports(std::string_view operation) const {
    return std::ranges::find(operations, operation) != operations.end();
}

std::vector<std::string_view> EntityType::columns() const {
    std::vector<std::string_view> names;
    for (const Attribute& attribute : attributes) {
        names.push_back(attribute.name);
        if (attribute.alias_shown) {
            names.push_back(attribute.alias);
        }
    }
    return names;
}

std::string_view EntityType::schema_name() const {
    constexpr std::string_view kConfig = "router.config.";
    const std::string_view text = short_name;
    return text.starts_with(kConfig) ? text.substr(kConfig.size()) : text;
}

}  // namespace weft::mgmt

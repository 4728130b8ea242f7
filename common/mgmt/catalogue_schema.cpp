#include "common/mgmt/catalogue_schema.hpp"

namespace weft::mgmt {
namespace {

using wire::Value;

wire::List list_of(const std::vector<std::string_view>& texts) {
    return {texts.begin(), texts.end()};
}

Value type_of(const AttributeType& type) {
    switch (type.kind) {
        case Kind::string:
            return "string";
        case Kind::path:
            return "path";
        case Kind::entity_id:
            return "entityId";
        case Kind::integer:
            return "integer";
        case Kind::number:
            return "number";
        case Kind::boolean:
            return "boolean";
        case Kind::list:
            return "list";
        case Kind::map:
            return "map";
        case Kind::properties:
            return "properties";
        case Kind::choice:
            break;
    }
    return list_of(type.choices);
}

wire::Map described(const Attribute& attribute) {
    wire::Map map{{"type", type_of(attribute.type)}};
    if (!attribute.default_value.is_null()) {
        map.emplace_back("default", attribute.default_value);
    }
    const auto flag = [&](std::string_view name, bool set) {
        if (set) {
            map.emplace_back(name, true);
        }
    };
    flag("required", attribute.required);
    flag("unique", attribute.name == "name" || attribute.name == "identity");
    map.emplace_back("description", attribute.description);
    if (!attribute.unit.empty()) {
        map.emplace_back("unit", attribute.unit);
    }
    flag("create", attribute.create);
    flag("update", attribute.update);
    flag("graph", attribute.statistic && attribute.type.kind == Kind::integer);
    return map;
}

wire::Map described(const EntityType& type) {
    wire::Map attributes;
    for (const Attribute& attribute : type.attributes) {
        if (attribute.name != "type") {  // fixed: fullyQualifiedType
            attributes.emplace_back(attribute.name, described(attribute));
        }
    }
    wire::Map map{{"attributes", std::move(attributes)},
                  {"operations", list_of(type.operations)},
                  {"description", type.description},
                  {"fullyQualifiedType", type.name}};
    if (type.deprecated) {
        map.emplace_back("deprecated", true);
    }
    if (type.singleton) {
        map.emplace_back("singleton", true);
    }
    return map;
}

/// `value_of` each type for which `chosen` holds, by full name.
template <class Chosen, class ValueOf>
wire::Map by_type(const Catalogue& catalogue, Chosen chosen, ValueOf value_of) {
    wire::Map map;
    for (const EntityType& each : catalogue.types()) {
        if (chosen(each)) {
            map.emplace_back(each.name, value_of(each));
        }
    }
    return map;
}

}  // namespace

wire::Map schema(const Catalogue& catalogue) {
    wire::Map types;
    for (const EntityType& type : catalogue.types()) {
        types.emplace_back(type.schema_name(), described(type));
    }
    std::string_view prefix = kTypePrefix;
    prefix.remove_suffix(1);
    return {{"prefix", prefix}, {"entityTypes", std::move(types)}};
}

wire::Map type_bases(const Catalogue& catalogue, const EntityType* type) {
    return by_type(
        catalogue, [&](const EntityType& each) { return type == nullptr || each.is_a(*type); },
        [](const EntityType& each) {
            wire::List bases;
            for (const EntityType* base = each.base; base != nullptr; base = base->base) {
                bases.emplace_back(base->name);
            }
            return bases;
        });
}

wire::Map type_attributes(const Catalogue& catalogue, const EntityType* type) {
    return by_type(
        catalogue, [&](const EntityType& each) { return type == nullptr || &each == type; },
        [](const EntityType& each) { return list_of(each.columns()); });
}

wire::Map type_operations(const Catalogue& catalogue, const EntityType* type) {
    return by_type(
        catalogue, [&](const EntityType& each) { return type == nullptr || &each == type; },
        [](const EntityType& each) { return list_of(each.operations); });
}

}  // namespace weft::mgmt

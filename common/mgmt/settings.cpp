#include "common/mgmt/settings.hpp"

#include "common/base/conditions.hpp"
#include "common/mgmt/catalogue.hpp"
#include "common/mgmt/coercion.hpp"
#include "common/mgmt/status.hpp"

#include <algorithm>
#include <string>

namespace weft::mgmt {
namespace {

using wire::Value;

/// One entry of a requester's map, its attribute found.
struct Given {
    const Attribute* attribute = nullptr;
    const Value* value = nullptr;
};

/// An alias beside its attribute would leave it to chance which one counts.
std::string both(const EntityType& type, const Attribute& attribute) {
    return "Both '" + std::string{attribute.alias} + "' and '" + std::string{attribute.name} +
           "' cannot be specified for entity '" + std::string{type.schema_name()} + "'";
}

Result<std::vector<Given>> recognised(const EntityType& type, const wire::Map& given) {
    std::vector<Given> entries;
    for (const auto& [key, value] : given) {
        const std::string* name = key.text();
        if (name == nullptr) {
            return fail(kInvalidField,
                        "Attribute names must be strings, not " + wire::to_string(key));
        }
        const Attribute* attribute = type.find(*name);
        if (attribute == nullptr && value.is_null()) {
            continue;  // null says nothing
        }
        if (attribute == nullptr) {
            return fail(kInvalidField, Catalogue::unknown_attribute(type, *name));
        }
        const auto twin = std::ranges::find(entries, attribute, &Given::attribute);
        if (twin == entries.end()) {
            entries.push_back({attribute, &value});
            continue;
        }
        // A map read from us shows both names with one value.
        if (*twin->value != value) {
            return fail(kInvalidField, attribute->alias.empty()
                                           ? "Attribute '" + *name + "' is given twice"
                                           : both(type, *attribute));
        }
    }
    return entries;
}

Result<void> check_required(const EntityType& type, const Attributes& attributes) {
    std::string missing;
    for (const Attribute& attribute : type.attributes) {
        if (attribute.required && attribute.name != "type" &&
            attributes.find(attribute.name) == nullptr) {
            missing.append(missing.empty() ? "'" : ", '").append(attribute.name).append("'");
        }
    }
    return missing.empty() ? Result<void>{}
                           : fail(kInvalidField, "Missing required attribute " + missing +
                                                     " for '" + type.name + "'");
}

Value current(const EntityType& type, const Attribute& attribute, const Row& row) {
    if (attribute.name == "identity") {
        return row.identity;
    }
    if (attribute.name == "name") {
        return row.shown_name();
    }
    if (attribute.name == "type") {
        return type.name;
    }
    const Value* value = row.attributes.find(attribute.name);
    return value == nullptr ? Value{} : *value;
}

/// Whether a requester's value is what the entity has; 1 and "1" and a ulong 1 are one value.
bool unchanged(const Attribute& attribute, const Value& given, const Value& now) {
    if (given == now) {
        return true;
    }
    const auto a = coerce(attribute, given);
    const auto b = coerce(attribute, now);
    return a && b && *a == *b;
}

}  // namespace

Result<Attributes> checked_for_create(const EntityType& type, const wire::Map& given) {
    WEFT_TRY(const auto entries, recognised(type, given));
    Attributes attributes;
    for (const auto& [attribute, value] : entries) {
        if (value->is_null() || attribute->name == "type" || attribute->name == "name") {
            continue;
        }
        if (attribute->name == "identity") {
            return fail(kInvalidField,
                        "'identity' attribute cannot be specified: it is assigned; "
                        "choose a 'name' instead");
        }
        if (!attribute->create) {
            return fail(kInvalidField,
                        "Cannot set attribute '" + std::string{attribute->name} + "' in CREATE");
        }
        WEFT_TRY(auto converted, coerce(*attribute, *value));
        attributes.set(attribute->name, std::move(converted));
    }
    if (auto complete = check_required(type, attributes); !complete) {
        return tl::unexpected(complete.error());
    }
    return attributes;
}

Result<Attributes> checked_for_update(const EntityType& type,
                                      const wire::Map& given,
                                      const Row& row) {
    WEFT_TRY(const auto entries, recognised(type, given));
    Attributes changes;
    for (const auto& [attribute, value] : entries) {
        if (attribute->statistic || unchanged(*attribute, *value, current(type, *attribute, row))) {
            continue;
        }
        if (!attribute->update) {
            return fail(kInvalidField, "Cannot update attribute '" + std::string{attribute->name} +
                                           "' in UPDATE: it is fixed once the entity exists");
        }
        if (value->is_null()) {
            changes.set(attribute->name, attribute->default_value);
            continue;
        }
        WEFT_TRY(auto converted, coerce(*attribute, *value));
        changes.set(attribute->name, std::move(converted));
    }
    return changes;
}

}  // namespace weft::mgmt

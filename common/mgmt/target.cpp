#include "common/mgmt/target.hpp"

#include "common/base/conditions.hpp"
#include "common/mgmt/coercion.hpp"

#include <algorithm>

namespace weft::mgmt {
namespace {

using wire::Value;

/// Null if absent or null.
const Value* property(const wire::Map& properties, std::string_view name) {
    const Value* value = wire::find(properties, name);
    return value == nullptr || value->is_null() ? nullptr : value;
}

Result<std::optional<std::string>> text(const wire::Map& properties, std::string_view name) {
    const Value* value = property(properties, name);
    if (value == nullptr) {
        return std::nullopt;
    }
    if (const std::string* plain = value->text()) {
        return *plain;
    }
    if (const auto number = value->integer()) {
        return std::to_string(*number);
    }
    return fail(kInvalidField, "Property '" + std::string{name} + "' must be a string");
}

Result<std::optional<std::int64_t>> number(const wire::Map& properties, std::string_view name) {
    const Value* value = property(properties, name);
    if (value == nullptr) {
        return std::nullopt;
    }
    if (const auto plain = integer_of(*value)) {
        return plain;
    }
    return fail(kInvalidField, "Property '" + std::string{name} + "' must be an integer");
}

Result<bool> flag(const wire::Map& properties, std::string_view name) {
    const Value* value = property(properties, name);
    if (value == nullptr) {
        return false;
    }
    if (const bool* plain = value->as<bool>()) {
        return *plain;
    }
    const std::string* word = value->text();
    if (word != nullptr && (*word == "true" || *word == "false")) {
        return *word == "true";
    }
    return fail(kInvalidField, "Property '" + std::string{name} + "' must be true or false");
}

Result<const EntityType*> known_type(const wire::Map& properties,
                                     std::string_view name,
                                     const Catalogue& catalogue) {
    WEFT_TRY(const auto given, text(properties, name));
    if (!given || given->empty()) {
        return nullptr;
    }
    const EntityType* known = catalogue.find(*given);
    if (known == nullptr) {
        return fail(kInvalidField, catalogue.unknown_type(*given));
    }
    return known;
}

}  // namespace

Result<Agent::Target> Agent::Target::of(const wire::Map& properties, const Catalogue& catalogue) {
    Target target;
    WEFT_TRY(auto operation, text(properties, "operation"));
    if (!operation || operation->empty()) {
        return fail(kInvalidField,
                    "No 'operation' property: the application-properties must name one, "
                    "for example operation=QUERY");
    }
    std::ranges::transform(*operation, operation->begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    target.operation = std::move(*operation);
    WEFT_TRY(target.type, known_type(properties, "type", catalogue));
    WEFT_TRY(target.entity_type, known_type(properties, "entityType", catalogue));
    WEFT_TRY(target.name, text(properties, "name"));
    WEFT_TRY(target.identity, text(properties, "identity"));
    WEFT_TRY(target.offset, number(properties, "offset"));
    WEFT_TRY(target.count, number(properties, "count"));
    WEFT_TRY(target.limit, number(properties, "limit"));
    WEFT_TRY(target.indent, number(properties, "indent"));
    WEFT_TRY(target.force, flag(properties, "force"));
    return target;
}

}  // namespace weft::mgmt

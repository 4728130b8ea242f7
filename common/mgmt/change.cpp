#include "common/mgmt/change.hpp"

#include <algorithm>
#include <array>

namespace weft::mgmt {
namespace {

constexpr const char* kMasked = "(secret)";

void add(wire::Map& values,
         const EntityType& type,
         std::string_view name,
         const wire::Value* value) {
    const Attribute* const attribute = type.find(name);
    const bool secret = attribute != nullptr && attribute->secret;
    const bool told = value != nullptr && !value->is_null();
    values.emplace_back(std::string{name}, !told    ? wire::Value{}
                                           : secret ? wire::Value{kMasked}
                                                    : *value);
}

}  // namespace

bool is_reading(std::string_view operation) {
    constexpr std::array<std::string_view, 4> kReadings{"QUERY", "READ", "PEEK", "EXPLAIN"};
    return operation.starts_with("GET-") || operation.starts_with("SHOW-") ||
           std::ranges::find(kReadings, operation) != kReadings.end();
}

wire::Value values_of(const EntityType& type, const Attributes& attributes, const Row& row) {
    wire::Map values;
    for (const auto& [name, given] : attributes) {
        add(values, type, name, row.attributes.find(name));
    }
    return values;
}

wire::Value settings_in(const EntityType& type, const Row& row) {
    wire::Map values;
    for (const auto& [name, value] : row.attributes) {
        const Attribute* const attribute = type.find(name);
        if (attribute != nullptr && (attribute->create || attribute->update) && !value.is_null()) {
            add(values, type, name, &value);
        }
    }
    return values;
}

wire::Value arguments_in(const wire::Map& properties) {
    constexpr std::array<std::string_view, 6> kOthers{"operation", "type",       "name",
                                                      "identity",  "entityType", "locales"};
    wire::Map arguments;
    for (const auto& [name, value] : properties) {
        const std::string* const text = name.text();
        if (text != nullptr && std::ranges::find(kOthers, *text) == kOthers.end()) {
            arguments.emplace_back(*text, value);
        }
    }
    return arguments.empty() ? wire::Value{} : wire::Value{std::move(arguments)};
}

}  // namespace weft::mgmt

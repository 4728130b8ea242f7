#pragma once

#include "common/json/tree.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <variant>

/// What an object in JSON has. Internal to common/security. Threading: any thread (pure functions).
namespace weft::security {

/// Null: it is no object, or has none of that name.
inline const json::Node* member_of(const json::Node& object, std::string_view name) {
    const auto* const members = std::get_if<json::Object>(&object.value);
    if (members == nullptr) {
        return nullptr;
    }
    const auto found = std::ranges::find(*members, name, &json::Member::name);
    return found == members->end() ? nullptr : &found->node;
}

/// Null: it has no text of that name.
inline const std::string* text_in(const json::Node& object, std::string_view name) {
    const json::Node* const found = member_of(object, name);
    return found == nullptr ? nullptr : std::get_if<std::string>(&found->value);
}

}  // namespace weft::security

#pragma once

#include "tools/weft/values/json.hpp"

#include <string>
#include <vector>

namespace weft::tools {

/// What became of one entity since it was last looked at. Threading: not shared (a value).
struct EntityChange {
    std::string is{};   // "new", "changed", "gone"
    std::string key{};  // its identity, or its name
    Entity entity{};    // new: all of it; changed: what is another than before; gone: nothing
};

/// What is another in `now` than in `before`, in the order of `now`; then those that are gone.
/// Entities are known by their identity, or by their name; those with neither are left out.
std::vector<EntityChange> changes_between(const std::vector<Entity>& before,
                                          const std::vector<Entity>& now);

/// "new queue/orders messages=3 bytes=12"; `json`: {"is": "new", "key": …, "entity": {…}}.
std::string change_line(const EntityChange& change, bool json);

}  // namespace weft::tools

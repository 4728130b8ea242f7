#include "tools/weft/watch/changes.hpp"

#include "tools/weft/tables/report.hpp"

#include <map>
#include <utility>

namespace weft::tools {
namespace {

std::string key_of(const Entity& entity) {
    const std::string identity = text_of(entity, "identity");
    return identity.empty() ? text_of(entity, "name") : identity;
}

/// The attributes that say something else than before.
Entity difference(const Entity& before, const Entity& now) {
    Entity changed = Entity::object();
    for (const auto& [name, value] : now.items()) {
        const auto found = before.find(name);
        if (found == before.end() || *found != value) {
            changed[name] = value;
        }
    }
    return changed;
}

}  // namespace

std::vector<EntityChange> changes_between(const std::vector<Entity>& before,
                                          const std::vector<Entity>& now) {
    std::map<std::string, const Entity*> left;
    for (const Entity& entity : before) {
        left.emplace(key_of(entity), &entity);
    }
    std::vector<EntityChange> changes;
    for (const Entity& entity : now) {
        std::string key = key_of(entity);
        if (key.empty()) {
            continue;
        }
        const auto known = left.find(key);
        if (known == left.end()) {
            changes.push_back({.is = "new", .key = std::move(key), .entity = entity});
            continue;
        }
        Entity changed = difference(*known->second, entity);
        left.erase(known);
        if (!changed.empty()) {
            changes.push_back(
                {.is = "changed", .key = std::move(key), .entity = std::move(changed)});
        }
    }
    for (const auto& [key, entity] : left) {
        if (!key.empty()) {
            changes.push_back({.is = "gone", .key = key, .entity = Entity::object()});
        }
    }
    return changes;
}

std::string change_line(const EntityChange& change, bool json) {
    if (json) {
        Json line{{"is", change.is}, {"key", change.key}};
        if (change.is != "gone") {
            line["entity"] = change.entity;
        }
        return json_text(line, -1);
    }
    std::string line = change.is + " " + change.key;
    for (const auto& [name, value] : change.entity.items()) {
        const bool told = name == "identity" || name == "type" || value.is_null() ||
                          (name == "name" && value == change.key);
        if (!told) {
            line += " " + name + "=" + text_of(change.entity, name);
        }
    }
    return line;
}

}  // namespace weft::tools

#include "router/config/checks.hpp"

#include "common/daemon/connection_sections.hpp"
#include "router/config/sections.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace weft::router_config {

namespace {

using config::Entity;
using config::Faults;
using Entities = std::vector<const Entity*>;

using Rule = std::pair<router::AddressPattern, const Entity*>;

/// Only rules with the same key can be ambiguous: as specific as one another, and overlapping.
/// Those with a "#" in the middle share one key, others have that of their letters.
std::string ambiguity_key(const router::AddressPattern& pattern) {
    std::string key = pattern.text();
    if (pattern.grammar() == router::AddressPattern::Grammar::pattern &&
        key.find('#') < key.find_last_not_of("/.")) {
        return "#";
    }
    std::erase_if(key,
                  [](char c) { return std::string_view{"./+*#"}.find(c) != std::string::npos; });
    return key;
}

bool ambiguous(const router::AddressPattern& a, const router::AddressPattern& b) {
    return a.compare(b) == 0 && a.overlaps(b);
}

void check_addresses(const Entities& addresses, Faults& faults) {
    std::unordered_map<std::string, std::vector<Rule>> known;
    for (const Entity* entity : addresses) {
        const auto pattern = address_pattern(*entity);
        if (!pattern) {
            continue;
        }
        std::vector<Rule>& near = known[ambiguity_key(*pattern)];
        const auto other = std::ranges::find_if(
            near, [&](const Rule& rule) { return ambiguous(rule.first, *pattern); });
        if (other != near.end()) {
            faults.error(entity->place(), entity->pointer(),
                         config::quote(pattern->text()) + " is as specific as " +
                             config::quote(other->first.text()) + " of " +
                             daemon::where(*other->second, faults) +
                             " for addresses that match both; keep one of them");
        }
        near.emplace_back(*pattern, entity);
    }
}

/// Only a router that takes part in a mesh connects to other routers.
void check_roles(const config::Document& document, const Entities& entities, Faults& faults) {
    if (document.singleton("router").text("mode") == "interior") {
        return;
    }
    for (const Entity* entity : entities) {
        if (entity->text("role") == "inter-router") {
            key_error(*entity, "role",
                      "\"inter-router\" needs a router with \"mode\": \"interior\"; set that, or "
                      "the role \"normal\"",
                      faults);
        }
    }
}

/// Only a router that takes part in a mesh tells others.
void check_scopes(const config::Document& document, const Entities& addresses, Faults& faults) {
    if (document.singleton("router").text("mode") == "interior") {
        return;
    }
    for (const Entity* entity : addresses) {
        if (entity->text("scope") == "mesh") {
            key_error(*entity, "scope",
                      "\"mesh\" needs a router with \"mode\": \"interior\"; set that, or the scope "
                      "\"node\"",
                      faults);
        }
    }
}

}  // namespace

void check_document(const config::Document& document, Faults& faults) {
    const Entities listeners = document.all("listeners");
    const Entities connectors = document.all("connectors");
    const Entities addresses = document.all("addresses");
    check_roles(document, listeners, faults);
    check_roles(document, connectors, faults);
    daemon::check_connections(document, faults);
    daemon::check_unique(addresses, "name", faults);
    daemon::check_unique(document.all("autoLinks"), "name", faults);
    check_addresses(addresses, faults);
    check_scopes(document, addresses, faults);
}

}  // namespace weft::router_config

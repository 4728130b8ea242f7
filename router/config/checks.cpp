#include "router/config/checks.hpp"

#include "router/config/sections.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace weft::router {

namespace {

using config::Entity;
using config::Faults;
using Entities = std::vector<const Entity*>;

std::string where(const Entity& entity, const Faults& faults) {
    std::string text = faults.file_name(entity.place().file);
    if (entity.place().line > 0) {
        text += ":" + std::to_string(entity.place().line);
    }
    return text + " " + entity.pointer();
}

/// No two of `entities` may have the same value of `key`.
void check_unique(const Entities& entities, std::string_view key, Faults& faults) {
    std::map<std::string, const Entity*> known;
    for (const Entity* entity : entities) {
        const std::string value = entity->text(key);
        if (value.empty()) {
            continue;
        }
        const auto [found, inserted] = known.emplace(value, entity);
        if (!inserted) {
            key_error(*entity, key,
                      config::quote(value) + " is also " + where(*found->second, faults) +
                          "; give them different ones",
                      faults);
        }
    }
}

bool any_interface(const std::string& host) {
    return host.empty() || host == "0.0.0.0" || host == "::";
}

bool same_socket(const Entity& a, const Entity& b) {
    const std::string family_a = a.text("socketAddressFamily");
    const std::string family_b = b.text("socketAddressFamily");
    if (!family_a.empty() && !family_b.empty() && family_a != family_b) {
        return false;
    }
    const std::string host_a = a.text("host");
    const std::string host_b = b.text("host");
    return host_a == host_b || any_interface(host_a) || any_interface(host_b);
}

void check_ports(const Entities& listeners, Faults& faults) {
    std::multimap<std::int64_t, const Entity*> known;
    for (const Entity* listener : listeners) {
        const std::int64_t port = listener->integer("port");
        if (port == 0) {
            continue;
        }
        const auto [first, last] = known.equal_range(port);
        const auto found = std::find_if(
            first, last, [&](const auto& other) { return same_socket(*other.second, *listener); });
        if (found != last) {
            key_error(*listener, "port",
                      std::to_string(port) + " is also the port of " +
                          where(*found->second, faults) + "; give them different ones",
                      faults);
        }
        known.emplace(port, listener);
    }
}

using Rule = std::pair<AddressPattern, const Entity*>;

/// Only rules with the same key can be ambiguous: as specific as one another, and overlapping.
/// Those with a "#" in the middle share one key, others have that of their letters.
std::string ambiguity_key(const AddressPattern& pattern) {
    std::string key = pattern.text();
    if (pattern.grammar() == AddressPattern::Grammar::pattern &&
        key.find('#') < key.find_last_not_of("/.")) {
        return "#";
    }
    std::erase_if(key,
                  [](char c) { return std::string_view{"./+*#"}.find(c) != std::string::npos; });
    return key;
}

bool ambiguous(const AddressPattern& a, const AddressPattern& b) {
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
                             where(*other->second, faults) +
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
    check_unique(listeners, "name", faults);
    check_ports(listeners, faults);
    check_unique(connectors, "name", faults);
    check_unique(addresses, "name", faults);
    check_addresses(addresses, faults);
    check_scopes(document, addresses, faults);
    check_unique(document.all("log"), "module", faults);
}

}  // namespace weft::router

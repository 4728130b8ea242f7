#include "router/config/checks.hpp"

#include "common/daemon/connection_sections.hpp"
#include "router/config/sections.hpp"
#include "router/exchange/exchanges.hpp"

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
using RulesByKey = std::unordered_map<std::string, std::vector<Rule>>;

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

/// The addresses' rules.
RulesByKey check_addresses(const Entities& addresses, Faults& faults) {
    RulesByKey known;
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
    return known;
}

bool say_the_same(const Entity& one, const Entity& other) {
    return one.text("direction") == other.text("direction") &&
           one.text("containerId") == other.text("containerId") &&
           one.text("connection") == other.text("connection");
}

/// A link route takes all links of its addresses, so that a rule as specific means nothing.
void check_against_addresses(const Rule& route, const RulesByKey& addresses, Faults& faults) {
    const auto& [pattern, entity] = route;
    const auto near = addresses.find(ambiguity_key(pattern));
    if (near == addresses.end()) {
        return;
    }
    const auto other = std::ranges::find_if(near->second, [&pattern = pattern](const Rule& rule) {
        return ambiguous(rule.first, pattern);
    });
    if (other == near->second.end()) {
        return;
    }
    const std::string both = config::quote(pattern.text()) + " is as specific as " +
                             config::quote(other->first.text()) + " of " +
                             daemon::where(*other->second, faults);
    if (entity->dialect() == config::Dialect::qdrouterd) {  // as the original does
        faults.warn(entity->place(), entity->pointer(),
                    both + ": links of this direction are link-routed, that entry means others");
    } else {
        faults.error(entity->place(), entity->pointer(),
                     both + ", whose links would all be link-routed; keep one of them");
    }
}

/// Several link routes may mean the same links if each leads to another container.
void check_link_routes(const Entities& routes, const RulesByKey& addresses, Faults& faults) {
    RulesByKey known;
    for (const Entity* entity : routes) {
        const auto pattern = address_pattern(*entity);
        if (!pattern) {
            continue;
        }
        check_against_addresses({*pattern, entity}, addresses, faults);
        std::vector<Rule>& near = known[ambiguity_key(*pattern)];
        const auto other = std::ranges::find_if(near, [&](const Rule& rule) {
            return rule.first.same_as(*pattern) && say_the_same(*rule.second, *entity);
        });
        if (other != near.end()) {
            std::string both = config::quote(pattern->text()) + " means the same links as " +
                               config::quote(other->first.text()) + " of " +
                               daemon::where(*other->second, faults) + ", to the same container";
            if (entity->dialect() == config::Dialect::qdrouterd) {  // the original takes both
                faults.warn(entity->place(), entity->pointer(), std::move(both));
            } else {
                both += "; keep one of them";
                faults.error(entity->place(), entity->pointer(), std::move(both));
            }
        }
        near.emplace_back(*pattern, entity);
    }
}

/// Only a router that takes part in a mesh connects to other routers; one at its edge only reaches
/// out, and by connectors of a role of its own.
void check_roles(const config::Document& document, Faults& faults) {
    const std::string mode = document.singleton("router").text("mode");
    const auto check = [&](const Entities& entities, std::string_view mode_of_edges,
                           std::string_view instead) {
        for (const Entity* entity : entities) {
            const std::string role = entity->text("role");
            const std::string_view needed = role == "inter-router" ? "interior"
                                            : role == "edge"       ? mode_of_edges
                                                                   : std::string_view(mode);
            if (needed != mode) {
                key_error(*entity, "role",
                          config::quote(role) + " needs a router with \"mode\": " +
                              config::quote(needed) + "; set that, or the role " +
                              config::quote(mode == "standalone" ? "normal" : instead),
                          faults);
            }
        }
    };
    const bool is_edge = mode == "edge";
    check(document.all("listeners"), "interior", "normal");
    check(document.all("connectors"), "edge", is_edge ? "edge" : "inter-router");
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

/// As the router is to make them, in this order.
void check_exchanges(const config::Document& document, Faults& faults) {
    exchange::Exchanges made;
    const auto report = [&](const Entity& entity, const auto& added) {
        if (!added) {
            faults.error(entity.place(), entity.pointer(), added.error().text);
        }
    };
    const auto has = [](const Entity& entity, const char* one, const char* other) {
        return entity.given(one) != nullptr && entity.given(other) != nullptr;  // else it was said
    };
    for (const Entity* entity : document.all("exchanges")) {
        if (has(*entity, "name", "address")) {
            report(*entity, made.add(read_exchange(*entity)));
        }
    }
    for (const Entity* entity : document.all("bindings")) {
        if (has(*entity, "exchangeName", "nextHopAddress")) {
            report(*entity, made.bind(read_binding(*entity)));
        }
    }
    daemon::check_unique(document.all("bindings"), "name", faults);
}

void check_document(const config::Document& document, Faults& faults) {
    const Entities addresses = document.all("addresses");
    check_roles(document, faults);
    daemon::check_connections(document, faults);
    daemon::check_unique(addresses, "name", faults);
    const Entities link_routes = document.all("linkRoutes");
    daemon::check_unique(document.all("autoLinks"), "name", faults);
    daemon::check_unique(link_routes, "name", faults);
    check_link_routes(link_routes, check_addresses(addresses, faults), faults);
    check_scopes(document, addresses, faults);
    check_exchanges(document, faults);
    check_storages(document, faults);
    check_taken_links(document, faults);
}

}  // namespace weft::router_config

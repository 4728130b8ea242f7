#include "common/daemon/connection_sections.hpp"
#include "router/config/checks.hpp"
#include "router/config/sections.hpp"
#include "router/core/address_rules.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>

namespace weft::router_config {
namespace {

using config::Entity;
using config::Faults;

bool names_broker(const Entity& address, const std::string& broker) {
    const config::Node* given = address.given("brokers");
    return given != nullptr && std::ranges::any_of(*given->list(), [&](const config::Node& each) {
               return *each.text() == broker;
           });
}

/// Links that an address makes are made once.
void check_own_auto_links(const std::vector<const Entity*>& auto_links,
                          const std::unordered_map<std::string, const Entity*>& kept,
                          Faults& faults) {
    for (const Entity* link : auto_links) {
        const auto address = kept.find(link->text("address"));
        if (address == kept.end()) {
            continue;
        }
        for (const std::string& broker : {link->text("containerId"), link->text("connection")}) {
            if (!broker.empty() && names_broker(*address->second, broker)) {
                faults.error(link->place(), link->pointer(),
                             "the address " + config::quote(address->first) + " of " +
                                 daemon::where(*address->second, faults) +
                                 " makes the links to its broker " + config::quote(broker) +
                                 " itself; keep one of them");
            }
        }
    }
}

/// A link route would take the links of the address.
void check_own_link_routes(const std::vector<const Entity*>& link_routes,
                           const std::unordered_map<std::string, const Entity*>& kept,
                           Faults& faults) {
    router::AddressRules rules;
    std::unordered_map<std::uint64_t, const Entity*> by_rule;
    for (const Entity* route : link_routes) {
        if (const auto pattern = address_pattern(*route)) {
            if (const auto added = rules.add({.name = {},
                                              .pattern = *pattern,
                                              .treatment = {}})) {  // else one means the same
                by_rule.emplace(*added, route);
            }
        }
    }
    for (const auto& [address, entity] : kept) {
        if (const router::AddressRule* rule = rules.find(address)) {
            faults.error(entity->place(), entity->pointer(),
                         config::quote(address) + " is among the addresses " +
                             config::quote(rule->pattern.text()) + " of " +
                             daemon::where(*by_rule.at(rule->id), faults) +
                             ", whose links are all link-routed; keep one of them");
        }
    }
}

}  // namespace

void check_storages(const config::Document& document, Faults& faults) {
    std::unordered_map<std::string, const Entity*> kept;  // by address
    for (const Entity* address : document.all("addresses")) {
        if (address->given("brokers") != nullptr && address->given("address") != nullptr) {
            kept.emplace(address->text("address"), address);
        }
    }
    if (!kept.empty()) {
        check_own_auto_links(document.all("autoLinks"), kept, faults);
        check_own_link_routes(document.all("linkRoutes"), kept, faults);
    }
}

}  // namespace weft::router_config

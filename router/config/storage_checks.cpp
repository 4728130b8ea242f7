#include "common/daemon/connection_sections.hpp"
#include "router/config/checks.hpp"
#include "router/config/forward_checks.hpp"
#include "router/config/rule_entities.hpp"
#include "router/config/sections.hpp"
#include "router/core/address.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

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

/// As routers read it, whatever its writer put around it.
std::string name_of(const Entity& entity) {
    return std::string(router::parse_address(entity.text("address"), {}).name());
}

/// What stands in its rule's key.
std::string text_of(const Entity& address) {
    return address_pattern(address)->text();
}

/// Links that an address makes are made once.
void check_own_auto_links(const std::vector<const Entity*>& auto_links,
                          const RuleEntities& addresses,
                          Faults& faults) {
    for (const Entity* link : auto_links) {
        const Entity* const address = addresses.find(name_of(*link));
        if (address == nullptr) {
            continue;
        }
        for (const std::string& broker : {link->text("containerId"), link->text("connection")}) {
            if (!broker.empty() && names_broker(*address, broker)) {
                faults.error(link->place(), link->pointer(),
                             "the address " + config::quote(text_of(*address)) + " of " +
                                 daemon::where(*address, faults) +
                                 " makes the links to its broker " + config::quote(broker) +
                                 " itself; keep one of them");
            }
        }
    }
}

/// A link route would take the links of the address.
void check_own_link_routes(const RuleEntities& link_routes,
                           const std::vector<const Entity*>& kept,
                           Faults& faults) {
    for (const Entity* address : kept) {
        const std::string text = text_of(*address);
        if (const Entity* route = link_routes.find(text)) {
            faults.error(address->place(), address->pointer(),
                         config::quote(text) + " is among the addresses " +
                             config::quote(text_of(*route)) + " of " +
                             daemon::where(*route, faults) +
                             ", whose links are all link-routed; keep one of them");
        }
    }
}

}  // namespace

void check_storages(const config::Document& document, Faults& faults) {
    const std::vector<const Entity*> addresses = document.all("addresses");
    std::vector<const Entity*> kept;
    std::ranges::copy_if(addresses, std::back_inserter(kept), [](const Entity* address) {
        return address->given("brokers") != nullptr && address_pattern(*address);
    });
    if (!kept.empty()) {
        check_own_auto_links(document.all("autoLinks"), RuleEntities(addresses), faults);
        check_own_link_routes(RuleEntities(document.all("linkRoutes")), kept, faults);
        check_forward_circles(document, faults);
    }
}

}  // namespace weft::router_config

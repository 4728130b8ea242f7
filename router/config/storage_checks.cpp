#include "common/daemon/connection_sections.hpp"
#include "router/config/checks.hpp"
#include "router/config/sections.hpp"
#include "router/core/address.hpp"
#include "router/core/address_rules.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace weft::router_config {
namespace {

using config::Entity;
using config::Faults;

/// Entries by the rules that they give.
class Rules {
public:
    explicit Rules(const std::vector<const Entity*>& entities) {
        for (const Entity* entity : entities) {
            const auto pattern = address_pattern(*entity);
            if (!pattern) {
                continue;
            }
            if (const auto added = rules_.add(  // else one means the same
                    {.name = {}, .pattern = *pattern, .treatment = {}})) {
                entities_.emplace(*added, entity);
            }
        }
    }
    /// The most specific; null if none is.
    const Entity* find(std::string_view address) const {
        const router::AddressRule* const rule = rules_.find(address);
        return rule == nullptr ? nullptr : entities_.at(rule->id);
    }

private:
    router::AddressRules rules_;
    std::unordered_map<std::uint64_t, const Entity*> entities_;
};

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
                          const Rules& addresses,
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
void check_own_link_routes(const Rules& link_routes,
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
        check_own_auto_links(document.all("autoLinks"), Rules(addresses), faults);
        check_own_link_routes(Rules(document.all("linkRoutes")), kept, faults);
    }
}

}  // namespace weft::router_config

#include "common/daemon/connection_sections.hpp"
#include "router/config/checks.hpp"
#include "router/config/rule_entities.hpp"
#include "router/config/sections.hpp"
#include "router/core/address.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace weft::router_config {
namespace {

using config::Entity;
using config::Faults;

/// Link routes by whose links they take.
struct Takers {
    RuleEntities of_senders;
    RuleEntities of_receivers;
};

std::vector<const Entity*> of_direction(const config::Document& document,
                                        std::string_view direction) {
    const std::vector<const Entity*> all = document.all("linkRoutes");
    std::vector<const Entity*> chosen;
    std::ranges::copy_if(all, std::back_inserter(chosen), [direction](const Entity* route) {
        return route->text("direction") == direction;
    });
    return chosen;
}

/// `what` stands at the address for the links of one side: "exchange".
void check_passed(const Entity& entity,
                  bool for_senders,
                  const char* what,
                  const Takers& takers,
                  Faults& faults) {
    const router::AddressKey key = router::parse_address(entity.text("address"), {});
    if (key.address_class() != 'M') {
        return;
    }
    const RuleEntities& routes = for_senders ? takers.of_senders : takers.of_receivers;
    const Entity* const route = routes.find(key.name());
    if (route == nullptr) {
        return;
    }
    std::string both = config::quote(key.name()) + " is among the addresses " +
                       config::quote(address_pattern(*route)->text()) + " of " +
                       daemon::where(*route, faults) + ", whose " +
                       (for_senders ? "senders'" : "receivers'") +
                       " links are all link-routed, past this " + what;
    if (entity.dialect() == config::Dialect::qdrouterd) {  // the original takes both
        faults.warn(entity.place(), entity.pointer(), std::move(both));
    } else {
        both += "; keep one of them";
        faults.error(entity.place(), entity.pointer(), std::move(both));
    }
}

}  // namespace

void check_taken_links(const config::Document& document, Faults& faults) {
    const Takers takers{.of_senders = RuleEntities(of_direction(document, "in")),
                        .of_receivers = RuleEntities(of_direction(document, "out"))};
    for (const Entity* exchange : document.all("exchanges")) {
        check_passed(*exchange, /*for_senders=*/true, "exchange", takers, faults);
    }
    for (const Entity* link : document.all("autoLinks")) {
        const bool brings = link->text("direction") == "in";
        check_passed(*link, /*for_senders=*/!brings, "auto-link", takers, faults);
    }
}

}  // namespace weft::router_config

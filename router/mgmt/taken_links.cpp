#include "router/mgmt/taken_links.hpp"

#include "common/base/conditions.hpp"
#include "router/autolink/auto_links.hpp"
#include "router/core/address.hpp"
#include "router/exchange/exchanges.hpp"
#include "router/linkroute/link_routes.hpp"

#include <string>

namespace weft::router_mgmt {
namespace {

/// Only such addresses are looked for among link routes.
bool is_mobile(const router::AddressKey& key) {
    return key.address_class() == 'M';
}

/// `address` is that of an exchange or auto-link.
Result<void> refuse_both(std::string_view address,
                         std::string_view pattern,
                         router::Direction links,
                         std::string_view what) {
    const bool senders = links == router::Direction::in;
    return fail(kPreconditionFailed,
                "\"" + std::string(address) + "\" is among the addresses of the link route \"" +
                    std::string(pattern) + "\", whose " + (senders ? "senders'" : "receivers'") +
                    " links are all link-routed, past the " + std::string(what) +
                    ": keep one of them");
}

}  // namespace

Result<void> check_not_taken(const linkroute::LinkRoutes& link_routes,
                             router::Direction links,
                             std::string_view address,
                             std::string_view what) {
    const router::AddressKey key = router::parse_address(address, {});
    const auto area = is_mobile(key) ? link_routes.area_for(links, key.name()) : std::nullopt;
    return !area || area->configured == nullptr  // else connections or other routers said it
               ? Result<void>{}
               : refuse_both(address, area->configured->text, links, what);
}

Result<void> check_takes_no_other(const router::AddressPattern& pattern,
                                  router::Direction direction,
                                  const exchange::Exchanges& exchanges,
                                  const autolink::AutoLinks& auto_links) {
    const auto takes = [&](std::string_view address) {
        const router::AddressKey key = router::parse_address(address, {});
        return is_mobile(key) && pattern.matches(key.name());
    };
    if (direction == router::Direction::in) {
        for (const auto& exchange : exchanges.all()) {
            if (takes(exchange->config.address)) {
                return refuse_both(exchange->config.address, pattern.text(), direction,
                                   "exchange \"" + exchange->config.name + "\"");
            }
        }
    }
    for (const auto& link : auto_links.all()) {
        if (!link->config.storage && links_for(link->config.direction) == direction &&
            takes(link->config.address)) {
            return refuse_both(link->config.address, pattern.text(), direction,
                               "auto-link \"" + link->config.name + "\"");
        }
    }
    return {};
}

}  // namespace weft::router_mgmt

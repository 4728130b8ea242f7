#pragma once

#include "common/base/result.hpp"
#include "router/core/address_pattern.hpp"
#include "router/core/link.hpp"

#include <string_view>

namespace weft::autolink {
class AutoLinks;
}

namespace weft::exchange {
class Exchanges;
}

namespace weft::linkroute {
class LinkRoutes;
}

/// A link route takes the links of its addresses past the exchanges and auto-links there: what one
/// of them and the other are configured for can't be had together. As in a configuration file.
/// Threading: not shared (functions).
namespace weft::router_mgmt {

/// The links at its address that an auto-link of that direction is for.
constexpr router::Direction links_for(router::Direction auto_link) {
    return auto_link == router::Direction::in ? router::Direction::out : router::Direction::in;
}

/// For what is made at `address`, an "exchange" or "auto-link", for clients' links of that
/// direction. Errors: amqp:precondition-failed, a link route takes these.
[[nodiscard]] Result<void> check_not_taken(const linkroute::LinkRoutes& link_routes,
                                           router::Direction links,
                                           std::string_view address,
                                           std::string_view what);

/// For a link route that is made. Errors: amqp:precondition-failed, it takes the links that an
/// exchange or auto-link is for.
[[nodiscard]] Result<void> check_takes_no_other(const router::AddressPattern& pattern,
                                                router::Direction direction,
                                                const exchange::Exchanges& exchanges,
                                                const autolink::AutoLinks& auto_links);

}  // namespace weft::router_mgmt

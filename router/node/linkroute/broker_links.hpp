#pragma once

#include "common/amqp/performatives.hpp"
#include "common/base/result.hpp"
#include "router/core/address_rules.hpp"
#include "router/linkroute/link_route.hpp"

#include <optional>
#include <string>
#include <string_view>

/// Links to addresses that brokers keep, which a router can't serve: they are routed to the broker
/// under "$broker/ID/ADDRESS". The router that a client is at makes that address of the one that
/// it asked for; the router that the broker is at makes the broker's own of it.
namespace weft::node {

/// Whether all links to the address are passed on, since its entry means others, too; but for those
/// that a link route takes.
bool passes_links(const router::AddressRules& rules, std::string_view address);

/// What a receiver asks for that only a broker can do, for people: "has a filter". Empty: nothing.
std::string_view wish_for_broker(const amqp::Attach& attach);

/// The address under which the link is routed, if its own has to be another one. Nothing: it has
/// not. `address` is one as router::mobile_address makes it; `transacts`: the link's session has a
/// coordinator. Errors, which name the remedy: amqp:not-implemented (no broker is named),
/// amqp:precondition-failed (more than one is).
[[nodiscard]] Result<std::optional<std::string>> address_toward_broker(
    const router::AddressRules& rules,
    const amqp::Attach& attach,
    std::string_view address,
    bool transacts);

/// Why a delivery has no part in a transaction that came to a client over a link which leads to its
/// broker by now, but did not then.
inline constexpr std::string_view kCameBefore =
    "the message came before its session had a link to a coordinator: attach that before messages "
    "are received, or settle this one outside of transactions";
/// Why a link has no part in transactions that is attached to `address`, of which `storage` says
/// who keeps it, and leads to no broker whole.
std::string why_no_part(const router::Storage& storage, std::string_view address);

/// The properties of a peer's attach but for router::kEntryProperty: what a broker is told under
/// that name decides about its queue, and is the router's to say.
Buffer without_entry(Bytes properties);

/// Properties of a link to the broker that `route`, which an address made, leads to: those of the
/// attach, and the entry of `address`, which is the broker's own; of its management the attach's
/// alone. Errors: amqp:not-found, no entry says that the broker keeps it.
[[nodiscard]] Result<Buffer> properties_toward_broker(const router::AddressRules& rules,
                                                      const linkroute::LinkRoute& route,
                                                      std::string_view address,
                                                      Bytes properties);

}  // namespace weft::node

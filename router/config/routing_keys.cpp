#include "common/daemon/connection_keys.hpp"
#include "router/config/router_keys.hpp"

#include <array>

namespace weft::router_config {
namespace {

using config::Choice;
using config::Key;
using config::Type;

constexpr std::array kDirections{Choice{"in"}, Choice{"out"}};
constexpr std::array kLinkDistributions{Choice{"linkBalanced"}};
constexpr std::array kMatchMethods{Choice{"amqp"}, Choice{"mqtt"}};

constexpr Key direction(std::string_view meaning) {
    return {.name = "direction",
            .type = Type::choice,
            .meaning = meaning,
            .old_name = "dir",
            .old_name_shown = true,
            .choices = kDirections,
            .required = true};
}

constexpr Key phase(std::string_view name, std::string_view meaning) {
    return {.name = name, .type = Type::integer, .meaning = meaning, .max = 9};
}

constexpr std::string_view kLinksMeant =
    "Links meant: `in` takes senders' links, `out` receivers'.";

constexpr std::array kLinkRouteKeys{
    Key{.name = "name", .meaning = "For management; unique if given."},
    Key{.name = "prefix",
        .meaning = "Leading levels of the addresses meant; either this or `pattern`. Of several "
                   "link routes that mean an address the most specific decides; links to it are "
                   "never message-routed, even while no container is there."},
    Key{.name = "pattern", .meaning = "Pattern of the addresses meant; either this or `prefix`."},
    Key{.name = "addExternalPrefix",
        .meaning = "Put in front of the address toward the container, and taken from what the "
                   "container answers."},
    Key{.name = "delExternalPrefix",
        .meaning = "Taken from the front of the address toward the container, before "
                   "`addExternalPrefix` is put there."},
    Key{.name = "containerId",
        .meaning = "Container the links are routed to; either this or `connection`."},
    Key{.name = "connection",
        .meaning = "Name of the connector or listener the links are routed to."},
    Key{.name = "distribution",
        .type = Type::choice,
        .default_value = "linkBalanced",
        .meaning = "How links are spread over several containers.",
        .choices = kLinkDistributions},
    direction(kLinksMeant),
};

constexpr std::array kAutoLinkKeys{
    Key{.name = "name", .meaning = "For management, and of the link; unique if given."},
    Key{.name = "address",
        .meaning = "Address that the link serves.",
        .old_name = "addr",
        .old_name_shown = true,
        .required = true},
    direction("Flow of messages: `in` comes from the container, `out` goes to it."),
    phase("phase",
          "Phase of the address; if not given, 1 for `in`, 0 for `out` and with `fallback`."),
    Key{.name = "containerId", .meaning = "Container to attach to; either this or `connection`."},
    Key{.name = "connection", .meaning = "Name of the connector or listener to attach over."},
    Key{.name = "externalAddress",
        .meaning = "The container's own name for the address, if it differs.",
        .old_name = "externalAddr",
        .old_name_shown = true},
    Key{.name = "fallback",
        .type = Type::boolean,
        .default_value = "false",
        .meaning = "Whether the link serves the address as its fallback: `out` takes what nobody "
                   "receives, `in` brings it back."},
};

constexpr std::array kExchangeKeys{
    Key{.name = "name", .meaning = "By which bindings name it; unique.", .required = true},
    Key{.name = "address",
        .meaning = "Address whose messages the exchange distributes.",
        .required = true},
    phase("phase", "Phase of that address."),
    Key{.name = "alternateAddress",
        .meaning = "Where messages go that no binding matches, or whose next hops nobody receives "
                   "from; none drops them: senders hear `released`."},
    phase("alternatePhase", "Phase of the alternate address."),
    Key{.name = "matchMethod",
        .type = Type::choice,
        .default_value = "amqp",
        .meaning = "How keys and subjects are written: `amqp` has words between `.`, with `*` for "
                   "one and `#` for any number; `mqtt` has levels between `/`, with `+` for one "
                   "and `#` at the end for any number.",
        .choices = kMatchMethods},
};

constexpr std::array kBindingKeys{
    Key{.name = "name", .meaning = "For management; unique if given."},
    Key{.name = "exchangeName", .meaning = "Name of the exchange it belongs to.", .required = true},
    Key{.name = "bindingKey",
        .meaning = "Pattern of the subjects that match; none matches everything."},
    Key{.name = "nextHopAddress",
        .meaning = "Address that matching messages go to.",
        .required = true},
    phase("nextHopPhase", "Phase of that address."),
};

constexpr std::array kConnectionLinkRouteKeys{
    Key{.name = "pattern", .meaning = "Pattern of the addresses meant.", .required = true},
    direction(kLinksMeant),
};

}  // namespace

config::Section link_route_section() {
    return {.name = "linkRoutes",
            .entity = "router.config.linkRoute",
            .meaning = "Links passed end to end.",
            .keys = kLinkRouteKeys};
}

config::Section auto_link_section() {
    return {.name = "autoLinks",
            .entity = "router.config.autoLink",
            .meaning = "Links the router itself attaches.",
            .keys = kAutoLinkKeys};
}

config::Section exchange_section() {
    return {.name = "exchanges",
            .entity = "router.config.exchange",
            .meaning =
                "Routing by subject: what is sent to an exchange's address goes to the next "
                "hops of the bindings that match.",
            .keys = kExchangeKeys};
}

config::Section binding_section() {
    return {.name = "bindings",
            .entity = "router.config.binding",
            .meaning =
                "Which subjects go where. A next hop gets a message once, however many of "
                "its bindings match.",
            .keys = kBindingKeys};
}

config::Section connection_link_route_section() {
    return {.name = "connectionLinkRoutes",
            .entity = "router.connection.linkRoute",
            .meaning = "Link routes that live as long as the connection that made them.",
            .keys = kConnectionLinkRouteKeys};
}

}  // namespace weft::router_config

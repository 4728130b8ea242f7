#include "router/config/router_keys.hpp"
#include "router/core/address.hpp"

#include <array>

namespace weft::router_config {

namespace {

using config::Choice;
using config::Key;
using config::Support;
using config::Type;

constexpr std::array kTypes{Choice{"anycast"}, Choice{"multicast"}, Choice{"queue", kNoBrokers},
                            Choice{"topic", kNoBrokers}};

constexpr std::array kSlowConsumers{Choice{"block"}, Choice{"drop"}};

constexpr std::array kScopes{Choice{"node"}, Choice{"mesh"}};

constexpr Key stored(std::string_view name, Type type, std::string_view meaning) {
    return {.name = name,
            .type = type,
            .meaning = meaning,
            .support = Support::refused,
            .reason = kNoBrokers};
}

constexpr Key phase(std::string_view name, std::string_view meaning) {
    return {.name = name, .type = Type::integer, .meaning = meaning, .max = router::kPhaseMax};
}

constexpr Key kFallback{
    .name = "enableFallback",
    .type = Type::boolean,
    .default_value = "false",
    .meaning =
        "Whether messages that nobody receives go to those who claim to be the fallback of "
        "the address: auto-links with `fallback`, clients with the capability "
        "`qd.fallback`. Not with `waypoint` or phases.",
    .old_name = "fallback",
    .old_name_shown = true};

constexpr std::array kAddressKeys{
    Key{.name = "name", .meaning = "For management; unique if given."},
    Key{.name = "address",
        .meaning = "One address, or a pattern in which `+` or `*` stands for one level and `#` at "
                   "the end for any number. `/` separates levels; `.` does if the rule has no "
                   "`/`. Exactly one of `address`, `prefix` and `pattern` is given."},
    Key{.name = "prefix",
        .meaning = "This address and all below it: `a` is `a`, `a/b` and `a.b`, not `ab`."},
    Key{.name = "pattern",
        .meaning = "As in Qpid Dispatch: `/` and `.` separate levels, `*` is one level, `#` any "
                   "number, anywhere."},
    Key{.name = "type",
        .type = Type::choice,
        .meaning = "`anycast`: each message to one consumer; `multicast`: to all. By default what "
                   "`distribution` says, else `anycast`.",
        .choices = kTypes},
    Key{.name = "distribution",
        .type = Type::choice,
        .default_value = "balanced",
        .meaning = "`balanced`: to the consumer with the least to do; `closest`: to the one on "
                   "the cheapest path; `multicast`: to all; `unavailable`: to nobody, links are "
                   "refused. With the type `multicast` that is the default.",
        .choices = kDistributions,
        .changeable = true},
    Key{.name = "priority",
        .type = Type::integer,
        .meaning = "Of its messages, instead of their own.",
        .max = 9,
        .changeable = true},
    Key{.name = "slowConsumer",
        .type = Type::choice,
        .default_value = "block",
        .meaning = "What becomes of messages for a consumer of a multicast that has taken nothing "
                   "for 10 s (before, it holds back the producers): 250 are kept for it, or none; "
                   "it loses the others, and they are counted.",
        .choices = kSlowConsumers,
        .changeable = true},
    Key{.name = "scope",
        .type = Type::choice,
        .default_value = "node",
        .meaning = "Where the rule is known: on this router alone, or on every Weft router of the "
                   "mesh. A router's own file wins over what the mesh knows.",
        .choices = kScopes},
    Key{.name = "waypoint",
        .type = Type::boolean,
        .default_value = "false",
        .meaning = "Whether messages pass through a broker on their way: it takes them in phase 0 "
                   "and gives them back in phase 1, in which receivers get them."},
    phase("ingressPhase", "Phase of messages that senders bring; 0 if not given."),
    phase("egressPhase",
          "Phase of messages that receivers get; if not given, 1 with `waypoint`, else 0."),
    kFallback,
    stored("brokers", Type::texts, "The brokers that keep its messages."),
    stored("durability", Type::text, "How safely messages are kept: full, group or memory."),
    stored("ttlSeconds", Type::map, "How long messages are kept: default and max."),
    stored("maxDeliveries", Type::integer, "How often a message is delivered at most."),
    stored("deadLetter", Type::text, "Where messages go that nobody could take."),
    stored("redelivery", Type::map, "When a message is delivered again."),
    stored("maxMessages", Type::integer, "The most messages that are kept."),
    stored("maxBytes", Type::size, "The most bytes that are kept."),
    stored("overflow", Type::text, "What becomes of messages beyond that."),
};

}  // namespace

config::Section address_section() {
    return {.name = "addresses",
            .entity = "router.config.address",
            .meaning =
                "What addresses mean. The most specific rule holds, level by level: "
                "literal before one level before many.",
            .keys = kAddressKeys};
}

}  // namespace weft::router_config

#include "router/config/router_keys.hpp"
#include "router/core/address.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <span>

namespace weft::router_config {

namespace {

using config::Choice;
using config::Key;
using config::Type;

constexpr std::array kTypes{Choice{"anycast"}, Choice{"multicast"}, Choice{"queue"},
                            Choice{"topic"}};

constexpr std::array kSlowConsumers{Choice{"block"}, Choice{"drop"}};

constexpr std::array kScopes{Choice{"node"}, Choice{"mesh"}};

constexpr std::array kDurabilities{Choice{"full"}, Choice{"group"}, Choice{"memory"}};

constexpr std::array kOverflows{Choice{"block"}, Choice{"reject"}, Choice{"drop-oldest"},
                                Choice{"dead-letter"}};

/// What only a broker does, and is told.
constexpr Key stored(std::string_view name,
                     Type type,
                     std::string_view meaning,
                     std::span<const Choice> choices = {}) {
    return {.name = name,
            .type = type,
            .meaning = meaning,
            .choices = choices,
            .max = std::numeric_limits<std::int64_t>::max(),
            .changeable = true};
}

constexpr Key address_phase(std::string_view name, std::string_view meaning) {
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
        .meaning = "`anycast`: each message to one consumer; `multicast`: to all; `queue`: a "
                   "broker keeps each until one consumer has taken it; `topic`: a broker gives "
                   "each to whoever subscribed. By default what `distribution` says, else "
                   "`anycast`. Management calls it `addressType`.",
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
    address_phase("ingressPhase", "Phase of messages that senders bring; 0 if not given."),
    address_phase(
        "egressPhase",
        "Phase of messages that receivers get; if not given, 1 with `waypoint` and the types "
        "`queue` and `topic`, else 0."),
    kFallback,
    stored("brokers",
           Type::texts,
           "Of a queue or topic: the brokers that keep its messages, by the id that each opens "
           "with, or by the name of the connector or listener that it is connected by. Where one "
           "is connected with the role `route-container`, the router makes all links that are "
           "needed, and tells it this entry in the link property `weft.address`. Several share a "
           "queue; a topic has one, and so has an entry that means more than one address, whose "
           "links are all passed on to it. Without it, a queue is kept by whoever claims the "
           "address (`qd.waypoint`)."),
    stored("durability",
           Type::choice,
           "For the brokers: how safely messages are kept.",
           kDurabilities),
    stored("ttlSeconds",
           Type::map,
           "For the brokers: how long messages are kept, `default` and `max`."),
    stored("maxDeliveries",
           Type::integer,
           "For the brokers: how often a message is delivered at most."),
    stored("deadLetter",
           Type::text,
           "For the brokers: the address that messages go to that nobody could take; `\"\"`: they "
           "stay."),
    stored("redelivery",
           Type::map,
           "For the brokers: when a message is delivered again, `delaySeconds`, `multiplier` and "
           "`maxDelaySeconds`."),
    stored("maxMessages", Type::integer, "For the brokers: the most messages that are kept."),
    stored("maxBytes", Type::size, "For the brokers: the most bytes that are kept."),
    stored("overflow",
           Type::choice,
           "For the brokers: what becomes of messages beyond that.",
           kOverflows),
    stored("exclusiveConsumer",
           Type::boolean,
           "For the brokers: whether one consumer alone gets messages, and the others wait."),
    stored("messageGroups",
           Type::boolean,
           "For the brokers: whether messages of one group (`group-id`) go to one consumer."),
    stored("lastValueKey",
           Type::text,
           "For the brokers: the application property or message annotation by which a younger "
           "message takes the place of an older one."),
    stored("duplicateWindow",
           Type::integer,
           "For the brokers: how many messages are remembered by their `message-id`, so that none "
           "of them is kept twice."),
    stored("fenced",
           Type::boolean,
           "For the brokers, with `lastValueKey`: whether of each key only that message is taken "
           "which passes its fence, so that nothing late undoes what is younger (annotation "
           "`x-opt-fence`)."),
    stored("maxKeys",
           Type::integer,
           "For the brokers: how many different values of `lastValueKey` there may be."),
    stored("forward",
           Type::map,
           "For the brokers, of a queue: the address that all its messages go on to, `to`, as soon "
           "as somebody takes them there; what is accepted there is gone here. "
           "`messagesPerSecond` at most (0, any number), a `window` of so many under way (100; "
           "with 1 the order holds whatever comes back), and pauses after one that comes back of "
           "`delaySeconds` (0.1), twice as long each time, at most `maxDelaySeconds` (30)."),
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

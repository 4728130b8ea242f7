#include "router/config/router_keys.hpp"

#include <array>

namespace weft::router_config {
namespace {

using config::Key;
using config::Support;
using config::Type;

constexpr std::string_view kConnectionsDefault = "65535";
constexpr std::string_view kLinksDefault = "2147483647";

constexpr std::array kPolicyKeys{
    Key{.name = "maxConnections",
        .type = Type::integer,
        .default_value = kConnectionsDefault,
        .meaning = "Connections that may be open at once over all listeners, whoever has them. One "
                   "more is closed as soon as it is accepted. Always enforced."},
    Key{.name = "maxMessageSize",
        .type = Type::size,
        .default_value = "0",
        .meaning = "The largest message that clients may send, where neither their group nor their "
                   "vhost says another; 0: any. Enforced with `enableVhostPolicy`; a listener has "
                   "a `maxMessageSize` of its own."},
    Key{.name = "enableVhostPolicy",
        .type = Type::boolean,
        .default_value = "false",
        .meaning = "Whether the rules of `vhosts` are enforced: on connections that come in from "
                   "others than routers of the mesh, and on connectors with a `policyVhost`."},
    Key{.name = "enableVhostNamePatterns",
        .type = Type::boolean,
        .default_value = "false",
        .meaning = "Whether the names and aliases of vhosts may be patterns: `*` is one level, `#` "
                   "any number of them, levels end at `.`; the most specific one holds."},
    Key{.name = "policyDir",
        .type = Type::path,
        .meaning = "Folder of files with vhosts: of all whose names end with `.json`, the `vhosts` "
                   "are read, in this form or in the original's list."},
    Key{.name = "defaultVhost",
        .default_value = "$default",
        .meaning = "The vhost for connections that name no other, if there is one of that name; "
                   "empty: they are refused."},
    Key{.name = "name",
        .meaning = "Name of the entity.",
        .support = Support::conf_only,
        .reason = "there is one policy"},
};

constexpr Key text(std::string_view name, std::string_view meaning) {
    return {.name = name, .meaning = meaning};
}

constexpr Key flag(std::string_view name, std::string_view value, std::string_view meaning) {
    return {.name = name, .type = Type::boolean, .default_value = value, .meaning = meaning};
}

constexpr Key number(std::string_view name, std::string_view meaning, std::string_view value = {}) {
    return {.name = name, .type = Type::integer, .default_value = value, .meaning = meaning};
}

constexpr Key size(std::string_view name, std::string_view meaning) {
    return {.name = name, .type = Type::size, .meaning = meaning};
}

constexpr Key changeable(Key key) {
    key.changeable = true;
    return key;
}

constexpr std::array kVhostKeys{
    Key{.name = "hostname",
        .meaning = "The host that a connection's open names, or its listener's `policyVhost`, for "
                   "which the rules hold; may be empty.",
        .old_name = "id",
        .required = true},
    text("name", "Name of the entity."),
    changeable(text("aliases", "Other host names with the same rules, separated by commas.")),
    changeable(
        number("maxConnections", "Connections that may be open at once.", kConnectionsDefault)),
    changeable(size("maxMessageSize",
                    "The largest message that may be sent, instead of the policy's; 0: any.")),
    changeable(number(
        "maxConnectionsPerUser", "Connections that one user may have open.", kConnectionsDefault)),
    changeable(number("maxConnectionsPerHost",
                      "Connections that one remote host may have open.",
                      kConnectionsDefault)),
    changeable(flag("allowUnknownUser",
                    "false",
                    "Whether users of no group are let in, with the rules of group `$default`.")),
    Key{.name = "groups",
        .type = Type::map,
        .meaning = "Rules by user group: an object for each, with the attributes of the entity "
                   "`vhostUserGroupSettings`. The group `$connector` holds for connectors that "
                   "name the vhost as their `policyVhost`.",
        .changeable = true},
};

constexpr std::array kUserGroupKeys{
    text("users",
         "Users of the group, separated by commas; `*` is whoever is in no other group. A user is "
         "in one group."),
    text("remoteHosts",
         "Hosts its users may come from, separated by commas: addresses, ranges "
         "(`10.0.0.0-10.0.255.255`), names, which are looked up when the router starts, or `*` for "
         "any. Without one nobody is let in."),
    number("maxConnectionsPerUser", "Connections that one user may have open, not the vhost's."),
    number("maxConnectionsPerHost",
           "Connections that one remote host may have open, not the vhost's."),
    size("maxMessageSize", "The largest message that may be sent, instead of the vhost's; 0: any."),
    size("maxFrameSize", "The largest frame, instead of the listener's; 0: that."),
    size("maxSessionWindow",
         "Bytes that may come in in a session before they are taken, instead of the listener's; 0: "
         "those."),
    number("maxSessions", "Sessions of a connection, instead of the listener's; 0: as many."),
    number("maxSenders", "Sending links of a connection; 0: none.", kLinksDefault),
    number("maxReceivers", "Receiving links of a connection; 0: none.", kLinksDefault),
    flag("allowDynamicSource", "false", "Whether receivers may ask for an address of their own."),
    flag("allowAnonymousSender",
         "false",
         "Whether senders may name the address in each message; it must be one of the `targets`."),
    flag("allowUserIdProxy",
         "false",
         "Whether messages may carry another user's id than that of who sends them."),
    flag("allowWaypointLinks", "true", "Whether links may claim to be a waypoint."),
    flag("allowDynamicLinkRoutes", "true", "Whether a connection may make link routes for itself."),
    flag("allowAdminStatusUpdate",
         "true",
         "Whether other connections may be closed over management."),
    flag("allowFallbackLinks", "true", "Whether links may claim to be a fallback."),
    text("sources",
         "Addresses that may be received from, separated by commas: `a*` is all that begin with "
         "`a`, `*` is any, `${user}` is the user's name. Without `sources` and `sourcePattern` "
         "there are none."),
    text("targets", "Addresses that may be sent to, in the same form."),
    text("sourcePattern",
         "The same by patterns: levels end at `/` or `.`, `*` is one level, `#` any number of "
         "them, `${user}` the first or the last one. Not together with `sources`."),
    text("targetPattern", "Patterns of addresses that may be sent to. Not with `targets`."),
};

}  // namespace

config::Section policy_section() {
    return {.name = "policy",
            .entity = "policy",
            .meaning = "Limits of the whole router, and whether the rules of `vhosts` hold.",
            .singleton = true,
            .keys = kPolicyKeys};
}

config::Section vhost_section() {
    return {.name = "vhosts",
            .entity = "vhost",
            .meaning = "Who may do what: the rules of `docs/security.md`.",
            .keys = kVhostKeys};
}

config::Section user_group_section() {
    return {.name = "groups",
            .entity = "vhostUserGroupSettings",
            .meaning = "Rules for one group of users; stands only inside a vhost's groups.",
            .keys = kUserGroupKeys};
}

}  // namespace weft::router_config

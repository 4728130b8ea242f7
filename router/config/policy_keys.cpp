#include "common/daemon/connection_keys.hpp"
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
        .meaning = "Client connections that may be open at once.",
        .support = Support::refused,
        .reason = kNoPolicy},
    Key{.name = "maxMessageSize",
        .type = Type::size,
        .default_value = "0",
        .meaning = "The largest message; 0: any.",
        .support = Support::refused,
        .reason = kNoPolicy},
    daemon::refused_flag(
        "enableVhostPolicy", "Whether the rules of vhosts are enforced.", kNoPolicy),
    Key{.name = "enableVhostNamePatterns",
        .type = Type::boolean,
        .default_value = "false",
        .meaning = "Whether host names of vhosts may be patterns.",
        .support = Support::conf_only,
        .reason = kNoPolicy},
    Key{.name = "policyDir",
        .type = Type::path,
        .meaning = "Folder of JSON files with vhosts.",
        .support = Support::conf_only,
        .reason = kNoPolicy},
    Key{.name = "defaultVhost",
        .default_value = "$default",
        .meaning = "Vhost for connections that match no other.",
        .support = Support::conf_only,
        .reason = kNoPolicy},
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

constexpr Key required(Key key) {
    key.required = true;
    return key;
}

constexpr Key changeable(Key key) {
    key.changeable = true;
    return key;
}

constexpr std::array kVhostKeys{
    Key{.name = "hostname",
        .meaning = "Host name in the peer's Open for which the rules hold.",
        .old_name = "id",
        .required = true},
    changeable(text("aliases", "Other host names with the same rules.")),
    changeable(
        number("maxConnections", "Connections that may be open at once.", kConnectionsDefault)),
    changeable(size("maxMessageSize", "The largest message; 0: any.")),
    changeable(number(
        "maxConnectionsPerUser", "Connections that one user may have open.", kConnectionsDefault)),
    changeable(number("maxConnectionsPerHost",
                      "Connections that one remote host may have open.",
                      kConnectionsDefault)),
    changeable(flag("allowUnknownUser",
                    "false",
                    "Whether users of no group get the rules of group `$default`.")),
    Key{.name = "groups", .type = Type::map, .meaning = "Rules by user group.", .changeable = true},
};

constexpr std::array kUserGroupKeys{
    required(text("users", "Users of the group, separated by commas.")),
    required(
        text("remoteHosts", "Hosts its users may come from, separated by commas; `*` is any.")),
    number("maxConnectionsPerUser", "Connections that one user may have open."),
    number("maxConnectionsPerHost", "Connections that one remote host may have open."),
    size("maxMessageSize", "The largest message; 0: any."),
    size("maxFrameSize", "The largest frame."),
    size("maxSessionWindow", "What may be in flight in a session."),
    number("maxSessions", "Sessions that may be open in a connection."),
    number("maxSenders", "Sending links that may be open in a connection.", kLinksDefault),
    number("maxReceivers", "Receiving links that may be open in a connection.", kLinksDefault),
    flag("allowDynamicSource", "false", "Whether receivers may ask for an address of their own."),
    flag("allowAnonymousSender", "false", "Whether senders may name the address in each message."),
    flag("allowUserIdProxy", "false", "Whether messages may carry another user's id."),
    flag("allowWaypointLinks", "true", "Whether links may claim to be a waypoint."),
    flag("allowDynamicLinkRoutes", "true", "Whether a connection may make link routes for itself."),
    flag("allowAdminStatusUpdate",
         "true",
         "Whether other connections may be closed over management."),
    flag("allowFallbackLinks", "true", "Whether links may claim to be a fallback."),
    text("sources", "Addresses that may be received from, separated by commas."),
    text("targets", "Addresses that may be sent to, separated by commas."),
    text("sourcePattern", "Patterns of addresses that may be received from."),
    text("targetPattern", "Patterns of addresses that may be sent to."),
};

}  // namespace

config::Section policy_section() {
    return {.name = "policy",
            .entity = "policy",
            .meaning = "Limits of the whole router.",
            .singleton = true,
            .keys = kPolicyKeys};
}

config::Section vhost_section() {
    return {.name = "vhosts",
            .entity = "vhost",
            .meaning = "Who may do what.",
            .keys = kVhostKeys,
            .support = Support::conf_only,
            .reason = kNoPolicy};
}

config::Section user_group_section() {
    return {.name = "groups",
            .entity = "vhostUserGroupSettings",
            .meaning = "Rules for one group of users; stands only inside a vhost's groups.",
            .keys = kUserGroupKeys,
            .support = Support::conf_only,
            .reason = kNoPolicy};
}

}  // namespace weft::router_config

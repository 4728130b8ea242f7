#include "router/mgmt/catalogue_tables.hpp"

#include <limits>

namespace weft::router {
namespace {

using mgmt::Attribute;
using mgmt::Kind;
using mgmt::once_called;
using mgmt::reading;
using mgmt::required;
using mgmt::setting;
using mgmt::updatable;

constexpr auto kInteger = Kind::integer;
constexpr auto kString = Kind::string;
constexpr auto kBoolean = Kind::boolean;
constexpr std::int64_t kConnectionsDefault = 65535;
constexpr std::int64_t kLinksDefault = std::numeric_limits<std::int32_t>::max();

std::vector<Attribute> policy_attributes() {
    return {
        setting("maxConnections", kInteger, "Client connections that may be open at once.",
                kConnectionsDefault),
        setting("maxMessageSize", kInteger, "Largest message in bytes; 0 is no limit.",
                std::int64_t{0}),
        setting("enableVhostPolicy", kBoolean, "Whether the rules of vhosts are enforced.", false),
        setting("enableVhostNamePatterns", kBoolean,
                "Whether host names of vhosts may be patterns.", false),
        setting("policyDir", Kind::path, "Directory of JSON files with vhosts.", ""),
        setting("defaultVhost", kString, "Vhost for connections that match no other.", "$default"),
        reading("connectionsProcessed", kInteger, "Connections judged."),
        reading("connectionsDenied", kInteger, "Connections refused."),
        reading("connectionsCurrent", kInteger, "Connections open that count toward the limit."),
        reading("linksDenied", kInteger, "Links refused."),
        reading("maxMessageSizeDenied", kInteger, "Messages refused for their size."),
        reading("totalDenials", kInteger, "Refusals of every kind."),
    };
}

std::vector<Attribute> vhost_attributes() {
    return {
        once_called("id",
                    required(setting("hostname", kString,
                                     "Hostname in the peer's Open for which the rules hold."))),
        updatable(setting("aliases", kString, "Other hostnames with the same rules.")),
        updatable(setting("maxConnections", kInteger, "Connections that may be open at once.",
                          kConnectionsDefault)),
        updatable(setting("maxMessageSize", kInteger, "Largest message in bytes; 0 is no limit.")),
        updatable(setting("maxConnectionsPerUser", kInteger,
                          "Connections that one user may have open.", kConnectionsDefault)),
        updatable(setting("maxConnectionsPerHost", kInteger,
                          "Connections that one remote host may have open.", kConnectionsDefault)),
        updatable(setting("allowUnknownUser", kBoolean,
                          "Whether users of no group get the rules of group $default.", false)),
        updatable(setting("groups", Kind::map, "Rules by user group; see vhostUserGroupSettings.")),
    };
}

std::vector<Attribute> group_attributes() {
    return {
        required(setting("users", kString, "Users of the group, comma-separated.")),
        required(setting("remoteHosts", kString,
                         "Hosts its users may come from, comma-separated; * is any.")),
        setting("maxConnectionsPerUser", kInteger, "Connections that one user may have open."),
        setting("maxConnectionsPerHost", kInteger,
                "Connections that one remote host may have open."),
        setting("maxMessageSize", kInteger, "Largest message in bytes; 0 is no limit."),
        setting("maxFrameSize", kInteger, "Largest frame in bytes."),
        setting("maxSessionWindow", kInteger, "Bytes that may be in flight in a session."),
        setting("maxSessions", kInteger, "Sessions that may be open in a connection."),
        setting("maxSenders", kInteger, "Sending links that may be open in a connection.",
                kLinksDefault),
        setting("maxReceivers", kInteger, "Receiving links that may be open in a connection.",
                kLinksDefault),
        setting("allowDynamicSource", kBoolean,
                "Whether receivers may ask for an address of their own.", false),
        setting("allowAnonymousSender", kBoolean,
                "Whether senders may name the address in each message.", false),
        setting("allowUserIdProxy", kBoolean, "Whether messages may carry another user's id.",
                false),
        setting("allowWaypointLinks", kBoolean, "Whether links may claim to be a waypoint.", true),
        setting("allowDynamicLinkRoutes", kBoolean,
                "Whether a connection may make link routes for itself.", true),
        setting("allowAdminStatusUpdate", kBoolean,
                "Whether other connections may be closed over management.", true),
        setting("allowFallbackLinks", kBoolean, "Whether links may claim to be a fallback.", true),
        setting("sources", kString, "Addresses that may be received from, comma-separated."),
        setting("targets", kString, "Addresses that may be sent to, comma-separated."),
        setting("sourcePattern", kString, "Patterns of addresses that may be received from."),
        setting("targetPattern", kString, "Patterns of addresses that may be sent to."),
    };
}

std::vector<Attribute> vhost_statistics() {
    return {
        reading("id", kString, "The hostname, under its old name."),
        reading("hostname", kString, "Hostname of the vhost."),
        reading("connectionsApproved", kInteger, "Connections let in."),
        reading("connectionsDenied", kInteger, "Connections refused."),
        reading("connectionsCurrent", kInteger, "Connections open now."),
        reading("perUserState", Kind::map, "Open connections by user."),
        reading("perHostState", Kind::map, "Open connections by remote host."),
        reading("sessionDenied", kInteger, "Sessions refused."),
        reading("senderDenied", kInteger, "Sending links refused."),
        reading("receiverDenied", kInteger, "Receiving links refused."),
        reading("maxMessageSizeDenied", kInteger, "Messages refused for their size."),
    };
}

}  // namespace

void add_policy_types(mgmt::Catalogue& catalogue) {
    catalogue.add({.short_name = "policy",
                   .description = "Limits for all clients, and whether vhosts are enforced.",
                   .attributes = policy_attributes(),
                   .singleton = true},
                  "configurationEntity");
    catalogue.add({.short_name = "vhost",
                   .description = "Rules for connections to one hostname.",
                   .operations = {"CREATE", "UPDATE", "DELETE"},
                   .attributes = vhost_attributes()},
                  "configurationEntity");
    catalogue.add(
        {.short_name = "vhostUserGroupSettings",
         .description = "Rules for one group of users; stands only inside a vhost's groups.",
         .attributes = group_attributes()},
        "configurationEntity");
    catalogue.add({.short_name = "vhostStats",
                   .description = "What the rules of a vhost let in and refused.",
                   .attributes = vhost_statistics()},
                  "operationalEntity");
}

}  // namespace weft::router

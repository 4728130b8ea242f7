#include "common/daemon/connection_keys.hpp"
#include "router/config/router_keys.hpp"

#include <array>
#include <vector>

namespace weft::router_config {

namespace {

using config::Choice;
using config::Key;
using config::Support;
using config::Type;

constexpr std::array kRoles{Choice{"normal"}, Choice{"inter-router"}, Choice{"route-container"},
                            Choice{"edge"}};

constexpr std::array kStrips{Choice{"both"}, Choice{"in"}, Choice{"out"}, Choice{"no"}};

/// What a router says of both ends of a connection, beside what every daemon does.
constexpr std::array kPeerKeys{
    Key{.name = "role",
        .type = Type::choice,
        .default_value = "normal",
        .meaning = "Who is at the other end: `normal` stands for clients, `inter-router` for "
                   "another router of the mesh, which needs mode `interior`; `edge` of a listener "
                   "for edge routers, which needs mode `interior`, of a connector for a router of "
                   "the mesh that this edge router reaches it by, which needs mode `edge`.",
        .choices = kRoles},
    Key{.name = "cost",
        .type = Type::integer,
        .default_value = "1",
        .meaning = "Of a connection with role `inter-router`, for which the greater of both ends' "
                   "costs holds: messages take the path with the lowest sum. Of a connector with "
                   "role `edge`: of those that are connected when one is to become active, the "
                   "one with the lowest does.",
        .min = 1,
        .changeable = true},
    Key{.name = "stripAnnotations",
        .type = Type::choice,
        .default_value = "both",
        .meaning = "Where the router's own message annotations are removed: from messages that "
                   "come `in`, that go `out`, `both` or `no`. Between routers they are always "
                   "kept.",
        .choices = kStrips},
    Key{.name = "linkCapacity",
        .type = Type::integer,
        .default_value = "250",
        .unit = "messages",
        .meaning = "The most unsettled messages of one link.",
        .min = 1,
        .max = 10000},
    Key{.name = "policyVhost",
        .meaning = "The vhost whose rules hold, whatever host the peer's open names; of a "
                   "connector, which has the rules of its group `$connector`, the vhost that it "
                   "has at all. See `vhosts`."},
    Key{.name = "messageLoggingComponents",
        .default_value = "none",
        .meaning = "Parts of messages to log, or all, or none.",
        .old_name = "logMessage",
        .support = Support::conf_only,
        .reason = "messages are not logged"},
};

constexpr Key kMultiTenant{
    .name = "multiTenant",
    .type = Type::boolean,
    .default_value = "false",
    .meaning =
        "Whether each peer has addresses of its own, apart from all others': those of the "
        "tenant that its open's hostname names, or of its vhost where there is a policy. "
        "It names them without the tenant's prefix, and sees none of others; what it says "
        "in the place of routers is always removed. See `tenants` and "
        "`docs/security.md`."};

constexpr Key kAllowRedirect{.name = "allowRedirect",
                             .type = Type::boolean,
                             .default_value = "true",
                             .meaning = "Whether the peer may send the connection elsewhere.",
                             .support = Support::no_effect,
                             .reason = "redirections by the peer are never followed"};

std::vector<Key> peer_keys_and(const Key& last) {
    std::vector<Key> keys{kPeerKeys.begin(), kPeerKeys.end()};
    keys.push_back(last);
    return keys;
}

}  // namespace

config::Section listener_section() {
    static const std::vector<Key> kKeys = daemon::listener_keys(peer_keys_and(kMultiTenant));
    return daemon::listener_section(kKeys);
}

config::Section connector_section() {
    static const std::vector<Key> kKeys = daemon::connector_keys(peer_keys_and(kAllowRedirect));
    return daemon::connector_section(kKeys);
}

}  // namespace weft::router_config

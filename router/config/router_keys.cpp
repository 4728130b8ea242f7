#include "router/config/router_keys.hpp"

#include "common/daemon/audit_section.hpp"
#include "common/daemon/connection_keys.hpp"
#include "common/daemon/log_section.hpp"
#include "common/daemon/ssl_profile_section.hpp"
#include "common/daemon/users_section.hpp"
#include "router/config/log_modules.hpp"

#include <array>

namespace weft::router_config {

namespace {

using config::Choice;
using config::Key;
using config::Section;
using config::Support;
using config::Type;

constexpr std::array kModes{Choice{"standalone"}, Choice{"interior"}, Choice{"edge"}};

constexpr std::array kNodeKeys{
    Key{.name = "id",
        .meaning = "The router's name: at most 127 bytes, without spaces. With mode `interior` "
                   "or `edge` it must be given, differ from those of all routers of the mesh, and "
                   "not be `all` nor contain `/`. By default `weft-` and the host's name."},
    Key{.name = "mode",
        .type = Type::choice,
        .default_value = "standalone",
        .meaning =
            "`standalone`: alone; `interior`: one of the routers of a mesh; `edge`: a router "
            "that reaches a mesh by connectors of role `edge`, of which one at a time is "
            "active, and that the mesh need not know. See `docs/edge.md`.",
        .choices = kModes},
    Key{.name = "workerThreads",
        .type = Type::integer,
        .meaning = "Event loops. By default one fewer than there are processors, at least 1 and "
                   "at most 8.",
        .min = 1,
        .max = 64},
    Key{.name = "defaultDistribution",
        .type = Type::choice,
        .default_value = "balanced",
        .meaning = "How messages to an address without a rule are spread; `unavailable` refuses "
                   "links to it.",
        .choices = kDistributions},
    Key{.name = "shutdownSeconds",
        .type = Type::seconds,
        .default_value = "5",
        .meaning = "The longest a router that is told to stop waits for deliveries to settle.",
        .max = 3600},
    Key{.name = "stateDir",
        .type = Type::path,
        .meaning = "Folder for what the router itself keeps between runs: the addresses that were "
                   "made for the whole mesh at run time. Made if it is missing."},
    Key{.name = "metadata", .meaning = "Any text; shown in management."},
    Key{.name = "helloIntervalSeconds",
        .type = Type::seconds,
        .default_value = "1",
        .meaning = "Between greetings to neighbouring routers; at least 0.01.",
        .old_name = "helloInterval",
        .max = 3600},
    Key{.name = "fastHelloSeconds",
        .type = Type::seconds,
        .default_value = "0.2",
        .meaning =
            "The same to neighbours that are Weft routers, which take this one for gone after "
            "four times that without a sign of life; from 0.01 to `helloIntervalSeconds`, "
            "and 0: as often as to all others.",
        .max = 3600},
    Key{.name = "helloMaxAgeSeconds",
        .type = Type::seconds,
        .default_value = "3",
        .meaning = "A neighbour that was silent for so long is gone. More than "
                   "`helloIntervalSeconds`.",
        .old_name = "helloMaxAge",
        .max = 3600},
    Key{.name = "raIntervalSeconds",
        .type = Type::seconds,
        .default_value = "30",
        .meaning = "Between announcements to the mesh when nothing changes; at least 0.01.",
        .old_name = "raInterval",
        .max = 3600},
    Key{.name = "raIntervalFluxSeconds",
        .type = Type::seconds,
        .default_value = "4",
        .meaning = "Between announcements to the mesh while it changes; at least 0.01.",
        .old_name = "raIntervalFlux",
        .max = 3600},
    Key{.name = "remoteLsMaxAgeSeconds",
        .type = Type::seconds,
        .default_value = "60",
        .meaning =
            "What a router said of its neighbours is forgotten when it has announced nothing "
            "for so long. More than `raIntervalSeconds` and `raIntervalFluxSeconds`.",
        .old_name = "remoteLsMaxAge",
        .max = 3600},
    Key{.name = "allowUnsettledMulticast",
        .type = Type::boolean,
        .default_value = "false",
        .meaning = "Deprecated.",
        .support = Support::no_effect,
        .reason = "unsettled multicast is always allowed"},
    Key{.name = "onlyListedTenants",
        .type = Type::boolean,
        .default_value = "false",
        .meaning =
            "Whether listeners with `multiTenant` take only connections whose host is one of "
            "a tenant in `tenants`. Else each other host is a tenant of its own, without "
            "a quota."},
    Key{.name = "allowResumableLinkRoute",
        .type = Type::boolean,
        .default_value = "true",
        .meaning = "Whether links that are to outlive their connection may be link-routed; else "
                   "they are refused."},
    Key{.name = "clientLinkRoutes",
        .type = Type::boolean,
        .default_value = "false",
        .conf_default = "true",
        .meaning = "Whether any client may make link routes for its own connection "
                   "(`router.connection.linkRoute`), which take links of all others; else only "
                   "containers may, connected by the role `route-container`."},
    Key{.name = "saslConfigDir",
        .type = Type::path,
        .meaning = "Folder of SASL configuration files.",
        .old_name = "saslConfigPath",
        .support = Support::conf_only,
        .reason = daemon::kOwnUsers},
    Key{.name = "saslConfigName",
        .default_value = "qdrouterd",
        .meaning = "SASL configuration to use.",
        .support = Support::conf_only,
        .reason = daemon::kOwnUsers},
    Key{.name = "debugDumpFile",
        .type = Type::path,
        .meaning = "File for what a debugger may want to know.",
        .old_name = "debugDump",
        .support = Support::conf_only,
        .reason = "this router writes no debug dump"},
    Key{.name = "timestampsInUTC",
        .type = Type::boolean,
        .meaning = "Whether log lines carry UTC instead of local time.",
        .support = Support::conf_only,
        .reason = "log lines carry the time in one form"},
    Key{.name = "timestampFormat",
        .meaning = "Format of the time in log lines, as strftime takes it.",
        .support = Support::conf_only,
        .reason = "log lines carry the time in one form"},
    Key{.name = "name",
        .meaning = "Name of the entity.",
        .support = Support::conf_only,
        .reason = "a router is named by its id"},
};

constexpr auto kModules = daemon::module_choices(kLogModules);

constexpr std::array kConsoleKeys{
    Key{.name = "listener", .meaning = "Listener that the console was to use."},
    Key{.name = "wsport",
        .type = Type::integer,
        .default_value = "5673",
        .meaning = "Port for WebSocket."},
    Key{.name = "proxy", .meaning = "Program that was run.", .required = true},
    Key{.name = "home", .meaning = "Folder of the console's files.", .required = true},
    Key{.name = "args", .meaning = "Arguments of the program."},
};

}  // namespace

config::Section node_section() {
    return {.name = "router",
            .entity = "router",
            .meaning = "The router itself.",
            .singleton = true,
            .keys = kNodeKeys};
}

const config::KeyTable& router_table() {
    static const auto kLogKeys = daemon::log_keys(kModules);
    static const std::array kSections{
        node_section(),
        listener_section(),
        connector_section(),
        address_section(),
        daemon::log_section(kLogKeys),
        policy_section(),
        vhost_section(),
        tenant_section(),
        daemon::ssl_profile_section(),
        daemon::users_section(),
        daemon::jwt_section(),
        daemon::rights_section(),
        daemon::audit_section(),
        auth_service_section(),
        link_route_section(),
        auto_link_section(),
        exchange_section(),
        binding_section(),
        Section{.name = "consoles",
                .entity = "console",
                .meaning = "The web console of older versions of the original.",
                .keys = kConsoleKeys,
                .support = Support::conf_only,
                .reason = "give a listener `http`"},
    };
    static const config::KeyTable kTable{"weft-router", kSections};
    return kTable;
}

}  // namespace weft::router_config

#include "router/mgmt/transport_changes.hpp"

#include "common/base/assert.hpp"
#include "common/base/conditions.hpp"
#include "common/io/log.hpp"
#include "router/mgmt/entity_settings.hpp"
#include "router/node/peer_service.hpp"

#include <string>
#include <string_view>

namespace weft::router_mgmt {
namespace {

using mgmt::Attributes;

constexpr std::string_view kListener = "listener";
constexpr std::string_view kConnector = "connector";

/// The new cost among `changes`, read as the configuration reads it. Errors: amqp:invalid-field.
Result<int> new_cost(const router_config::NodeConfig& node,
                     std::string_view kind,
                     const daemon::ConnectionConfig& connection,
                     const router_config::PeerConfig& now,
                     const Attributes& changes) {
    if (now.role != router_config::Role::inter_router) {
        return fail(kInvalidField, "'cost' has no effect without \"role\": \"inter-router\"");
    }
    const wire::Value* cost = changes.find("cost");
    WEFT_CHECK(cost != nullptr);  // nothing else can be updated
    const Attributes entity{
        {"port", std::to_string(connection.port)}, {"role", name_of(now.role)}, {"cost", *cost}};
    const bool listens = kind == kListener;
    WEFT_TRY(const router_config::RouterConfig config,
             read_settings(node, listens ? "listeners" : "connectors", connection.name, entity));
    return listens ? config.listeners.front().peer.cost : config.connectors.front().peer.cost;
}

/// Of connections to come, and of links that stand.
Result<void> change_cost(node::Router& router,
                         std::string_view kind,
                         const daemon::ConnectionConfig& connection,
                         daemon::Service& of,
                         const Attributes& changes) {
    node::PeerService& service = node::PeerService::of(of);
    WEFT_TRY(const int cost, new_cost(router.config(), kind, connection, service.peer(), changes));
    service.change_cost(cost);
    const bool dialled = kind == kConnector;
    WEFT_LOG(io::Module::agent, io::Level::notice,
             std::string{kind} + " " + connection.name + ": cost " + std::to_string(cost) +
                 " by management request");
    router.mesh()->change_cost(connection.name, dialled, static_cast<std::uint32_t>(cost));
    return {};
}

}  // namespace

daemon::Changes<daemon::OpenListener> listener_changes(node::Router& router) {
    return {.create = [&](std::string_view name,
                          const Attributes& attributes) -> Result<const daemon::OpenListener*> {
                WEFT_TRY(const router_config::RouterConfig config,
                         read_settings(router.config(), "listeners", name, attributes,
                                       {.ssl_profiles = &router.ssl_profiles(),
                                        .users = &router.users(),
                                        .dialect = router.config().dialect}));
                return router.open(config.listeners.front());
            },
            .update =
                [&](const daemon::OpenListener& open, const Attributes& changes) {
                    return change_cost(router, kListener, open.config.connection, *open.service,
                                       changes);
                }};
}

daemon::Changes<daemon::OpenConnector> connector_changes(node::Router& router) {
    return {.create = [&](std::string_view name,
                          const Attributes& attributes) -> Result<const daemon::OpenConnector*> {
                WEFT_TRY(const router_config::RouterConfig config,
                         read_settings(
                             router.config(), "connectors", name, attributes,
                             {.ssl_profiles = &router.ssl_profiles(), .users = &router.users()}));
                return router.open(config.connectors.front());
            },
            .update =
                [&](const daemon::OpenConnector& open, const Attributes& changes) {
                    return change_cost(router, kConnector, open.config, *open.service, changes);
                }};
}

daemon::SslProfileSource::Make ssl_profile_making(node::Router& router) {
    return [&router](std::string_view name,
                     const Attributes& attributes) -> Result<daemon::SslProfilePtr> {
        WEFT_TRY(
            const router_config::RouterConfig config,
            read_settings(router.config(), "sslProfiles", name, attributes, {.reads_files = true}));
        return config.ssl_profiles.all().front();
    };
}

}  // namespace weft::router_mgmt

#include "router/node/router.hpp"

#include "common/base/assert.hpp"
#include "common/daemon/connection_profile.hpp"
#include "common/io/log.hpp"
#include "router/config/log_modules.hpp"
#include "router/node/look_ups.hpp"
#include "router/node/peer_service.hpp"
#include "router/node/shared_addresses.hpp"
#include "router/node/upstream.hpp"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace weft::node {
namespace {

/// Routers that are started together find each other soon.
constexpr io::Redial::Delays kToRouters{.first = std::chrono::milliseconds{50},
                                        .max = std::chrono::seconds{10}};
/// A broker that is back is to be used at once.
constexpr io::Redial::Delays kToContainers{.first = std::chrono::milliseconds{50},
                                           .max = std::chrono::milliseconds{500}};

io::Redial::Delays delays_for(router_config::Role role) {
    switch (role) {
        case router_config::Role::inter_router:
        case router_config::Role::edge:
            return kToRouters;
        case router_config::Role::route_container:
            return kToContainers;
        case router_config::Role::normal:
            break;
    }
    return {};
}

/// How often in a row nothing may have passed through, before the router closes.
constexpr int kQuietChecks = 5;

void warn_if_unprotected(const router_config::ListenerConfig& listener) {
    if (listener.listener.initial_handshake_timeout == Duration::zero()) {
        WEFT_LOG(router_config::LogModule::router, io::Level::warning,
                 "listener " + listener.listener.connection.name +
                     " lets peers connect and stay silent for ever: its "
                     "initialHandshakeTimeoutSeconds is 0, which is the default of a "
                     "qdrouterd.conf; 10 is a good value");
    }
    const bool knows_peers =
        listener.listener.requires_tls() && listener.listener.authenticate_peer;
    const bool is_for_routers = listener.peer.role == router_config::Role::inter_router ||
                                listener.peer.role == router_config::Role::edge;
    if (is_for_routers && !knows_peers) {
        WEFT_LOG(router_config::LogModule::router, io::Level::warning,
                 "listener " + listener.listener.connection.name +
                     " lets any router join, without TLS and authentication: whoever reaches it "
                     "can read and send everything; keep it on a network that only routers reach, "
                     "or set requireSsl and authenticatePeer");
    }
}

/// They fit together: the configuration was checked.
tenant::Tenants tenants_of(const router_config::RouterConfig& config) {
    tenant::Tenants tenants;
    if (config.router.listed_tenants_only) {
        tenants.refuse_others();
    }
    for (const tenant::TenantConfig& tenant : config.tenants) {
        WEFT_CHECK(tenants.add(tenant));
    }
    return tenants;
}

}  // namespace

Router::Router(router_config::RouterConfig config, io::Loop& loop)
    : config_{std::move(config)},
      loop_{loop},
      started_at_{loop.now()},
      gate_{std::make_shared<daemon::Gate>(loop, config_.users)},
      policy_desk_{config_.policy},
      tenants_{std::make_shared<TenantDesk>(tenants_of(config_))},
      shards_{config_.router, loop},
      exchanges_{shards_.home().core()},
      containers_{loop},
      mesh_{config_.router.mode == router_config::RouterMode::interior
                ? std::make_unique<Mesh>(shards_.home().core(), loop, config_.router)
                : nullptr},
      upstream_{config_.router.mode == router_config::RouterMode::edge
                    ? std::make_unique<Upstream>(shards_.home().core(), loop)
                    : nullptr},
      link_router_{containers_, mesh_.get(), shards_.home(), config_.router.resumable_link_routes},
      shared_{mesh_ ? std::make_unique<SharedAddresses>(
                          config_.router.id, shards_, *mesh_, containers_.link_routing().routes())
                    : nullptr},
      listeners_{loop,
                 [this](const daemon::OpenListener& from, io::Socket socket) {
                     if (http_) {
                         http_(from, std::move(socket));
                     }
                 }},
      connectors_{loop} {
    add_vhosts();
    shards_.set_policy_desk(policy_desk_);
    shards_.home().set_mesh(mesh_.get());
    if (upstream_) {
        shards_.on_each([this](Shard& shard) {
            if (&shard == &shards_.home()) {
                shard.set_upstream(*upstream_);
            } else {
                shard.tell_supply();
            }
        });
    }
    shards_.home().set_containers(containers_);
    shards_.home().set_exchanges(exchanges_);
    shards_.home().routed_attaches().set_router(link_router_);
    shards_.set_look_up([this](const edge::LookUp& question) {
        return answer_to(question, containers_.link_routing(), shards_.home().core().rules(),
                         config_.router.id);
    });
    containers_.link_routing().tell_of_any([this](bool any) { shards_.set_asking(any); });
    shards_.tell_of_rules([this](std::uint64_t id, const router::AddressRule* rule) {
        containers_.expansion().rule_changed(id, rule);
    });
    for (const router_config::AddressConfig& address : config_.addresses) {
        // The configuration was checked: no rule conflicts with another.
        (void)shards_.add_rule({.name = address.name,
                                .pattern = address.pattern,
                                .treatment = address.treatment,
                                .from_file = true,
                                .storage = address.storage});
    }
    add_exchanges();
    if (mesh_) {
        mesh_->set_link_routing(&containers_.link_routing());
        containers_.link_routing().set_mesh(mesh_.get());
    }
    // What is handed over is not kept twice. The names were checked.
    for (router_config::AutoLinkConfig& link : std::exchange(config_.auto_links, {})) {
        (void)containers_.add(std::move(link));
    }
    for (router_config::LinkRouteConfig& route : std::exchange(config_.link_routes, {})) {
        (void)containers_.link_routing().add(std::move(route));
    }
}

/// They fit together: the configuration was checked.
void Router::add_vhosts() {
    std::vector<std::string> names;
    for (const policy::VhostConfig& vhost : config_.vhosts) {
        const auto hosts = policy::host_names(vhost);
        names.insert(names.end(), hosts->begin(), hosts->end());
    }
    const policy::HostAddresses addresses = resolve_hosts(names);
    for (policy::VhostConfig& vhost : std::exchange(config_.vhosts, {})) {
        WEFT_CHECK(policy_desk_.put(std::move(vhost), addresses));
    }
}

/// Of all who come in, whoever they are.
bool Router::is_full() {
    const std::size_t open = shards_.placed();
    if (open < policy_desk_.config().max_connections) [[likely]] {
        return false;
    }
    policy_desk_.count_surplus();
    WEFT_LOG(router_config::LogModule::policy, io::Level::info,
             "DENY Connection: " + std::to_string(open) +
                 " are open, as many as policy/maxConnections allows");
    return true;
}

/// The rules must be known: they say how their addresses are treated.
void Router::add_exchanges() {
    const auto warn = [](const auto& added, const std::string& what) {
        if (!added) {  // an address that a rule makes unavailable; the rest was checked
            WEFT_LOG(router_config::LogModule::router_core, io::Level::error,
                     what + " is not made: it " + added.error().text);
        }
    };
    for (exchange::ExchangeConfig& each : std::exchange(config_.exchanges, {})) {
        const std::string what = "the exchange \"" + each.name + "\"";
        warn(exchanges_.add(std::move(each), loop_.now()), what);
    }
    for (exchange::BindingConfig& each : std::exchange(config_.bindings, {})) {
        const std::string what =
            "the binding of \"" + each.exchange + "\" to \"" + each.next_hop + "\"";
        warn(exchanges_.bind(std::move(each), loop_.now()), what);
    }
}

Router::~Router() {
    shards_.halt();
    containers_.link_routing().set_mesh(nullptr);
}

Result<void> Router::start() {
    if (shared_) {
        if (auto known = shared_->start(config_); !known) {
            return known;
        }
    }
    for (const router_config::ListenerConfig& listener : config_.listeners) {
        if (auto opened = open(listener); !opened) {
            return tl::unexpected(std::move(opened).error());
        }
        warn_if_unprotected(listener);
    }
    for (const router_config::ConnectorConfig& connector : config_.connectors) {
        if (auto opened = open(connector); !opened) {
            return tl::unexpected(std::move(opened).error());
        }
    }
    shards_.start();
    is_started_ = true;
    return {};
}

Result<const daemon::OpenListener*> Router::open(const router_config::ListenerConfig& config) {
    auto service = std::make_shared<PeerService>(
        config.peer,
        [this, listener = config.listener](const router_config::PeerConfig& peer) {
            PeerProfile profile = listener_profile({listener, peer}, config_.router.id);
            profile.authenticate_by(gate_->authenticator(listener));
            profile.tenants = peer.multi_tenant ? tenants_ : nullptr;
            return profile;
        },
        shards_.home(),
        PeerService::Placing{.socket =
                                 [this](io::Socket socket, const io::Security& security,
                                        std::shared_ptr<const PeerProfile> profile) {
                                     if (is_full()) {
                                         return;  // the socket closes
                                     }
                                     shards_.place(std::move(socket), security, std::move(profile));
                                 },
                             .websocket =
                                 [this](std::shared_ptr<const PeerProfile> profile) {
                                     if (is_full()) {  // it hears so when it opens
                                         PeerProfile surplus = *profile;
                                         surplus.is_surplus = true;
                                         profile = std::make_shared<PeerProfile>(surplus);
                                     }
                                     return shards_.place_websocket(std::move(profile));
                                 }});
    daemon::warn_of_long_open(listener_profile(config, config_.router.id));
    return listeners_.open(
        config.listener, std::move(service),
        is_started_ ? io::Listener::Names::refused : io::Listener::Names::resolved);
}

Result<const daemon::OpenConnector*> Router::open(const router_config::ConnectorConfig& config) {
    auto service = std::make_shared<PeerService>(
        config.peer,
        [this, connection = config.connection](const router_config::PeerConfig& peer) {
            return connector_profile({connection, peer}, config_.router.id);
        },
        shards_.home(), PeerService::Placing{});
    daemon::warn_of_long_open(connector_profile(config, config_.router.id));
    if (config.peer.role == router_config::Role::edge) {
        upstream_->expect(config.connection.name, static_cast<std::uint32_t>(config.peer.cost));
    }
    return connectors_.open(config.connection, std::move(service), delays_for(config.peer.role));
}

/// True while other routers may still send through this one: they need a moment to learn that they
/// should not, and then nothing may have come for a while.
bool Router::passed_through() {
    if (!mesh_ || mesh_->neighbours().empty()) {
        return false;
    }
    const std::uint64_t passed = shards_.home().core().counters().transit;
    if (std::exchange(transit_seen_, passed) != passed) {
        quiet_checks_ = 0;
    }
    return ++quiet_checks_ <= kQuietChecks;
}

void Router::stop(std::function<void()> stopped) {
    if (stopped_) {
        return;  // under way
    }
    stopped_ = std::move(stopped);
    WEFT_LOG(router_config::LogModule::router, io::Level::notice, "stopping");
    listeners_.close_all();
    if (mesh_) {
        mesh_->leave();
    }
    shards_.on_each([](Shard& shard) { shard.quiesce(); });
    stop_by_ = loop_.now() + config_.router.shutdown;
    stopping_ = loop_.every(std::chrono::milliseconds(20), [this] { close_when_quiet(); });
}

void Router::close_when_quiet() {
    std::size_t under_way = 0;
    std::size_t connected = 0;
    shards_.on_each([&](Shard& shard) {
        under_way += shard.core().deliveries().in_use();
        connected += shard.connections().size();
    });
    if (loop_.now() < stop_by_ && (under_way > 0 || passed_through())) {
        return;
    }
    connectors_.close_all();
    if (connected > 0 && loop_.now() < stop_by_ + std::chrono::seconds(2)) {
        shards_.on_each([](Shard& shard) { shard.close_connections(); });
        return;
    }
    stopping_.cancel();
    stopped_();
}

}  // namespace weft::node

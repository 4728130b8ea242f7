#pragma once

#include "common/base/result.hpp"
#include "common/daemon/connectors.hpp"
#include "common/daemon/gate.hpp"
#include "common/daemon/listeners.hpp"
#include "common/io/loop.hpp"
#include "router/config/router_config.hpp"
#include "router/exchange/distributor.hpp"
#include "router/node/containers.hpp"
#include "router/node/linkroute/link_router.hpp"
#include "router/node/mesh.hpp"
#include "router/node/policy_desk.hpp"
#include "router/node/shards.hpp"
#include "router/node/tenant_desk.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

namespace weft::node {

class SharedAddresses;
class Upstream;

/// One router: constructs everything in order and destroys it in reverse.
///
/// It has its shards, and beside home what there is only once: listeners, connectors, the mesh and
/// the addresses that the mesh has in common.
/// Threading: loop-confined (home's loop).
class Router final {
public:
    /// `loop` must outlive the router.
    Router(router_config::RouterConfig config, io::Loop& loop);
    ~Router();

    /// Binds all listeners, starts the connectors and the other loops. Errors: of the first
    /// listener that fails.
    [[nodiscard]] Result<void> start();
    /// Takes credit back, waits until nothing is under way (at most shutdownSeconds), closes all
    /// connections and calls `stopped`.
    void stop(std::function<void()> stopped);

    /// Who takes connections of listeners with `http: true`; without one they are closed. Before
    /// `start`; must outlive the router's listening.
    void serve_http(daemon::Listeners::AcceptHttp accept) { http_ = std::move(accept); }

    // What management reads and changes.
    const router_config::NodeConfig& config() const { return config_.router; }
    /// Which listeners and connectors to come may name.
    daemon::SslProfiles& ssl_profiles() { return config_.ssl_profiles; }
    const daemon::UserFile& users() const { return config_.users; }
    daemon::Gate& gate() { return *gate_; }
    io::Loop& loop() { return loop_; }
    daemon::Listeners& listeners() { return listeners_; }
    daemon::Connectors& connectors() { return connectors_; }
    /// As daemon::Listeners::open and daemon::Connectors::open.
    [[nodiscard]] Result<const daemon::OpenListener*> open(
        const router_config::ListenerConfig& config);
    [[nodiscard]] Result<const daemon::OpenConnector*> open(
        const router_config::ConnectorConfig& config);
    Instant started_at() const { return started_at_; }

    /// Who is let in; after a change of its vhosts, `shards().review_connections()`.
    PolicyDesk& policy_desk() { return policy_desk_; }
    TenantDesk& tenants() { return *tenants_; }
    Shards& shards() { return shards_; }
    /// Null if this router is alone.
    const Mesh* mesh() const { return mesh_.get(); }
    Mesh* mesh() { return mesh_.get(); }
    /// Null if this is no edge router.
    Upstream* upstream() { return upstream_.get(); }
    Containers& containers() { return containers_; }
    exchange::Distributor& exchanges() { return exchanges_; }
    const LinkRouter& link_router() const { return link_router_; }
    /// Null if this router is alone.
    SharedAddresses* shared_addresses() { return shared_.get(); }

private:
    void add_exchanges();
    void add_vhosts();
    void pass_links_up();
    bool is_full();
    void close_when_quiet();
    bool passed_through();

    router_config::RouterConfig config_;
    io::Loop& loop_;
    Instant started_at_;
    std::shared_ptr<daemon::Gate> gate_;
    PolicyDesk policy_desk_;
    const std::shared_ptr<TenantDesk> tenants_;
    Shards shards_;
    exchange::Distributor exchanges_;
    Containers containers_;
    std::unique_ptr<Mesh> mesh_;
    std::unique_ptr<Upstream> upstream_;
    LinkRouter link_router_;
    std::unique_ptr<SharedAddresses> shared_;
    daemon::Listeners::AcceptHttp http_;
    daemon::Listeners listeners_;
    daemon::Connectors connectors_;
    io::Timer stopping_;
    Instant stop_by_ = kNever;
    std::uint64_t transit_seen_ = 0;
    int quiet_checks_ = 0;
    std::function<void()> stopped_;
    bool is_started_ = false;
};

}  // namespace weft::node

#pragma once

#include "common/base/result.hpp"
#include "common/daemon/connectors.hpp"
#include "common/daemon/listeners.hpp"
#include "common/io/loop.hpp"
#include "common/io/loop_thread.hpp"
#include "router/config/router_config.hpp"
#include "router/core/core.hpp"
#include "router/node/mesh.hpp"
#include "router/node/shard.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace weft::router {

class SharedAddresses;

/// One router: constructs everything in order and destroys it in reverse.
///
/// `workerThreads` loops, each with a shard of its own: a core and its connections. The first one,
/// home, runs on the caller's loop and has what there is only once: listeners, connectors and
/// the mesh. An accepted connection goes to the shard that has the fewest.
/// Threading: loop-confined (home's loop); shards as they say.
class Router final {
public:
    /// `loop` must outlive the router.
    Router(RouterConfig config, io::Loop& loop);
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
    const NodeConfig& config() const { return config_.router; }
    io::Loop& loop() { return loop_; }
    daemon::Listeners& listeners() { return listeners_; }
    daemon::Connectors& connectors() { return connectors_; }
    /// As daemon::Listeners::open and daemon::Connectors::open.
    [[nodiscard]] Result<const daemon::OpenListener*> open(const ListenerConfig& config);
    [[nodiscard]] Result<const daemon::OpenConnector*> open(const ConnectorConfig& config);
    Instant started_at() const { return started_at_; }

    Shard& home() { return *shards_.front(); }
    Core& core() { return home().core(); }
    /// Null if this router is alone.
    const Mesh* mesh() const { return mesh_.get(); }
    Mesh* mesh() { return mesh_.get(); }
    using Connections = Shard::Connections;
    const Connections& connections() { return home().connections(); }
    std::size_t shard_count() const { return shards_.size(); }
    /// Runs `f` for each shard, on its loop, one after another, and waits: rarely and briefly.
    void on_each_shard(const std::function<void(Shard&)>& f);
    void on_shard(std::size_t index, const std::function<void(Shard&)>& f);
    /// As Core::add_rule, on all shards; ids are the same on all.
    Result<std::uint64_t> add_rule(const AddressRule& rule);
    bool remove_rule(std::uint64_t id);
    bool change_rule(std::uint64_t id, const Treatment& treatment);
    /// Null if this router is alone.
    SharedAddresses* shared_addresses() { return shared_.get(); }

private:
    void place(io::Socket socket, std::shared_ptr<const PeerProfile> profile);
    void hand(std::size_t from, std::size_t to, Slab slab);
    std::size_t least_connections() const;
    void close_when_quiet();
    bool passed_through();

    RouterConfig config_;
    io::Loop& loop_;
    Instant started_at_;
    std::vector<std::unique_ptr<io::LoopThread>> threads_;  // of all shards but home
    std::vector<std::unique_ptr<Shard>> shards_;
    std::unique_ptr<Mesh> mesh_;
    std::unique_ptr<SharedAddresses> shared_;
    std::vector<std::size_t> accepted_;  // connections given to each shard
    daemon::Listeners::AcceptHttp http_;
    daemon::Listeners listeners_;
    daemon::Connectors connectors_;
    io::Timer stopping_;
    Instant stop_by_ = kNever;
    std::uint64_t transit_seen_ = 0;
    int quiet_checks_ = 0;
    std::function<void()> stopped_;
    bool running_ = false;  // the other loops
};

}  // namespace weft::router

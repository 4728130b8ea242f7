#pragma once

#include "common/base/result.hpp"
#include "common/io/loop.hpp"
#include "common/mgmt/agent.hpp"
#include "router/config/router_config.hpp"
#include "router/core/core.hpp"
#include "router/node/amqp_connection.hpp"
#include "router/node/connectors.hpp"
#include "router/node/listeners.hpp"
#include "router/node/management_endpoint.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace weft::router {

class Entities;
class Web;

/// One router: constructs everything in order and destroys it in reverse.
/// Threading: loop-confined (loop 0), on which everything runs.
class Router final : public ConnectionObserver {
public:
    using Connections = std::map<std::uint64_t, AmqpConnection*>;  // by Connection::id

    /// `loop` must outlive the router and the connections on it.
    Router(RouterConfig config, io::Loop& loop);
    ~Router();

    /// Binds all listeners and starts the connectors. Errors: of the first listener that fails.
    [[nodiscard]] Result<void> start();
    /// Takes credit back, waits until nothing is under way (at most shutdownSeconds), closes all
    /// connections and calls `stopped`.
    void stop(std::function<void()> stopped);

    // What management reads and changes.
    const NodeConfig& config() const { return config_.router; }
    Core& core() { return core_; }
    io::Loop& loop() { return loop_; }
    mgmt::Agent& agent() { return agent_; }
    Listeners& listeners() { return listeners_; }
    Connectors& connectors() { return connectors_; }
    const Connections& connections() const { return connections_; }
    Instant started_at() const { return started_at_; }

private:
    void on_opened(AmqpConnection& connection) override;
    void on_gone(AmqpConnection& connection) override;
    void accept(const OpenListener& from, io::Socket socket);
    void add_addresses();
    void close_when_quiet();
    void close_connections();

    RouterConfig config_;
    io::Loop& loop_;
    Instant started_at_;
    Core core_;
    mgmt::Agent agent_;
    Connections connections_;
    Listeners listeners_;
    Connectors connectors_;
    ManagementEndpoint management_;
    std::unique_ptr<Entities> entities_;
    std::unique_ptr<Web> web_;
    io::Timer ticker_;
    io::Timer stopping_;
    Instant stop_by_ = kNever;
    std::function<void()> stopped_;
};

}  // namespace weft::router

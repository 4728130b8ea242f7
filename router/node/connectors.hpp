#pragma once

#include "common/base/result.hpp"
#include "common/io/connector.hpp"
#include "common/io/loop.hpp"
#include "router/config/router_config.hpp"
#include "router/node/shard.hpp"

#include <memory>
#include <string>
#include <vector>

namespace weft::router {

/// A connector that dials, or is connected.
struct OpenConnector {
    ConnectorConfig config;
    std::string identity;  // "connector/127.0.0.1:5672:to-core"
    std::shared_ptr<const ListenerOptions> options;
    std::shared_ptr<io::Connector> connector;  // its connections hold it weakly
};

/// The connections that the router itself makes. Threading: loop-confined.
class Connectors {
public:
    Connectors(io::Loop& loop, std::string router_id, Shard& home);

    /// Starts to dial. Errors: amqp:invalid-field for a name in use.
    [[nodiscard]] Result<const OpenConnector*> open(const ConnectorConfig& config);
    /// Closes it with its connection. False if there is none.
    bool close(const std::string& identity);
    /// Of connections to come; those that stand are the mesh's. False if there is none.
    bool change_cost(const std::string& identity, int cost);
    void close_all() { open_.clear(); }

    const std::vector<std::unique_ptr<OpenConnector>>& all() const { return open_; }

private:
    io::Loop& loop_;
    std::string router_id_;
    Shard& home_;  // has their connections
    std::vector<std::unique_ptr<OpenConnector>> open_;
};

}  // namespace weft::router

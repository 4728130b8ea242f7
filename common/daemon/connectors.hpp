#pragma once

#include "common/base/result.hpp"
#include "common/daemon/connection_config.hpp"
#include "common/daemon/service.hpp"
#include "common/io/connector.hpp"
#include "common/io/loop.hpp"

#include <memory>
#include <string>
#include <vector>

namespace weft::daemon {

/// A connector that dials, or is connected.
struct OpenConnector {
    ConnectionConfig config;
    std::string identity;  // "connector/127.0.0.1:5672:to-core"
    std::shared_ptr<Service> service;
    std::shared_ptr<io::Connector> connector;  // its connections hold it weakly
};

/// The connections that a daemon itself makes. Threading: loop-confined (loop 0).
class Connectors {
public:
    explicit Connectors(io::Loop& loop) : loop_{loop} {}

    /// Starts to dial; each connection speaks what `service` does.
    /// Errors: amqp:invalid-field for a name in use, or a TLS profile that does not do.
    [[nodiscard]] Result<const OpenConnector*> open(const ConnectionConfig& config,
                                                    std::shared_ptr<Service> service,
                                                    io::Redial::Delays delays = {});
    /// Closes it with its connection. False if there is none.
    bool close(const std::string& identity);
    void close_all() { open_.clear(); }

    /// As Listeners::renew.
    void renew(const SslProfilePtr& profile);

    const std::vector<std::unique_ptr<OpenConnector>>& all() const { return open_; }
    /// Null if there is none.
    const OpenConnector* find(const std::string& identity) const;

private:
    io::Loop& loop_;
    std::vector<std::unique_ptr<OpenConnector>> open_;
};

}  // namespace weft::daemon

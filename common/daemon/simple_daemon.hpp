#pragma once

#include "common/daemon/catalogue.hpp"
#include "common/daemon/common_entities.hpp"
#include "common/daemon/connection_profile.hpp"
#include "common/daemon/connections.hpp"
#include "common/daemon/gate.hpp"
#include "common/daemon/load.hpp"
#include "common/daemon/main.hpp"
#include "common/daemon/renewal.hpp"

#include <functional>
#include <memory>
#include <string>

namespace weft::daemon {

/// A daemon of one loop whose connections are all of one kind: its listeners, connectors, web site
/// and management. A daemon of more loops or kinds composes the same parts itself.
/// Threading: loop-confined.
class SimpleDaemon final : public Daemon {
public:
    struct Options {
        Product product;
        std::string kind;  // "toy": what the log and /healthz call it
        CommonConfig config;
        const config::KeyTable& table;  // that it was read by
    };
    /// Makes the connection that is spoken over a transport.
    using MakeConnection = std::function<std::unique_ptr<endpoint::Connection>(
        io::Transport& transport,
        std::shared_ptr<const endpoint::ConnectionProfile> profile,
        SimpleDaemon& daemon)>;

    /// `loop` must outlive it.
    SimpleDaemon(io::Loop& loop, Options options, MakeConnection make_connection);
    ~SimpleDaemon() override;

    Result<void> start() override;
    void stop(std::function<void()> stopped) override;
    void reload() override { renewal_.renew(); }
    std::string title() const override;

    /// What connections are to be added to, and forgotten by.
    Connections& connections() { return connections_; }
    mgmt::Agent& agent() { return agent_; }

private:
    class OneService;

    std::shared_ptr<Service> service(endpoint::ConnectionProfile profile);
    std::string metrics() const;

    io::Loop& loop_;
    Options options_;
    MakeConnection make_connection_;
    Instant started_at_;
    std::shared_ptr<Gate> gate_;
    mgmt::Agent agent_;
    Web web_;
    Listeners listeners_;
    Connectors connectors_;
    Connections connections_;
    CommonEntities entities_;
    Renewal renewal_;
};

}  // namespace weft::daemon

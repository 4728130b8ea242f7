#include "common/daemon/simple_daemon.hpp"

#include "common/daemon/process_metrics.hpp"
#include "common/io/open.hpp"

#include <utility>

namespace weft::daemon {

/// One listener's or connector's.
class SimpleDaemon::OneService final : public Service {
public:
    OneService(SimpleDaemon& daemon, endpoint::ConnectionProfile profile)
        : daemon_{daemon},
          profile_{std::make_shared<endpoint::ConnectionProfile>(std::move(profile))} {}

    void accept(io::Socket socket, const io::Security& security) override {
        io::open(daemon_.loop_, std::move(socket), security, speaker());
    }
    std::unique_ptr<io::Protocol> speak(io::Transport& transport,
                                        std::weak_ptr<io::Connector> dialler) override {
        auto connection = daemon_.make_connection_(transport, profile_, daemon_);
        connection->dialled_by(std::move(dialler));
        return connection;
    }
    void show(mgmt::Attributes&) const override {}

private:
    SimpleDaemon& daemon_;
    std::shared_ptr<const endpoint::ConnectionProfile> profile_;
};

SimpleDaemon::SimpleDaemon(io::Loop& loop, Options options, MakeConnection make_connection)
    : loop_{loop},
      options_{std::move(options)},
      make_connection_{std::move(make_connection)},
      started_at_{loop.now()},
      gate_{std::make_shared<Gate>(loop, options_.config.users)},
      agent_{common_catalogue(options_.table)},
      web_{loop,
           {.agent = agent_,
            .gate = gate_,
            .health = {{options_.kind, options_.product.container}},
            .metrics = [this](const TakePage& take) { take(metrics()); }}},
      listeners_{loop, [this](const OpenListener& from,
                              io::Socket socket) { web_.accept(from, std::move(socket)); }},
      connectors_{loop},
      connections_{loop},
      entities_{agent_, listeners_, web_, connectors_, connections_, options_.config.ssl_profiles,
                *gate_, {}},
      renewal_{loop, {options_.config.ssl_profiles, listeners_, connectors_, *gate_}} {
    agent_.limit_access(judge_by(*gate_));
}

SimpleDaemon::~SimpleDaemon() {
    connections_.orphan_all();  // the caller's loop may run on
}

Result<void> SimpleDaemon::start() {
    for (const ListenerConfig& listener : options_.config.listeners) {
        auto profile = listener_profile(listener, options_.product);
        profile.authenticate_by(gate_->authenticator(listener));
        warn_of_long_open(profile);
        WEFT_TRY([[maybe_unused]] const OpenListener* open,
                 listeners_.open(listener, service(std::move(profile))));
    }
    for (const ConnectionConfig& connector : options_.config.connectors) {
        auto profile = connector_profile(connector, options_.product);
        warn_of_long_open(profile);
        WEFT_TRY([[maybe_unused]] const OpenConnector* open,
                 connectors_.open(connector, service(std::move(profile))));
    }
    return {};
}

void SimpleDaemon::stop(std::function<void()> stopped) {
    listeners_.close_all();
    connectors_.close_all();
    connections_.close_all("the " + options_.kind + " is shutting down", std::move(stopped));
}

std::string SimpleDaemon::title() const {
    return options_.kind + " " + options_.product.container;
}

std::shared_ptr<Service> SimpleDaemon::service(endpoint::ConnectionProfile profile) {
    return std::make_shared<OneService>(*this, std::move(profile));
}

std::string SimpleDaemon::metrics() const {
    MetricsWriter out;
    write_process_metrics(take_process_metrics(listeners_, web_, *gate_, loop_.now() - started_at_),
                          out);
    return out.take();
}

}  // namespace weft::daemon

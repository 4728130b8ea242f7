#pragma once

#include "broker/config/broker_config.hpp"
#include "broker/mgmt/broker_entities.hpp"
#include "broker/mgmt/operations.hpp"
#include "broker/mgmt/queue_entities.hpp"
#include "broker/mgmt/topic_entities.hpp"
#include "broker/node/queues.hpp"
#include "broker/node/topics.hpp"
#include "common/daemon/common_entities.hpp"
#include "common/daemon/connection_profile.hpp"
#include "common/daemon/connections.hpp"
#include "common/daemon/main.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weft {

inline constexpr std::string_view kBrokerName = "weft-broker";
inline constexpr std::string_view kBrokerVersion = "0.1.0";

/// The daemon: queues, who connects to them, and what shows them.
///
/// The store is opened by `start`, before any socket. If it fails later the broker says so, closes
/// all connections and refuses all links; /healthz tells why.
/// Threading: loop-confined.
class Broker final : public daemon::Daemon {
public:
    /// `loop` must outlive it.
    Broker(broker_config::BrokerConfig config, io::Loop& loop);
    ~Broker() override;

    Result<void> start() override;
    void stop(std::function<void()> stopped) override;
    std::string title() const override { return "broker " + config_.id; }

private:
    class OneService;

    std::shared_ptr<daemon::Service> service(endpoint::ConnectionProfile profile);
    void show_entities();
    void on_store_failed(const Error& error);
    std::string metrics() const;
    std::vector<std::string> problems() const;

    broker_config::BrokerConfig config_;
    io::Loop& loop_;
    daemon::Product product_;
    Instant started_at_;
    std::unique_ptr<broker::Queues> queues_;
    std::optional<broker::Topics> topics_;
    std::string failure_;  // of the store; empty: none
    mgmt::Agent agent_;
    std::optional<broker_mgmt::QueueSource> queue_source_;
    std::optional<broker_mgmt::TopicSource> topic_source_;
    std::optional<broker_mgmt::SubscriptionSource> subscription_source_;
    broker_mgmt::OneSource broker_source_;
    broker_mgmt::OneSource store_source_;
    std::optional<broker_mgmt::Operations> operations_;
    daemon::Web web_;
    daemon::Listeners listeners_;
    daemon::Connectors connectors_;
    daemon::Connections connections_;
    daemon::CommonEntities entities_;
};

}  // namespace weft

#pragma once

#include "broker/config/broker_config.hpp"
#include "broker/mgmt/broker_entities.hpp"
#include "broker/mgmt/drain_operations.hpp"
#include "broker/mgmt/operations.hpp"
#include "broker/mgmt/queue_entities.hpp"
#include "broker/mgmt/topic_entities.hpp"
#include "broker/node/endings.hpp"
#include "broker/node/forwarder.hpp"
#include "broker/node/queues.hpp"
#include "broker/node/topics.hpp"
#include "broker/store/claim.hpp"
#include "common/daemon/common_entities.hpp"
#include "common/daemon/connection_profile.hpp"
#include "common/daemon/connections.hpp"
#include "common/daemon/gate.hpp"
#include "common/daemon/main.hpp"
#include "common/daemon/renewal.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft {

inline constexpr std::string_view kBrokerName = "weft-broker";
inline constexpr std::string_view kBrokerVersion = "0.1.0";
/// The exit status of a broker that was deposed: nothing is wrong with it, it may be started again
/// (EX_TEMPFAIL of sysexits.h). And that of one that got the store and can't serve it.
inline constexpr int kFencedStatus = 75;
inline constexpr int kFailedStatus = 1;

/// The daemon: queues, who connects to them, and what shows them.
///
///     standby ── it has the store, and opened it: serve ──▶ active ── deposed ──▶ fenced: it ends
///
/// Without a store it has its web site alone; listeners and connectors come with the store. If that
/// fails later the broker says so, closes all connections and refuses all links; /healthz tells
/// why.
/// Threading: loop-confined.
class Broker final : public daemon::Daemon {
public:
    /// `loop` must outlive it.
    Broker(broker_config::BrokerConfig config, io::Loop& loop);
    ~Broker() override;

    Result<void> start() override;
    void stop(std::function<void()> stopped) override;
    void reload() override { renewal_.renew(); }
    std::string title() const override;

private:
    class OneService;
    enum class For : std::uint8_t { people, messages };  // who a listener is for: HTTP, AMQP

    /// A standby looks so often whether it can have the store.
    static constexpr Duration kSeekPeriod = std::chrono::milliseconds{50};

    void wait_for_store(const std::string& why);
    void seek();
    Result<void> serve();
    Result<void> open_listeners(For whom);

    std::shared_ptr<daemon::Service> service(endpoint::ConnectionProfile profile);
    void show_entities();
    void close(std::function<void()> stopped);
    void on_store_failed(const Error& error);
    void be_fenced();
    std::string_view role() const;
    std::vector<std::string> unready() const;
    std::string metrics() const;
    std::vector<std::string> problems() const;

    broker_config::BrokerConfig config_;
    io::Loop& loop_;
    daemon::Product product_;
    Instant started_at_;
    std::shared_ptr<daemon::Gate> gate_;
    std::unique_ptr<store::Claim> claim_;  // until its store is open
    io::Timer seek_;
    std::string waits_for_;  // of a standby: who has the store
    std::unique_ptr<broker::Queues> queues_;
    std::optional<broker::Topics> topics_;
    broker::Endings endings_{loop_};
    std::optional<broker::Forwarder> forwarder_;
    std::string failure_;  // of the store; empty: none
    mgmt::Agent agent_;
    std::optional<broker_mgmt::QueueSource> queue_source_;
    std::optional<broker_mgmt::TopicSource> topic_source_;
    std::optional<broker_mgmt::SubscriptionSource> subscription_source_;
    broker_mgmt::OneSource broker_source_;
    broker_mgmt::OneSource store_source_;
    std::optional<broker_mgmt::Operations> operations_;
    std::optional<broker_mgmt::DrainOperations> drain_operations_;
    daemon::Web web_;
    daemon::Listeners listeners_;
    daemon::Connectors connectors_;
    daemon::Connections connections_;
    daemon::CommonEntities entities_;
    daemon::Renewal renewal_;
};

}  // namespace weft

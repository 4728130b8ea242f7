#include "broker/broker.hpp"

#include "broker/config/log_modules.hpp"
#include "broker/node/broker_connection.hpp"
#include "common/amqp/capabilities.hpp"
#include "common/daemon/catalogue.hpp"
#include "common/daemon/process_metrics.hpp"
#include "common/io/log.hpp"
#include "common/io/open.hpp"

#include <memory>
#include <string_view>
#include <utility>

namespace weft {
namespace {

mgmt::Catalogue broker_catalogue() {
    mgmt::Catalogue catalogue = daemon::common_catalogue(broker_config::broker_table());
    catalogue.add(broker_mgmt::broker_type(), "configurationEntity");
    catalogue.add(broker_mgmt::store_type(), "configurationEntity");
    catalogue.add(broker_mgmt::queue_type(), "operationalEntity");
    catalogue.add(broker_mgmt::topic_type(), "operationalEntity");
    catalogue.add(broker_mgmt::subscription_type(), "operationalEntity");
    return catalogue;
}

}  // namespace

/// One listener's or connector's.
class Broker::OneService final : public daemon::Service {
public:
    OneService(Broker& broker, endpoint::ConnectionProfile profile)
        : broker_{broker},
          profile_{std::make_shared<endpoint::ConnectionProfile>(std::move(profile))} {}

    void accept(io::Socket socket, const io::Security& security) override {
        io::open(broker_.loop_, std::move(socket), security, speaker());
    }
    std::unique_ptr<io::Protocol> speak(io::Transport& transport,
                                        std::weak_ptr<io::Connector> dialler) override {
        auto connection = std::make_unique<broker::BrokerConnection>(
            transport, profile_, broker_.connections_, broker_.agent_, *broker_.queues_,
            *broker_.topics_, broker_.endings_, *broker_.forwarder_);
        connection->dialled_by(std::move(dialler));
        return connection;
    }
    void show(mgmt::Attributes&) const override {}

private:
    Broker& broker_;
    std::shared_ptr<const endpoint::ConnectionProfile> profile_;
};

Broker::Broker(broker_config::BrokerConfig config, io::Loop& loop)
    : config_{std::move(config)},
      loop_{loop},
      product_{.container = config_.id, .name = kBrokerName, .version = kBrokerVersion},
      started_at_{loop.now()},
      gate_{std::make_shared<daemon::Gate>(loop, config_.common.users)},
      agent_{broker_catalogue()},
      broker_source_{[this] {
          const Duration up = loop_.now() - started_at_;
          return queues_ ? broker_mgmt::broker_row(config_, kBrokerVersion, *queues_, *topics_,
                                                   forwarder_->totals(), up)
                         : broker_mgmt::standby_row(config_, kBrokerVersion, waits_for_, up);
      }},
      store_source_{[this] {
          return queues_ ? broker_mgmt::store_row(config_, *queues_)
                         : broker_mgmt::standby_store_row(config_);
      }},
      web_{loop,
           {.agent = agent_,
            .gate = gate_,
            .health = {{"broker", config_.id}},
            .role = [this] { return std::string{role()}; },
            .problems = [this] { return problems(); },
            .unready = [this] { return unready(); },
            .metrics = [this](const daemon::TakePage& take) { take(metrics()); }}},
      listeners_{loop, [this](const daemon::OpenListener& from,
                              io::Socket socket) { web_.accept(from, std::move(socket)); }},
      connectors_{loop},
      connections_{loop},
      entities_{agent_, listeners_, web_, connectors_, connections_, config_.common.ssl_profiles,
                *gate_, {}},
      renewal_{loop, {config_.common.ssl_profiles, listeners_, connectors_, *gate_}} {
    agent_.limit_access(daemon::judge_by(*gate_));
}

Broker::~Broker() {
    connections_.orphan_all();  // the caller's loop may run on
}

// --- standby, active -------------------------------------------------------------------------

Result<void> Broker::start() {
    agent_.serve("broker", broker_source_);
    agent_.serve("store", store_source_);
    const store::Claim::Options options{
        .folder = config_.store_path, .broker = config_.id, .lease = config_.lease};
    if (!config_.standby) {
        WEFT_TRY(claim_, store::Claim::take(options));
        return serve();
    }
    claim_ = std::make_unique<store::Claim>(options);
    WEFT_TRY(const bool taken, claim_->seek());
    if (taken) {
        return serve();
    }
    wait_for_store(claim_->why_not());
    return open_listeners(For::people);
}

void Broker::wait_for_store(const std::string& why) {
    if (why != std::exchange(waits_for_, why)) {
        WEFT_LOG(broker_config::kQueueModule, io::Level::notice, "standby: " + why);
    }
    seek_ = loop_.after(kSeekPeriod, [this] { seek(); });
}

void Broker::seek() {
    const auto taken = claim_->seek();
    if (!taken || !*taken) {
        wait_for_store(taken ? claim_->why_not() : taken.error().text);
        return;
    }
    if (auto served = serve(); !served) {
        WEFT_LOG(broker_config::kQueueModule, io::Level::critical,
                 "it has the store now, and can't serve it: " + served.error().text);
        end(kFailedStatus);
        return;
    }
    WEFT_LOG(
        broker_config::kQueueModule, io::Level::notice,
        "active, epoch " + std::to_string(queues_->store().epoch()) + "; before: " + waits_for_);
}

Result<void> Broker::serve() {
    WEFT_TRY(queues_,
             broker::Queues::open(
                 loop_,
                 {.store = {.folder = config_.store_path,
                            .space = {.free_min = config_.store_free_min,
                                      .reserve = config_.store_reserve,
                                      .used_max = config_.store_bytes_max}},
                  .auto_create = config_.auto_create,
                  .idle_max = config_.idle_max,
                  .transactions = {.open_max = config_.transaction_timeout}},
                 [this](const Error& error) { on_store_failed(error); }, std::move(claim_)));
    topics_.emplace(loop_, *queues_);
    topics_->restore();
    forwarder_.emplace(loop_, *queues_);
    show_entities();
    if (listeners_.all().empty()) {  // else it stood by
        if (auto opened = open_listeners(For::people); !opened) {
            return opened;
        }
    }
    if (auto opened = open_listeners(For::messages); !opened) {
        return opened;
    }
    for (const daemon::ConnectionConfig& connector : config_.common.connectors) {
        auto profile = daemon::connector_profile(connector, product_);
        daemon::warn_of_long_open(profile);
        WEFT_TRY([[maybe_unused]] const daemon::OpenConnector* open,
                 connectors_.open(connector, service(std::move(profile))));
    }
    return {};
}

Result<void> Broker::open_listeners(For whom) {
    for (const daemon::ListenerConfig& listener : config_.common.listeners) {
        if (listener.http != (whom == For::people)) {
            continue;
        }
        auto profile = daemon::listener_profile(listener, product_);
        profile.authenticate_by(gate_->authenticator(listener));
        daemon::warn_of_long_open(profile);
        WEFT_TRY([[maybe_unused]] const daemon::OpenListener* open,
                 listeners_.open(listener, service(std::move(profile))));
    }
    return {};
}

void Broker::show_entities() {
    queue_source_.emplace(*queues_, *forwarder_, agent_);
    topic_source_.emplace(*topics_);
    subscription_source_.emplace(*topics_, agent_);
    agent_.serve("queue", *queue_source_);
    agent_.serve("topic", *topic_source_);
    agent_.serve("subscription", *subscription_source_);
    operations_.emplace(loop_, *queues_, agent_);
    drain_operations_.emplace(*forwarder_, agent_);
}

void Broker::stop(std::function<void()> stopped) {
    seek_.cancel();
    listeners_.close_all();
    if (forwarder_) {  // messages whose outcome is not known would come twice
        forwarder_->end([this, done = std::move(stopped)] { close(done); });
    } else {
        close(std::move(stopped));
    }
}

void Broker::close(std::function<void()> stopped) {
    connectors_.close_all();  // and what they dialled
    // What was asked of the store while they closed is written, too.
    connections_.close_all("the broker is shutting down", [this, done = std::move(stopped)] {
        if (queues_) {
            queues_->finish(done);
        } else {
            done();
        }
    });
}

void Broker::on_store_failed(const Error& error) {
    failure_ = error.text;
    if (queues_->store().is_fenced()) {
        be_fenced();
        return;
    }
    WEFT_LOG(broker_config::kQueueModule, io::Level::critical,
             error.text + "; the broker serves nothing until it is started again");
    connections_.close_all("the broker's store failed", [] {});
}

/// What it knows of the messages holds no more: it ends, and may be started as a standby.
void Broker::be_fenced() {
    WEFT_LOG(broker_config::kQueueModule, io::Level::critical,
             failure_ + "; it ends with exit status " + std::to_string(kFencedStatus));
    listeners_.close_all();
    connectors_.close_all();
    connections_.close_all("another broker has the store", [this] { end(kFencedStatus); });
}

std::shared_ptr<daemon::Service> Broker::service(endpoint::ConnectionProfile profile) {
    // Qpid JMS shares no subscriptions with a peer that does not say so.
    profile.engine.offered_capabilities = amqp::capabilities({topic::kSharedSubscriptions});
    return std::make_shared<OneService>(*this, std::move(profile));
}

std::string_view Broker::role() const {
    if (!queues_) {
        return "standby";
    }
    return queues_->store().is_fenced() ? "fenced" : "active";
}

std::string Broker::title() const {
    return "broker " + config_.id + (queues_ ? "" : ", standby");
}

std::vector<std::string> Broker::unready() const {
    if (!queues_) {
        return {"standby: " + waits_for_};
    }
    if (!failure_.empty()) {
        return {failure_};
    }
    if (forwarder_->is_closed()) {
        return {"draining (weft broker drain): producers get no credit"};
    }
    return {};
}

std::vector<std::string> Broker::problems() const {
    if (!failure_.empty()) {
        return {failure_};
    }
    std::vector<std::string> problems = topics_ ? topics_->problems() : std::vector<std::string>{};
    if (std::string reads = queues_ ? broker::problem_of(*queues_) : ""; !reads.empty()) {
        problems.push_back(std::move(reads));
    }
    if (queues_ && queues_->store().room() != store::Room::plenty) {
        problems.push_back(broker::words_of(queues_->store()));
    }
    if (queues_ && queues_->store().counts().damaged > 0) {
        problems.push_back(std::to_string(queues_->store().counts().damaged) +
                           " damaged messages were set aside: 'weft broker verify' lists them");
    }
    return problems;
}

std::string Broker::metrics() const {
    daemon::MetricsWriter out;
    daemon::write_process_metrics(
        daemon::take_process_metrics(listeners_, web_, *gate_, loop_.now() - started_at_), out);
    broker_mgmt::write_role_metrics(queues_ && !queues_->store().has_failed(),
                                    queues_ ? queues_->store().epoch() : 0, out);
    if (!queues_) {
        return out.take();
    }
    broker_mgmt::write_queue_metrics(*queues_, *topics_, out);
    broker_mgmt::write_store_metrics(config_, *queues_, out);
    broker_mgmt::write_topic_metrics(*topics_, out);
    broker_mgmt::write_transaction_metrics(queues_->transactions(), out);
    broker_mgmt::write_drain_metrics(forwarder_->totals(), out);
    broker_mgmt::write_forward_metrics(forwarder_->forwarded(), out);
    return out.take();
}

}  // namespace weft

#pragma once

#include "broker/node/consumer_link.hpp"
#include "broker/node/producer_link.hpp"
#include "broker/node/queues.hpp"
#include "broker/node/topics.hpp"
#include "common/daemon/connections.hpp"
#include "common/daemon/management_links.hpp"
#include "common/endpoint/connection.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace weft::broker {

/// A client's or a router's connection: its links to queues, topics and management. Threading:
/// loop-confined.
class BrokerConnection final : public endpoint::Connection {
public:
    /// Bytes of one message, unless the listener or connector allows fewer.
    static constexpr std::uint64_t kMessageMax = std::uint64_t{64} * 1024 * 1024;

    /// All must outlive it, or `orphan` it before.
    BrokerConnection(io::Transport& transport,
                     std::shared_ptr<const endpoint::ConnectionProfile> profile,
                     daemon::Connections& connections,
                     mgmt::Agent& agent,
                     Queues& queues,
                     Topics& topics);

private:
    // endpoint::Connection
    void on_cut(std::string_view why) override;
    void on_gone(std::string_view why) override;
    void on_attach(amqp::Link& link, const amqp::Attach& attach) override;
    void on_detach(amqp::Link& link, bool closed, const amqp::ErrorView* error) override;
    void on_transfer(amqp::Link& link,
                     const amqp::IncomingTransfer& transfer,
                     amqp::Context& context) override;
    void on_update(amqp::Link& link,
                   const amqp::DeliveryUpdate& update,
                   amqp::Context context) override;
    void on_credit(amqp::Link& link) override;
    void on_writable() override;

    Result<void> serve(amqp::Link& link, const amqp::Attach& attach);
    Result<void> serve_producer(amqp::Link& link, const amqp::Attach& attach);
    Result<void> serve_consumer(amqp::Link& link, const amqp::Attach& attach);
    /// `filter`: the set that the answer states.
    bool accept(amqp::Link& link, const amqp::Attach& attach, Bytes filter);

    daemon::Connections& connections_;
    daemon::ManagementLinks management_;
    /// A link of a subscription. What its attach said is kept until it is answered, which is once
    /// the subscription is durable.
    struct Subscribed {
        Topics::Joined joined;
        std::string address;
        std::string target;
        Buffer filter;
        amqp::SenderSettleMode sender_settle_mode{};
    };

    /// Whether the address is that of a topic; what was told of it is kept. Errors: as
    /// Topics::learn, amqp:not-found.
    Result<bool> is_topic(const amqp::Terminus& terminus, const std::optional<QueueEntry>& told);
    Result<void> serve_subscriber(amqp::Link& link, const amqp::Attach& attach);
    void answer_subscriber(amqp::Link& link);
    void lose(amqp::Link& link);
    std::uint64_t largest_message() const;

    Queues& queues_;
    Topics& topics_;
    std::map<const amqp::Link*, Subscribed> subscribed_;
    std::shared_ptr<BrokerConnection*> self_ = std::make_shared<BrokerConnection*>(this);
    std::map<const amqp::Link*, std::shared_ptr<ProducerLink>> producers_;
    std::map<const amqp::Link*, std::unique_ptr<ConsumerLink>> consumers_;
    bool cut_ = false;
};

}  // namespace weft::broker

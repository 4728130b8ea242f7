#pragma once

#include "broker/node/consumer_link.hpp"
#include "broker/node/coordinator.hpp"
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

class Forwarder;

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
                     Topics& topics,
                     Endings& endings,
                     Forwarder& forwarder);

    // --- links of its own, on which messages leave for other brokers ----------------------------
    /// What is asked of one.
    struct ForwardingWish {
        std::string to;      // the address
        bool early = false;  // what is scheduled leaves, too
    };
    /// Asks for one; `carrier` hears what becomes of it, until then it must live. Null: the
    /// connection takes none now.
    amqp::Link* forward(QueueNode& queue, const ForwardingWish& wish, Carrier& carrier);
    /// As who this broker has opened it.
    const std::string& own_container() const { return profile().engine.container_id; }
    /// Whether it gives messages may have changed.
    void tell_credit(const amqp::Link& link);
    /// Nothing is under way on it.
    bool is_idle(const amqp::Link& link) const;
    /// Its carrier hears nothing more; what is under way comes back.
    void stop_forwarding(amqp::Link& link);

private:
    // endpoint::Connection
    void on_opened(const amqp::Open& open) override;
    void on_cut(std::string_view why) override;
    void on_gone(std::string_view why) override;
    bool on_over(amqp::Session& session) override;
    void on_attach(amqp::Link& link, const amqp::Attach& attach) override;
    void on_detach(amqp::Link& link, bool closed, const amqp::ErrorView* error) override;
    void on_transfer(amqp::Link& link,
                     const amqp::IncomingTransfer& transfer,
                     amqp::Context& context) override;
    void on_update(amqp::Link& link,
                   const amqp::DeliveryUpdate& update,
                   amqp::Context context) override;
    void on_credit(amqp::Link& link) override;
    void on_flow_properties(amqp::Link& link, Bytes properties) override;
    void on_writable() override;
    void on_window(amqp::Session& session) override;

    Result<void> serve(amqp::Link& link, const amqp::Attach& attach);
    Result<void> serve_coordinator(amqp::Link& link, const amqp::Attach& attach);
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
        amqp::ReceiverSettleMode receiver_settle_mode{};
    };

    /// The topic that the address is; null: it is none. What was told of it is kept while somebody
    /// has it. Errors: as Topics::learn; amqp:not-found; amqp:not-allowed, it is a queue.
    Result<TopicEntries::Hold> topic_of(const amqp::Terminus& terminus,
                                        const std::optional<QueueEntry>& told);
    void hold(const amqp::Link& link, TopicEntries::Hold topic);
    void wake_outlet();
    /// A link of its own to other brokers.
    struct Forwarding {
        QueueNode* queue = nullptr;
        Carrier* carrier = nullptr;
        bool early = false;
    };

    Result<std::optional<QueueEntry>> entry_told(const amqp::Attach& attach,
                                                 std::string_view address);
    void on_answered(amqp::Link& link, const amqp::Attach& answer);
    /// Null: it is none of these. What was under way has come back.
    Carrier* forget_forwarding(const amqp::Link& link);
    Result<void> serve_subscriber(amqp::Link& link, const amqp::Attach& attach);
    void answer_subscriber(amqp::Link& link);
    void lose(amqp::Link& link, const Error& error);
    ConsumerLink::Parts parts();
    void end(amqp::Link& link, const Error& error);
    /// The parts of the broker are told that the link is gone.
    void forget(amqp::Link& link, topic::Leaving leaving);
    std::uint64_t largest_message() const;

    Queues& queues_;
    Topics& topics_;
    Forwarder& forwarder_;
    Coordinator coordinator_;
    Outlet outlet_;
    std::shared_ptr<Incoming::Account> account_ = std::make_shared<Incoming::Account>();
    std::map<const amqp::Link*, Subscribed> subscribed_;
    std::shared_ptr<BrokerConnection*> self_ = std::make_shared<BrokerConnection*>(this);
    std::map<const amqp::Link*, std::shared_ptr<ProducerLink>> producers_;
    std::map<const amqp::Link*, std::unique_ptr<ConsumerLink>> consumers_;
    std::map<const amqp::Link*, TopicEntries::Hold> holds_;
    std::map<const amqp::Link*, Forwarding> forwardings_;
    amqp::Session* forwarding_session_ = nullptr;  // of these; null: none is begun
    bool lost_ = false;                            // and not closed in good order
};

}  // namespace weft::broker

#pragma once

#include "broker/node/queues.hpp"
#include "broker/node/subscription_entry.hpp"
#include "broker/topic/subscriptions.hpp"
#include "common/io/loop.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace weft::broker {

/// What happened to messages of topics.
struct TopicCounters {
    std::uint64_t published = 0;  // messages that were taken
    std::uint64_t copies = 0;     // of them, for subscriptions
    std::uint64_t unwanted = 0;   // no subscription wanted them: accepted, and gone
    std::uint64_t gave_up = 0;    // selectors of which nobody knows what they say
};

/// Topics and subscriptions: who has which, and which message goes to whom.
///
/// A subscription's messages are in a queue of the store that is its own; each has a copy there. A
/// topic is known by its entry, or by who asks for the capability "topic"; it is nothing but its
/// subscriptions.
/// Threading: loop-confined.
class Topics {
public:
    static constexpr std::size_t kTopicsMax = 100'000;  // whose entries are known

    /// Both must outlive it.
    Topics(io::Loop& loop, Queues& queues);
    Topics(const Topics&) = delete;
    Topics& operator=(const Topics&) = delete;
    /// Takes up the durable subscriptions that the store has, and drops the others. Once.
    [[nodiscard]] Result<void> restore();

    /// The entry of an address that is a topic was told. Errors: amqp:resource-limit-exceeded.
    [[nodiscard]] Result<void> learn(std::string_view address, const QueueEntry& entry);
    /// The address is that of a queue.
    void unlearn(std::string_view address);
    bool knows(std::string_view address) const { return entries_.find(address) != entries_.end(); }

    /// What a link subscribes to.
    struct Wish {
        topic::Request request{};
        std::string address{};  // as it was asked for
        queue::Choose choose{};
        std::string container{};
        std::function<void()> lost{};  // it has its subscription no more (amqp:link:stolen)
    };
    struct Joined {
        topic::LinkId link{};
        const topic::Subscription* subscription = nullptr;
        QueueNode* queue = nullptr;
        bool made = false;  // the store has it after all that was asked of it up to now
    };
    /// Errors: those of topic::Subscriptions.
    [[nodiscard]] Result<Joined> attach(Wish wish);
    /// Its consumer was closed before.
    void leave(topic::LinkId link, topic::Leaving leaving);

    /// A message, to all who want it: its `copies`, of each of which `producer` hears when it is
    /// durable; 0: it is not kept. Errors: amqp:invalid-field; amqp:resource-limit-exceeded, a
    /// subscription is full and its overflow says so: then none has it.
    [[nodiscard]] Result<std::size_t> publish(std::string_view name,
                                              const queue::Payload& payload,
                                              std::uint64_t ttl,
                                              std::string_view container,
                                              const std::shared_ptr<ProducerLink>& producer,
                                              wire::DeliveryId delivery);
    /// False: a subscription is full, and lets producers wait.
    bool takes_credit(std::string_view name) const;
    void add_producer(ProducerLink& producer) { producers_.insert(&producer); }
    void remove_producer(ProducerLink& producer) { producers_.erase(&producer); }

    const TopicCounters& counters() const { return counters_; }
    const topic::Subscriptions& subscriptions() const { return subscriptions_; }

private:
    /// What a subscription holds its messages in, and which it wants.
    struct Held {
        QueueNode* queue = nullptr;
        queue::Choose choose;
        std::string container;
    };

    QueueEntry entry_for(std::string_view address, const QueueEntry& otherwise) const;
    void hold(const topic::Subscription& subscription, Wish& wish);
    void drop(topic::SubscriptionId id);
    bool wants(const topic::Subscription& subscription,
               const Held& held,
               const queue::Payload& payload,
               std::string_view container);
    void on_room(QueueNode& queue);
    void set_alarm();
    void expire();

    io::Loop& loop_;
    Queues& queues_;
    std::map<std::string, QueueEntry, std::less<>> entries_;
    topic::Subscriptions subscriptions_;
    std::map<topic::SubscriptionId, Held> held_;
    std::map<topic::LinkId, std::function<void()>> links_;
    std::uint64_t links_made_ = 0;
    std::set<ProducerLink*> producers_;
    std::set<QueueNode*> full_;  // that let producers wait
    TopicCounters counters_;
    io::Timer alarm_;
    Instant alarm_at_ = kNever;
};

}  // namespace weft::broker

#pragma once

#include "broker/node/queue_entry.hpp"
#include "broker/queue/queue.hpp"
#include "broker/store/store.hpp"
#include "common/wire/transfer.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace weft::broker {

class ConsumerLink;
class ProducerLink;
class Queues;

/// One queue of the broker: its machine, its place in the store, and the links to it.
///
/// What its machine asks for is carried out when it is `run`, by Queues, in a later turn.
/// Threading: loop-confined.
class QueueNode {
public:
    /// `queues` must outlive it.
    QueueNode(Queues& queues,
              store::QueueNumber number,
              std::string name,
              QueueEntry entry,
              const queue::Stored& stored);

    const std::string& name() const { return name_; }
    store::QueueNumber number() const { return number_; }
    const queue::Queue& machine() const { return machine_; }
    const QueueEntry& entry() const { return entry_; }
    /// Another entry than it has is kept, and holds from now on.
    void change(const QueueEntry& entry);

    // --- producers ---------------------------------------------------------------------------
    void add_producer(ProducerLink& producer) { producers_.insert(&producer); }
    void remove_producer(ProducerLink& producer) { producers_.erase(&producer); }
    std::size_t producers() const { return producers_.size(); }
    bool takes_credit() const {
        return !machine_.is_full() || entry_.settings.overflow != queue::Overflow::block;
    }
    /// `offer` would say false.
    bool rejects() const {
        return machine_.is_full() && entry_.settings.overflow == queue::Overflow::reject;
    }
    /// What a producer hears of that.
    Error full() const;
    /// False: it is full. `ttl`: milliseconds; 0: it does not say. `producer` is told once the
    /// message is durable.
    [[nodiscard]] bool offer(queue::Payload payload,
                             std::uint64_t ttl,
                             const std::shared_ptr<ProducerLink>& producer,
                             wire::DeliveryId delivery);
    /// Takes a dead message of another queue, which the store moves; its number here.
    queue::MessageId take_dead(std::uint64_t size) { return machine_.take_dead(size); }
    void on_stored(queue::MessageId through);

    // --- consumers ---------------------------------------------------------------------------
    enum class Kind : std::uint8_t { consumer, browser };
    /// It gets those that `choose` wants.
    queue::ConsumerId add_consumer(ConsumerLink& consumer, Kind kind, queue::Choose choose);
    void remove_consumer(queue::ConsumerId id, bool failed);
    void set_credit(queue::ConsumerId id, std::uint32_t credit, bool drain);
    void hold(queue::ConsumerId id, bool held);
    /// False: it has no such message.
    bool settle(queue::ConsumerId id, queue::MessageId message, const queue::Outcome& outcome);
    /// The consumer is to hear that `delivery` is settled, once what became of it is durable.
    void confirm(queue::ConsumerId id, wire::DeliveryId delivery, Bytes state);

    /// Gives out, and carries out what was asked. True: there is more.
    bool run();
    /// When it is to run though nothing happens.
    queue::WallTime due() const { return machine_.due(); }

private:
    /// Who waits for a message to be durable.
    struct Waiting {
        queue::MessageId id = 0;
        std::weak_ptr<ProducerLink> producer;
        wire::DeliveryId delivery = 0;
    };

    /// A consumer's delivery that is settled when what was asked of the store is durable.
    struct Confirmation {
        queue::ConsumerId consumer{};
        wire::DeliveryId delivery = 0;
        Buffer state;
    };

    void confirm_all();
    void append(queue::MessageId id,
                const std::shared_ptr<ProducerLink>& producer,
                wire::DeliveryId delivery);
    void stir();
    void carry_out(const queue::Append& append);
    void carry_out(const queue::Remove& remove);
    void carry_out(const queue::Drop& drop);
    void carry_out(const queue::Recount& recount);
    void carry_out(const queue::Bury& bury);
    void carry_out(const queue::Load& load);
    void carry_out(const queue::Browse& browse);
    void carry_out(const queue::Sweep& sweep);
    void carry_out(const queue::Deliver& deliver);
    void carry_out(const queue::Drained& drained);
    void carry_out(const queue::Room& room);

    Queues& queues_;
    store::QueueNumber number_;
    std::string name_;
    QueueEntry entry_;
    queue::Queue machine_;
    queue::Actions actions_;
    queue::Actions appends_;  // of one offer
    std::deque<Waiting> waiting_;
    std::vector<Confirmation> confirmations_;
    std::set<ProducerLink*> producers_;
    std::map<queue::ConsumerId, ConsumerLink*> consumers_;
    std::uint64_t consumers_made_ = 0;
};

}  // namespace weft::broker

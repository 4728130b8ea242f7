#pragma once

#include "broker/node/arrival.hpp"
#include "broker/node/incoming.hpp"
#include "broker/node/queue_entry.hpp"
#include "broker/node/read_ahead.hpp"
#include "broker/node/refusal.hpp"
#include "broker/queue/arrivals.hpp"
#include "broker/queue/deque.hpp"
#include "broker/queue/on_use.hpp"
#include "broker/queue/queue.hpp"
#include "broker/store/store.hpp"
#include "common/base/conditions.hpp"
#include "common/wire/transfer.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace weft::broker {

class ProducerLink;
class Queues;
class Taker;

/// Who brought a message, and what it has in memory until it is durable. Threading: not shared.
struct Origin {
    std::shared_ptr<ProducerLink> producer{};  // null: nobody hears of it
    wire::DeliveryId delivery = 0;
    std::shared_ptr<Incoming::Message> message{};  // null: it counts nowhere
};

/// One queue of the broker: its machine, its place in the store, and the links to it.
///
/// What its machine asks for is carried out when it is `run`, by Queues, in a later turn.
/// Threading: loop-confined.
class QueueNode final : private Holder {
public:
    static constexpr std::size_t kConsumersMax = 10'000;  // all together
    /// Those that select: each looks at each message.
    static constexpr std::size_t kPickersMax = 1'000;

    /// `queues` must outlive it.
    QueueNode(Queues& queues,
              store::QueueNumber number,
              std::string name,
              std::shared_ptr<const QueueEntry> entry,
              const queue::Stored& stored);
    ~QueueNode() override;
    QueueNode(const QueueNode&) = delete;
    QueueNode& operator=(const QueueNode&) = delete;

    const std::string& name() const { return name_; }
    store::QueueNumber number() const { return number_; }
    const queue::Queue& machine() const { return machine_; }
    const QueueEntry& entry() const { return *entry_; }
    /// Another entry than it has is kept, and holds from now on.
    void change(const QueueEntry& told);

    // --- producers ---------------------------------------------------------------------------
    void add_producer(ProducerLink& producer) { producers_.insert(&producer); }
    void remove_producer(ProducerLink& producer);
    std::size_t producers() const { return producers_.size(); }
    /// Deliveries that one producer may have credit for now; 0: it is full, and blocks. Of a queue
    /// that blocks it is its part of what is free, so that many do not fill it many times over.
    std::uint64_t credit_share() const;
    /// It is `ahead` of others from now on. Errors: why `offer` would refuse it, for its producer,
    /// if what is ahead came before.
    [[nodiscard]] Result<void> weigh(const Sections& sections, queue::Ahead& ahead) const;
    /// How often it is kept: the producer is told once it is durable. 0: it is a duplicate of one
    /// that is durable already. Errors: as `weigh`; none if it was `weighed` before.
    [[nodiscard]] tl::expected<std::size_t, Refusal> offer(const queue::Payload& payload,
                                                           const Sections& sections,
                                                           const Origin& origin,
                                                           bool weighed = false);
    void on_stored(queue::MessageId through);

    // --- consumers ---------------------------------------------------------------------------
    queue::ConsumerId add_consumer(Taker& taker, queue::Joining how);
    void remove_consumer(queue::ConsumerId id, bool failed);
    void set_credit(queue::ConsumerId id, std::uint32_t credit, bool drain);
    void hold(queue::ConsumerId id, bool held);
    /// False: it has no such message.
    bool settle(queue::ConsumerId id, queue::MessageId message, const queue::Outcome& outcome);
    /// What it was given did not leave: that has `outcome`, and its credit is its own again.
    void give_back(queue::ConsumerId id,
                   queue::MessageId message,
                   const queue::Outcome& outcome,
                   bool drain);
    /// The consumer is to hear that `delivery` is settled, once what became of it is durable.
    void confirm(queue::ConsumerId id, wire::DeliveryId delivery, Bytes state);

    /// When messages came, about, since the broker was started.
    const queue::Arrivals& arrivals() const { return arrivals_; }

    // --- operators ---------------------------------------------------------------------------
    /// What a consumer has goes to the end of another queue, in one commit. It lives
    /// there as a new one, and its deliveries that failed are forgotten. False: the consumer has it
    /// not.
    bool move(const queue::Deliver& delivered, QueueNode& to);
    /// The queue goes: its links are told, and gone.
    void let_go();

    /// Gives out, and carries out what was asked. True: there is more.
    bool run();
    /// Carries out what was asked, now: for what the store is to have in one group.
    void carry_out_all();

    /// What it holds counts in `bytes`, too, from now on; null: no more.
    void add_to(std::uint64_t* bytes);

private:
    /// Who waits for a message to be durable.
    struct Waiting {
        queue::MessageId id = 0;
        std::weak_ptr<ProducerLink> producer;
        wire::DeliveryId delivery = 0;
        std::shared_ptr<Incoming::Message> message;
    };
    /// What the store read for a browser or picker.
    struct Browsed {
        queue::ConsumerId consumer{};
        store::Reading reading;
    };

    /// A consumer's delivery that is settled when what was asked of the store is durable.
    struct Confirmation {
        queue::ConsumerId consumer{};
        wire::DeliveryId delivery = 0;
        Buffer state;
    };

    /// Takes a message of another queue, which the store moves.
    queue::Moved take_moved(std::uint64_t size, queue::Priority priority);
    void confirm_all();
    void append(queue::MessageId id, const Origin& origin);
    [[nodiscard]] Result<queue::Arrival> arrival(const Sections& sections) const;
    Error no_room_for_words(queue::Offered::Kind kind) const;
    Refusal refusal_of(const queue::Offered& offered) const;
    void describe(std::vector<queue::Record>& records) const;
    bool take_browsed();
    void read(const queue::Range& range, std::function<void(store::Reading)> done);
    void bound_window();
    void note_bytes();
    void note_taken(bool any);
    void stir();

    // Holder
    void give_back() override;
    std::string who() const override;

    void carry_out(const queue::Append& append);
    void carry_out(const queue::Remove& remove);
    void carry_out(const queue::Drop& drop);
    void carry_out(const queue::Recount& recount);
    void carry_out(const queue::Bury& bury);
    void carry_out(const queue::Load& load);
    void carry_out(const queue::Browse& browse);
    void carry_out(const queue::Sweep& sweep);
    void carry_out(const queue::Ripen& ripen);
    void carry_out(const queue::ReadKeys& keys);
    void carry_out(const queue::ForgetNames& forget);
    void carry_out(const queue::Deliver& deliver);
    void carry_out(const queue::Drained& drained);
    void carry_out(const queue::Room& room);

    Queues& queues_;
    store::QueueNumber number_;
    std::string name_;
    std::shared_ptr<const QueueEntry> entry_;
    queue::Queue machine_;
    queue::Arrivals arrivals_;
    queue::Actions actions_;
    queue::Actions appends_;  // of one offer
    queue::OnUse<queue::Deque<Waiting>> waiting_;
    std::vector<Confirmation> confirmations_;
    queue::OnUse<queue::Deque<Browsed>> browsed_;
    std::uint64_t* bytes_ = nullptr;   // of several queues
    std::uint64_t bytes_counted_ = 0;  // there, of this one
    std::size_t ready_counted_ = 0;    // of the windows of all queues, of this one
    std::set<ProducerLink*> producers_;
    std::map<queue::ConsumerId, Taker*> consumers_;
    std::uint64_t consumers_made_ = 0;
};

/// It has no messages and no links.
bool is_unused(const QueueNode& queue);

/// Whether one more consumer may come. Errors: amqp:resource-limit-exceeded, for who attaches:
/// there are as many as may be.
[[nodiscard]] Result<void> admit(const QueueNode& queue, const queue::Joining& how);

}  // namespace weft::broker

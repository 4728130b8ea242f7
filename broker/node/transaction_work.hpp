#pragma once

#include "broker/node/queues.hpp"
#include "broker/node/topics.hpp"
#include "broker/queue/queue.hpp"
#include "common/base/bytes.hpp"
#include "common/base/result.hpp"
#include "common/wire/transfer.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace weft::broker {

/// What one transaction is to do: nothing of it is in a queue, or in the store, before it is
/// committed, and all of it is afterwards. It ends by `commit` or `roll_back`.
/// Threading: loop-confined. Spec: AMQP 1.0 §4.4
class TransactionWork {
public:
    /// A message that is to be sent to a queue or, if it is named, to a topic.
    struct Message {
        store::QueueNumber queue{};
        std::string topic{};
        Sections sections{};  // of the payload; its times begin with the commit
        std::shared_ptr<Incoming::Message> held{};
        queue::Payload payload;
    };
    /// A message that a consumer has acquired.
    using Acquired = std::pair<store::QueueNumber, queue::MessageId>;
    /// What the consumer says of it.
    struct Verdict {
        queue::ConsumerId consumer{};
        wire::DeliveryId delivery = 0;
        queue::Outcome outcome{};
        Buffer state{};        // the outcome, encoded, without its words
        bool settled = false;  // the consumer wants to hear nothing
    };
    using Verdicts = std::map<Acquired, Verdict>;

    /// `container`: whose messages they are. Both others must outlive it.
    TransactionWork(Queues& queues, Topics& topics, std::string container);
    ~TransactionWork() {
        release();
        forget_messages();
    }
    TransactionWork(const TransactionWork&) = delete;
    TransactionWork& operator=(const TransactionWork&) = delete;

    /// What it has in memory is the transaction's from now on.
    void add(Message message);
    /// The queue has set that message aside.
    void add(const Acquired& acquired, Verdict verdict);
    /// Null: the consumer said nothing of that in this transaction.
    Verdict* find(const Acquired& acquired);
    const Verdicts& verdicts() const { return verdicts_; }
    /// Messages and outcomes.
    std::size_t size() const { return messages_.size() + verdicts_.size(); }

    /// Does all of it, in one commit of the store, after which `done` runs. Errors
    /// (amqp:transaction:rollback): nothing was done; it is to be rolled back.
    [[nodiscard]] Result<void> commit(std::function<void()> done);
    /// What was acquired is acquired again; what its consumer settled goes back to its queue, as a
    /// delivery that failed. `lost`: the connection is, and with it all that its consumers had.
    void roll_back(bool lost);

private:
    using Goals = std::vector<QueueNode*>;

    [[nodiscard]] Result<std::vector<Goals>> goals_of_all();
    [[nodiscard]] Result<Topics::Chosen> goals_of(const Message& message);
    [[nodiscard]] Result<void> check_room(const std::vector<Goals>& goals) const;
    void send(const std::vector<Goals>& goals);
    void settle();
    void take(std::size_t bytes);
    void release();
    void promise(const Message& message, bool promised) const;
    void forget_messages();

    Queues& queues_;
    Topics& topics_;
    std::string container_;
    std::vector<Message> messages_;
    std::size_t bytes_ = 0;  // of the pool
    Verdicts verdicts_;
};

}  // namespace weft::broker

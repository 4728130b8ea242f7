#include "broker/node/transaction_work.hpp"

#include "common/base/assert.hpp"
#include "common/base/conditions.hpp"

#include <set>
#include <utility>

namespace weft::broker {
namespace {

/// What a queue is to take.
struct Load {
    queue::Ahead ahead;  // of the next one
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;  // of all but the last of them
    std::uint64_t last = 0;
};

/// Whether a queue takes all of it, each message as if it came by itself.
bool has_room(const queue::Queue& queue, const Load& load) {
    const queue::Settings& settings = queue.settings();
    const bool takes_any = settings.overflow == queue::Overflow::drop_oldest ||
                           settings.overflow == queue::Overflow::dead_letter;
    const bool fits =
        (settings.messages_max == 0 || queue.depth() + load.messages <= settings.messages_max) &&
        (settings.bytes_max == 0 || queue.stock().bytes() + load.bytes < settings.bytes_max);
    return takes_any || fits;
}

}  // namespace

TransactionWork::TransactionWork(Queues& queues, Topics& topics, std::string container)
    : queues_{queues}, topics_{topics}, container_{std::move(container)} {}

void TransactionWork::add(Message message) {
    take(message.payload->size() + message.topic.size());
    promise(message, true);
    messages_.push_back(std::move(message));
}

void TransactionWork::add(const Acquired& acquired, Verdict verdict) {
    take(0);
    verdicts_.insert_or_assign(acquired, std::move(verdict));
}

/// As Transactions::enlist counts it.
void TransactionWork::take(std::size_t bytes) {
    bytes_ += transaction::kWorkBytes + bytes;
    queues_.transactions().bytes += transaction::kWorkBytes + bytes;
}

TransactionWork::Verdict* TransactionWork::find(const Acquired& acquired) {
    const auto found = verdicts_.find(acquired);
    return found == verdicts_.end() ? nullptr : &found->second;
}

void TransactionWork::release() {
    if (const std::size_t bytes = std::exchange(bytes_, 0); bytes > 0) {
        queues_.transactions().bytes -= bytes;
    }
}

/// Of a message that is for one queue. That may be gone since.
void TransactionWork::promise(const Message& message, bool promised) const {
    if (!message.topic.empty()) {
        return;
    }
    auto& all = queues_.transactions().messages;
    const auto count = all.try_emplace(static_cast<std::uint64_t>(message.queue)).first;
    if (promised) {
        ++count->second;
    } else if (--count->second == 0) {
        all.erase(count);
        if (QueueNode* const queue = queues_.find(message.queue)) {
            queues_.stir(*queue);  // who empties it waits for that
        }
    }
}

/// They are sent, or never will be.
void TransactionWork::forget_messages() {
    for (const Message& message : std::exchange(messages_, {})) {
        promise(message, false);
    }
}

// --- commit ----------------------------------------------------------------------------------

Result<void> TransactionWork::commit(std::function<void()> done) {
    WEFT_TRY(const std::vector<Goals> goals, goals_of_all());
    if (auto room = check_room(goals); !room) {
        return room;
    }
    const store::Store::Group group{queues_.store()};
    settle();
    send(goals);
    forget_messages();
    // The messages are in memory until they are written.
    queues_.store().wait(
        [&queues = queues_, bytes = std::exchange(bytes_, 0), done = std::move(done)] {
            queues.transactions().bytes -= bytes;
            done();
        });
    return {};
}

/// What is more than one commit may be is not even looked up.
Result<std::vector<TransactionWork::Goals>> TransactionWork::goals_of_all() {
    const transaction::Limits& limits = queues_.transactions().limits;
    std::vector<Goals> all;
    std::size_t matched = 0;
    std::size_t looks = 0;
    std::uint64_t bytes = 0;  // of copies for topics
    for (const Message& message : messages_) {
        auto chosen = goals_of(message);
        if (!chosen) {
            return fail(kTransactionRollback, "rolled back: " + chosen.error().text);
        }
        matched += chosen->matched;
        looks += chosen->looks;
        bytes += message.topic.empty() ? 0 : chosen->goals.size() * message.payload->size();
        if (matched > limits.copies_max || looks > limits.looks_max ||
            bytes > limits.copies_bytes_max) {
            return fail(kTransactionRollback,
                        "rolled back, for its messages to topics are for more than one commit may "
                        "have: " +
                            std::to_string(limits.copies_max) + " subscriptions, " +
                            std::to_string(limits.looks_max) +
                            " looks at filters and selectors, and " +
                            std::to_string(limits.copies_bytes_max) +
                            " bytes of their copies; commit more often");
        }
        all.push_back(std::move(chosen->goals));
    }
    return all;
}

Result<Topics::Chosen> TransactionWork::goals_of(const Message& message) {
    if (!message.topic.empty()) {
        return topics_.choose(message.topic, message.payload, container_);
    }
    QueueNode* const queue = queues_.find(message.queue);
    if (queue == nullptr) {
        return fail(kNotFound, "a queue that it sends to was deleted");
    }
    return Topics::Chosen{.goals = {queue}};
}

Result<void> TransactionWork::check_room(const std::vector<Goals>& goals) const {
    std::map<const QueueNode*, Load> loads;
    for (std::size_t i = 0; i < goals.size(); ++i) {
        for (const QueueNode* const queue : goals[i]) {
            Load& load = loads[queue];
            if (auto taken = queue->weigh(messages_[i].sections, load.ahead); !taken) {
                return fail(kTransactionRollback, "rolled back: " + taken.error().text);
            }
            ++load.messages;
            load.bytes += std::exchange(load.last, messages_[i].payload->size());
        }
    }
    std::uint64_t bytes = 0;  // each copy is one
    for (const auto& [queue, load] : loads) {
        bytes += load.bytes + load.last;
        if (!has_room(queue->machine(), load)) {
            return fail(kTransactionRollback,
                        "rolled back, for it sends more than there is room for (" +
                            std::to_string(load.messages) +
                            " messages): " + queue_full(queue->name()).text);
        }
    }
    if (bytes == 0) {
        return {};
    }
    if (const auto admitted = queues_.intake().admit(bytes); !admitted) {
        return fail(kTransactionRollback, "rolled back: " + admitted.error().text);
    }
    return {};
}

/// What it asks of the store is asked at once, in the group.
void TransactionWork::settle() {
    std::set<QueueNode*> settled;
    for (const auto& [acquired, verdict] : verdicts_) {
        QueueNode* const queue = queues_.find(acquired.first);
        if (queue == nullptr) {
            continue;  // it was deleted, and the message with it
        }
        const bool had = queue->settle(verdict.consumer, acquired.second, verdict.outcome);
        if (had && !verdict.settled) {
            queue->confirm(verdict.consumer, verdict.delivery, verdict.state);
        }
        settled.insert(queue);
    }
    for (QueueNode* const queue : settled) {
        queue->carry_out_all();
    }
}

void TransactionWork::send(const std::vector<Goals>& goals) {
    for (std::size_t i = 0; i < goals.size(); ++i) {
        const Message& message = messages_[i];
        if (!message.topic.empty()) {
            topics_.give(goals[i], {.payload = message.payload,
                                    .sections = message.sections,
                                    .origin = {.message = message.held}});
            continue;
        }
        // There was room; what the transaction itself moved may have taken it since.
        const auto taken = goals[i].front()->offer(message.payload, message.sections,
                                                   {.message = message.held}, /*weighed=*/true);
        WEFT_CHECK(taken);
    }
}

// --- rollback --------------------------------------------------------------------------------

void TransactionWork::roll_back(bool lost) {
    using Kind = queue::Outcome::Kind;
    release();
    forget_messages();
    for (const auto& [acquired, verdict] : std::exchange(verdicts_, {})) {
        QueueNode* const queue = queues_.find(acquired.first);
        if (queue == nullptr) {
            continue;
        }
        const auto say = [&, message = acquired.second,
                          consumer = verdict.consumer](const queue::Outcome& outcome) {
            return queue->settle(consumer, message, outcome);
        };
        if (verdict.settled || !say({.kind = Kind::undone})) {  // or the consumer is gone
            const bool failed = verdict.settled || lost;
            say({.kind = failed ? Kind::modified : Kind::released, .failed = failed});
        }
    }
}

}  // namespace weft::broker

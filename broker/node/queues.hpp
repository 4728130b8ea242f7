#pragma once

#include "broker/node/queue_node.hpp"
#include "broker/store/store.hpp"
#include "common/endpoint/line_budget.hpp"
#include "common/io/loop.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::broker {

/// What is wrong with what the store says of a queue.
Error of_store(std::string_view queue, const Error& error);

/// All queues of the broker, by name, and the store beneath them.
///
/// A queue is made when a link to its address tells its entry, or when links may make queues
/// (`auto_create`); it stays. What queues have to do is done in turns of its own, each queue a
/// slice at a time.
/// Threading: loop-confined.
class Queues {
public:
    static constexpr std::size_t kQueuesMax = 100'000;
    static constexpr std::size_t kRunAtOnce = 50;  // queues that have something to do, in a turn
    static constexpr std::size_t kHeldMax = std::size_t{256} * 1024 * 1024;

    struct Options {
        store::SegmentsOptions store;
        bool auto_create = false;
    };

    /// Opens the store. `loop` must outlive it; `failed` is told once if the store fails: nothing
    /// is accepted any more. Errors: in words for whoever starts the broker.
    [[nodiscard]] static Result<std::unique_ptr<Queues>> open(
        io::Loop& loop, const Options& options, std::function<void(const Error&)> failed);
    Queues(const Queues&) = delete;
    Queues& operator=(const Queues&) = delete;

    /// The queue of that name; made, or changed, as `told` says. Errors: kNotFound,
    /// kResourceLimitExceeded, kInvalidField.
    [[nodiscard]] Result<QueueNode*> find(std::string_view name,
                                          const std::optional<QueueEntry>& told);
    QueueNode& dead_letters_of(const QueueNode& queue);
    bool auto_creates() const { return options_.auto_create; }
    /// The queue of a subscription: no link finds it by its name.
    QueueNode& add_subscription(QueueEntry entry);
    /// Those that there are.
    std::vector<QueueNode*> subscriptions() const;
    /// The queue of a subscription goes, and all that is in it. No link is on it any more.
    void drop(QueueNode& queue);
    /// `room` is told of a queue that is full no more, or goes.
    void when_room(std::function<void(QueueNode&)> room) { room_ = std::move(room); }
    void note_room(QueueNode& queue) { room_(queue); }
    /// In the log, unless that has too many such lines already: how a message left its queue that
    /// no consumer processed.
    void note_end(const QueueNode& queue, queue::MessageId message, std::string_view how);
    /// It has something to do.
    void stir(QueueNode& queue);
    /// `done` runs in a later turn, when all that queues have to do is durable, or the store
    /// failed.
    void finish(std::function<void()> done);
    /// The time of this turn.
    queue::WallTime now() const;

    /// Bytes of messages that come in, or wait to be durable. False: there are too many already.
    [[nodiscard]] bool hold(std::size_t bytes);
    void release(std::size_t bytes) { held_ -= bytes; }
    std::size_t held() const { return held_; }
    /// A message was refused to its producer.
    void note_refused() { ++refused_; }
    std::uint64_t refused() const { return refused_; }

    store::Store& store() { return *store_; }
    const store::Store& store() const { return *store_; }
    /// In the order in which they were made.
    const std::vector<QueueNode*>& all() const { return all_; }

private:
    Queues(io::Loop& loop, const Options& options) : loop_{loop}, options_{options} {}

    QueueNode& add(std::string name,
                   store::QueueNumber number,
                   QueueEntry entry,
                   const queue::Stored& stored);
    QueueNode& dead_letters_of_all();
    Result<void> take_up(store::KnownQueue known);
    QueueNode& make(std::string_view name, const QueueEntry& entry);
    void run_later();
    void run();
    void wake_for(QueueNode& queue);
    void set_alarm();
    void stir_due();

    io::Loop& loop_;
    Options options_;
    std::unique_ptr<store::Store> store_;
    std::map<std::string, std::unique_ptr<QueueNode>, std::less<>> queues_;
    std::map<store::QueueNumber, std::unique_ptr<QueueNode>> of_subscriptions_;
    std::map<store::QueueNumber, QueueNode*> by_number_;
    std::set<QueueNode*> dropped_;  // that the store is about to delete
    std::uint64_t subscriptions_made_ = 0;
    std::function<void(QueueNode&)> room_ = [](QueueNode&) {};
    std::vector<QueueNode*> all_;
    std::set<QueueNode*> stirred_;
    std::deque<QueueNode*> line_;                           // those, as they came
    bool run_due_ = false;                                  // `run` was posted
    std::set<std::pair<queue::WallTime, QueueNode*>> due_;  // when time alone stirs a queue
    std::map<QueueNode*, queue::WallTime> due_of_;
    io::Timer alarm_;
    queue::WallTime alarm_at_ = queue::kForever;
    endpoint::LineBudget ends_logged_;
    std::size_t held_ = 0;
    std::uint64_t refused_ = 0;
    std::shared_ptr<Queues*> self_ = std::make_shared<Queues*>(this);  // for what was posted
};

}  // namespace weft::broker

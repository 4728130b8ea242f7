#pragma once

#include "broker/node/graves.hpp"
#include "broker/node/idle_queues.hpp"
#include "broker/node/incoming.hpp"
#include "broker/node/intake.hpp"
#include "broker/node/queue_node.hpp"
#include "broker/node/read_ahead.hpp"
#include "broker/node/shared_entries.hpp"
#include "broker/store/store.hpp"
#include "broker/transaction/pool.hpp"
#include "common/endpoint/connection.hpp"
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

/// What others want to know of a queue.
enum class QueueEvent : std::uint8_t {
    made,
    changed,  // its entry
    room,     // it is full no more
    ran,      // of one that is drained or forwarded: something may have left, or come
    gone,     // or goes
};

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
    /// That are taken up as the broker starts, some milliseconds; then the store's lease is
    /// renewed.
    static constexpr std::size_t kTakenUntilRenewal = 1'000;

    struct Options {
        store::SegmentsOptions store;
        bool auto_create = false;
        /// A queue of an entry that means more than one address goes when it was empty and without
        /// links for so long, and is no other one's dead letter queue; zero: never.
        Duration idle_max{};
        transaction::Limits transactions{};
        ReadAhead::Limits read{};
    };

    /// Opens the store. `loop` must outlive it; `failed` is told once if the store fails: nothing
    /// is accepted any more. `claim`: as store::Store::open. Errors: in words for whoever starts
    /// the broker.
    [[nodiscard]] static Result<std::unique_ptr<Queues>> open(
        io::Loop& loop,
        const Options& options,
        std::function<void(const Error&)> failed,
        std::shared_ptr<store::Claim> claim = {});
    Queues(const Queues&) = delete;
    Queues& operator=(const Queues&) = delete;

    /// The queue of that name; made, or changed, as `told` says. Errors: kNotFound,
    /// kResourceLimitExceeded, kInvalidField.
    [[nodiscard]] Result<QueueNode*> find(std::string_view name,
                                          const std::optional<QueueEntry>& told);
    /// Null: it is gone, or goes.
    QueueNode* find(store::QueueNumber number) const;
    /// The queue of that name, also if it is a subscription's; null: there is none.
    QueueNode* known(std::string_view name) const;
    QueueNode& dead_letters_of(const QueueNode& queue);
    /// A queue's dead letter queue is another one, by name; empty: it has none.
    void change_grave(std::string_view queue, std::string_view before, std::string_view now);
    bool auto_creates() const { return options_.auto_create; }
    /// The queue of a subscription: no link finds it by its name.
    QueueNode& add_subscription(QueueEntry entry);
    /// The queue goes, and all that is in it. Links that are on it are told.
    void drop(QueueNode& queue);
    /// `hear` is told what happens to queues, while this lives.
    void watch(std::function<void(QueueNode&, QueueEvent)> hear) {
        watchers_.push_back(std::move(hear));
    }
    void note(QueueNode& queue, QueueEvent event) const;
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

    /// Messages that come in, or wait to be durable.
    Incoming& incoming() const { return *incoming_; }
    /// What queues remember of messages: keys and names.
    queue::WordBudget& words() const { return *words_; }
    /// Whether any producer may bring messages, as the disk has room.
    Intake& intake() const { return *intake_; }
    /// What was read and did not go out yet.
    ReadAhead& read_ahead() const { return *read_ahead_; }
    /// The range of that queue, read once there is room for it: for `most` bytes, or for the first
    /// message if that is larger.
    void read(store::QueueNumber number,
              const queue::Range& range,
              std::uint64_t most,
              std::function<void(store::Reading)> done);
    /// A message was refused to its producer. In the log, as `note_end`, unless that hears why.
    void note_refused(const endpoint::Connection& from,
                      const amqp::Link& link,
                      const Error* unheard);

    /// What transactions of all connections share.
    transaction::Pool& transactions() const { return *transactions_; }

    store::Store& store() const { return *store_; }
    /// In the order in which they were made.
    const std::vector<QueueNode*>& all() const;
    /// Queues that went because nobody used them.
    std::uint64_t idle_dropped() const { return idle_dropped_; }

private:
    Queues(io::Loop& loop, const Options& options)
        : loop_{loop},
          options_{options},
          idle_{options.idle_max},
          transactions_{std::make_unique<transaction::Pool>(
              transaction::Pool{.limits = options.transactions})} {}

    QueueNode& add(std::string name,
                   store::QueueNumber number,
                   QueueEntry entry,
                   const queue::Stored& stored);
    QueueNode& dead_letters_of_all();
    Result<void> take_up(store::KnownQueue known);
    QueueNode& make(std::string_view name, const QueueEntry& entry);
    bool may_log(endpoint::LineBudget& lines, std::string_view of_others);
    void run_later();
    void read_later();
    void go_on_reading();
    void set_read_alarm();
    void run();
    void wake_for(QueueNode& queue);
    void set_alarm();
    void stir_due();
    void note_use(QueueNode& queue);
    void set_idle_alarm();
    void drop_idle();
    bool is_idle(const QueueNode& queue) const;

    io::Loop& loop_;
    Options options_;
    IdleQueues idle_;
    io::Timer idle_alarm_;
    Instant idle_alarm_at_ = kNever;
    std::uint64_t idle_dropped_ = 0;
    std::shared_ptr<Queues*> self_ = std::make_shared<Queues*>(this);  // for what was posted
    std::unique_ptr<Incoming> incoming_ =
        std::make_unique<Incoming>([this] { return loop_.now(); });
    std::unique_ptr<ReadAhead> read_ahead_ = std::make_unique<ReadAhead>(
        [this] { read_later(); }, [this] { return loop_.now(); }, options_.read);
    io::Timer read_alarm_;
    Instant read_alarm_at_ = kNever;
    std::unique_ptr<queue::WordBudget> words_ = std::make_unique<queue::WordBudget>();
    Graves graves_;
    SharedEntries entries_;
    std::unique_ptr<transaction::Pool> transactions_;
    std::unique_ptr<store::Store> store_;
    std::unique_ptr<Intake> intake_ = std::make_unique<Intake>();
    std::map<std::string, std::unique_ptr<QueueNode>, std::less<>> queues_;
    std::map<store::QueueNumber, std::unique_ptr<QueueNode>> of_subscriptions_;
    std::map<store::QueueNumber, QueueNode*> by_number_;
    /// That the store is about to delete, and their names, which nobody can have until then.
    std::map<store::QueueNumber, std::unique_ptr<QueueNode>> going_;
    std::set<std::string, std::less<>> going_names_;
    std::uint64_t subscriptions_made_ = 0;
    std::vector<std::function<void(QueueNode&, QueueEvent)>> watchers_;
    mutable std::vector<QueueNode*> all_;
    mutable bool some_left_ = false;  // that are in `all_` yet
    std::set<QueueNode*> stirred_;
    std::deque<QueueNode*> line_;  // those, as they came, and such as are gone
    bool run_due_ = false;         // `run` was posted
    std::set<std::pair<queue::WallTime, QueueNode*>> due_;  // when time alone stirs a queue
    std::map<QueueNode*, queue::WallTime> due_of_;
    io::Timer alarm_;
    queue::WallTime alarm_at_ = queue::kForever;
    endpoint::LineBudget ends_logged_;
    endpoint::LineBudget refusals_logged_;
};

/// What is wrong with reads of the store, for people: that they wait, and for whom. Empty: nothing.
std::string problem_of(const Queues& queues);

}  // namespace weft::broker

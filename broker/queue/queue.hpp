#pragma once

#include "broker/queue/actions.hpp"
#include "broker/queue/aside.hpp"
#include "broker/queue/browsers.hpp"
#include "broker/queue/consumers.hpp"
#include "broker/queue/counters.hpp"
#include "broker/queue/delayed.hpp"
#include "broker/queue/pickers.hpp"
#include "broker/queue/ready.hpp"
#include "broker/queue/settings.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <vector>

namespace weft::queue {

/// What a consumer says of a delivery. Spec: AMQP 1.0 §3.4, §4.4.2
struct Outcome {
    enum class Kind : std::uint8_t {
        accepted,
        rejected,
        released,
        modified,
        open,    // a transaction is to decide: it stays as it is, though the consumer leaves
        undone,  // the transaction was rolled back: it is the consumer's again
        purged,  // an operator's: it is gone
        moved,   // likewise: the owner moves it to another queue at once
    };

    Kind kind = Kind::accepted;
    bool failed = false;     // modified: the delivery counts as a failed one
    bool elsewhere = false;  // modified: not for this consumer again (undeliverable-here)
};

/// One queue: which message goes to whom, and what becomes of it.
///
/// README.md has the life of a message as a picture. What is to be done is appended to `out`, for
/// the owner to carry out in this order; consumers' deliveries come from `dispatch` alone.
///
/// Invariants:
///   Q1  a message is in one place: being stored, on disk behind the window (`tail_` and later),
///       ready, delayed, acquired by one consumer or picker, damaged, or set aside for a
///       transaction
///   Q2  all stored messages before `tail_` that still exist are ready, delayed, acquired or aside;
///       those of pickers and those aside may be behind it
///   Q3  without consumers nothing is ready, and nothing of the queue is in memory but what is
///       delayed
///   Q4  at most one Load, Sweep or Browse of a picker is unanswered; `left_`: what is gone since
///   Q5  a message leaves by one Remove, Drop or Bury, and is in `depth` until then
///
/// Threading: loop-confined.
class Queue {
public:
    explicit Queue(const Settings& settings, const Stored& stored = {}, Limits limits = {});

    // --- producers ---------------------------------------------------------------------------
    /// Takes a message that wants to live for `ttl` milliseconds (0: it does not say); nothing: the
    /// queue is full, and takes none then.
    std::optional<MessageId> offer(Payload payload, std::uint64_t ttl, WallTime now, Actions& out);
    /// Takes one whether it is full or not.
    MessageId take(Payload payload, std::uint64_t ttl, WallTime now, Actions& out);
    struct Taken {
        MessageId id = 0;
        WallTime expires = kForever;
    };
    /// Takes a dead one of another queue, full or not: the store moves it here. It lives as long
    /// here as one that does not say how long it wants to.
    Taken take_dead(std::uint64_t size, WallTime now);
    /// Whether producers may have credit. Room says when they may again.
    bool is_full() const;
    /// All up to `id` are durable: only now they may be accepted.
    void on_stored(MessageId id);

    // --- consumers ---------------------------------------------------------------------------
    /// With `choose`: a picker, which takes those alone that it wants.
    /// It looks at none that is older than `from`.
    void attach(ConsumerId id, Choose choose = {}, MessageId from = 1);
    /// One that gets copies, and takes nothing out.
    void attach_browser(ConsumerId id, Choose choose = {});
    /// The credit that it has now. `drain`: it is to be used up, then comes Drained.
    void set_credit(ConsumerId id, std::uint32_t credit, bool drain);
    /// What it was given did not leave: that has `outcome` (a copy that is released is seen again),
    /// and its credit is the consumer's again.
    void give_back(ConsumerId id,
                   MessageId message,
                   const Outcome& outcome,
                   bool drain,
                   WallTime now,
                   Actions& out);
    /// Its connection takes nothing more (again).
    void hold(ConsumerId id, bool held);
    /// False: it has no such message; of one that is undone: it is gone, and the message waits for
    /// another outcome.
    bool settle(
        ConsumerId id, MessageId message, const Outcome& outcome, WallTime now, Actions& out);
    /// What it has comes back. `failed`: it died of them, maybe; they count as failed deliveries.
    void detach(ConsumerId id, bool failed, WallTime now, Actions& out);

    // --- the store's answers -----------------------------------------------------------------
    /// To Load: all messages that the store has between its `from` and `through`, which is the end
    /// of what was looked through. Damaged ones are dead with the next dispatch.
    void on_loaded(MessageId from, std::vector<Record> records, MessageId through);
    void on_browsed(ConsumerId id,
                    const std::vector<Record>& records,
                    MessageId through,
                    Actions& out);
    /// To Sweep: those that it found, up to where it looked, and when the next one expires.
    void on_swept(const Swept& swept, Actions& out);

    /// Gives out what can be given out. True: there is more, once others had a turn.
    bool dispatch(WallTime now, Actions& out);
    /// When there is something to dispatch though nothing happens; kForever: never.
    WallTime due() const;

    void change(const Settings& settings, Actions& out);
    const Settings& settings() const { return settings_; }
    const Counters& counters() const { return counters_; }
    std::uint64_t depth() const { return depth_; }
    std::uint64_t bytes() const { return bytes_; }
    std::uint64_t unsettled() const { return unsettled_; }
    std::size_t consumers() const { return consumers_.size() + browsers_.size() + pickers_.size(); }
    /// Held in memory, ready to go.
    const Ready& ready() const { return ready_; }

private:
    /// What the store was asked. void_: the answer is out of date.
    enum class Loading : std::uint8_t { no, asked, void_, sweeping, trimming, looking };

    /// What the store read for a picker; it picks when there is something dispatched next.
    struct Looked {
        ConsumerId picker{};
        MessageId from = 0;
        bool answered = false;
        std::vector<Record> records{};
        MessageId through = 0;
    };

    WallTime expiry(std::uint64_t ttl, WallTime now) const;
    void make_ready(Record record);
    void bury_damaged(Actions& out);
    void delay(Record record, WallTime now);
    void end_delays(WallTime now);
    /// False: it has expired, and is dead.
    bool is_alive(const Record& record, WallTime now, Actions& out);
    void sweep(WallTime now, Actions& out);
    bool has_too_many() const;
    void trim(Actions& out);
    bool take_found(MessageId id, const std::set<MessageId>& left);
    void drop(const Record& record, Drop::Cause cause, Actions& out);
    void give(Consumer& consumer, MessageId id, Actions& out);
    std::uint32_t credit_of(ConsumerId id);
    void come_back(
        ConsumerId from, Record record, const Outcome& outcome, WallTime now, Actions& out);
    void put_back(Record record);
    std::optional<Record> give_up(ConsumerId id, MessageId message);
    bool settle_aside(
        ConsumerId id, MessageId message, const Outcome& outcome, WallTime now, Actions& out);
    void detach_picker(Picker& picker, const Outcome& outcome, WallTime now, Actions& out);
    void look(Actions& out);
    void pick(WallTime now, Actions& out);
    bool is_on_offer(const Record& record, const std::set<MessageId>& left) const;
    bool wants(const Choose& choose, const Record& record);
    bool judged_enough() const { return judged_ >= limits_.judged_steps; }
    /// False: it is dead.
    bool count_failure(Record& record, Actions& out);
    bool count_refusal(Record& record, ConsumerId by, Actions& out);
    void bury(const Record& record, Death death, Actions& out);
    void leave(const Record& record, Actions& out);
    void tell_room(Actions& out);
    void load(const Range& range, Actions& out);
    void load_tail(Actions& out);
    void answer_drains(Actions& out);
    void forget_window();
    void forget_answer();
    bool has_tail() const { return tail_ <= stored_; }
    bool window_has_room() const;

    Settings settings_;
    Limits limits_;
    Counters counters_;
    std::uint64_t depth_;
    std::uint64_t bytes_;
    std::uint64_t unsettled_ = 0;
    bool told_full_ = false;  // Room is owed
    MessageId last_;          // given out
    MessageId stored_;        // all up to here are durable
    MessageId tail_;          // from here on messages are on disk only
    std::deque<Record> storing_;
    std::vector<Record> damaged_;  // that are about to be dead
    Ready ready_;
    Delayed delayed_;
    Consumers consumers_;
    Browsers browsers_;
    Pickers pickers_;
    Aside aside_;
    std::optional<Looked> looked_;
    std::size_t judged_ = 0;     // steps, for the picker or browser whose turn it is
    bool pickers_turn_ = false;  // the last that was read was for consumers
    std::set<MessageId> left_;   // of `tail_` and later, while something is unanswered
    std::deque<ConsumerId> draining_;
    Loading loading_ = Loading::no;
    WallTime expiry_;          // no stored message that is nobody's expires before
    WallTime next_sweep_ = 0;  // no look for them before
    MessageId sweep_at_ = 1;   // where it goes on
};

}  // namespace weft::queue

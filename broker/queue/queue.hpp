#pragma once

#include "broker/queue/actions.hpp"
#include "broker/queue/aside.hpp"
#include "broker/queue/counters.hpp"
#include "broker/queue/delayed.hpp"
#include "broker/queue/deque.hpp"
#include "broker/queue/expiry.hpp"
#include "broker/queue/groups.hpp"
#include "broker/queue/judge.hpp"
#include "broker/queue/on_use.hpp"
#include "broker/queue/question.hpp"
#include "broker/queue/schedule.hpp"
#include "broker/queue/settings.hpp"
#include "broker/queue/shared.hpp"
#include "broker/queue/stock.hpp"
#include "broker/queue/takers.hpp"
#include "broker/queue/window.hpp"
#include "broker/queue/words.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace weft::queue {

/// One queue: which message goes to whom, and what becomes of it.
///
/// README.md has the life of a message as a picture. What is to be done is appended to `out`, for
/// the owner to carry out in this order; consumers' deliveries come from `dispatch` alone.
///
/// Invariants:
///   Q1  a message is in one place: being stored, scheduled, waiting in the window or behind it,
///       delayed, acquired by one consumer or picker, or set aside for a transaction, or
///       found damaged
///   Q2  all stored messages of a lane before its tail that still exist are in memory, scheduled,
///       delayed, acquired or aside; what is acquired or aside may be behind it as well
///   Q3  without consumers nothing waits in memory, and nothing of the queue is there but what is
///       delayed, and what its settings ask it to remember
///   Q4  at most one question to the store is open; browsers' Browse are none
///   Q5  a message leaves by one Remove, Drop or Bury, and is in `depth` until then
///
/// Threading: loop-confined.
class Queue {
public:
    /// `words`: of all queues; it must outlive this. Null: it has as many as its limits say.
    explicit Queue(Shared<Settings> settings,
                   const Stored& stored = {},
                   Shared<Limits> limits = Limits{},
                   WordBudget* words = nullptr);

    // --- producers ---------------------------------------------------------------------------
    /// As `verdict` says (verdict.hpp).
    Offered offer(Arrival arrival, WallTime now, Actions& out);
    /// Takes one of another queue, full or not: the store moves it here. It lives as long here as
    /// one that does not say how long it wants to.
    Moved take_moved(std::uint64_t size, Priority priority, WallTime now);
    /// All up to `id` are durable: only now they may be accepted.
    void on_stored(MessageId id, Actions& out);

    // --- consumers ---------------------------------------------------------------------------
    void attach(ConsumerId id, Joining how = {}) { takers().attach(id, std::move(how)); }
    /// The credit that it has now. `drain`: it is to be used up, then comes Drained.
    void set_credit(ConsumerId id, std::uint32_t credit, bool drain) {
        takers().set_credit(id, credit, drain);
    }
    /// What it was given did not leave: that has `outcome` (a copy that is released is seen again),
    /// and its credit is the consumer's again.
    void give_back(ConsumerId id,
                   MessageId message,
                   const Outcome& outcome,
                   bool drain,
                   WallTime now,
                   Actions& out);
    /// Its connection takes nothing more (again).
    void hold(ConsumerId id, bool held) { takers().hold(id, held); }
    /// False: it has no such message; of one that is undone: it is gone, and the message waits for
    /// another outcome.
    bool settle(
        ConsumerId id, MessageId message, const Outcome& outcome, WallTime now, Actions& out);
    /// What it has comes back. `failed`: it died of them, maybe; they count as failed deliveries.
    void detach(ConsumerId id, bool failed, WallTime now, Actions& out);

    // --- the store's answers: what it has once all that was asked before is done ----------------
    /// To Load: all that it has of `asked`, up to `through`, the end of what was looked through.
    void on_loaded(const Range& asked, std::vector<Record> records, MessageId through);
    /// To Browse; the same.
    void on_browsed(ConsumerId id,
                    const std::vector<Record>& records,
                    MessageId through,
                    Actions& out);
    /// To Sweep: those that it found, up to where it looked, and when the next one expires.
    void on_swept(Swept swept, Actions& out);
    void on_ripened(Ripened ripened);
    /// To ReadKeys: messages with their keys.
    void on_keyed(const std::vector<Record>& records, MessageId through, Actions& out);

    /// Gives out what can be given out. True: there is more, once others had a turn.
    bool dispatch(WallTime now, Actions& out);
    /// When there is something to dispatch though nothing happens; kForever: never.
    WallTime due() const;

    void change(Shared<Settings> settings, Actions& out);
    const Settings& settings() const { return *settings_; }
    const Counters& counters() const { return counters_; }
    std::uint64_t depth() const { return stock_.messages(); }
    /// Full: producers may have no credit. Room says when they may again.
    const Stock& stock() const { return stock_; }
    std::uint64_t unsettled() const { return unsettled_; }
    Attached attached() const { return takers_->attached(); }
    const Words& words() const { return words_; }
    /// Whose bound may be changed, and whose payloads may go.
    Window& window() { return window_; }

private:
    /// What the store read for a picker; it picks when there is something dispatched next.
    struct Looked {
        ConsumerId picker{};
        MessageId from = 0;
        bool answered = false;
        std::vector<Record> records{};
        MessageId through = 0;
    };

    using Left = std::set<MessageId>;  // gone since the store was asked

    Takers& takers() { return takers_.use(*limits_, settings_->exclusive); }
    Groups& groups() { return groups_.use(limits_->groups_max); }
    void rest();

    bool settle_aside(
        ConsumerId id, MessageId message, const Outcome& outcome, WallTime now, Actions& out);

    // queue_returns.cpp: what comes back, and what leaves
    void come_back(
        ConsumerId from, Record record, const Outcome& outcome, WallTime now, Actions& out);
    void put_back(Record record) { put_back(std::move(record), !takers_->consumers.empty()); }
    void put_back(Record record, bool keep);
    void free_groups(const std::vector<std::string>& groups);
    void delay(Record record, WallTime now);
    /// False: it is dead.
    bool count_failure(Record& record, Actions& out);
    bool count_refusal(Record& record, ConsumerId by, Actions& out);
    void bury(const Record& record, Death death, Actions& out, const std::string& why = {});
    void drop(const Record& record, Drop::Cause cause, Actions& out);
    void leave(const Record& record, Actions& out);
    bool take_found(const Record& record, const Left& left);
    void replace(const std::optional<Record>& older, const Left& left, Actions& out);

    // queue_dispatch.cpp: what is given out
    bool give_out(WallTime now, Actions& out);
    Consumer* taker_of(const Record& record);
    void give(Consumer& consumer, const Record& next, Actions& out);
    /// False: it has expired, and is dead.
    bool is_alive(const Record& record, WallTime now, Actions& out);

    // queue_questions.cpp: what the store is asked for
    bool ask(Question::Kind kind);
    void load(const Range& range, Actions& out);
    void read_keys(Actions& out);
    void sweep(WallTime now, Actions& out);
    void trim(Actions& out);
    bool may_ripen() const;
    bool is_window_idle() const;
    void ripen(WallTime now, Actions& out);
    void empty_window();

    // queue_picking.cpp: what a queue does for its pickers
    void detach_picker(Picker& picker, const Outcome& outcome, WallTime now, Actions& out);
    void look(Actions& out);
    void pick(WallTime now, Actions& out);
    void share(const Looked& looked, const Left& left, WallTime now, Actions& out);
    bool is_picked(const Picker& picker, const Record& record, const Left& left, WallTime now);
    void acquire(Picker& picker, const Record& record, Actions& out);
    bool is_on_offer(const Record& record, const Left& left, bool early = false) const;

    Shared<Settings> settings_;
    Shared<Limits> limits_;
    Counters counters_;
    Stock stock_;
    std::uint64_t unsettled_ = 0;
    MessageId last_;    // given out
    MessageId stored_;  // all up to here are durable
    OnUse<Deque<Record>> storing_;
    std::vector<Record> damaged_;  // that are about to be dead
    Window window_;
    Schedule schedule_;
    OnUse<Delayed> delayed_;
    OnUse<Takers> takers_;
    OnUse<Groups> groups_;
    Words words_;
    Question question_;
    OnUse<Aside> aside_;
    std::unique_ptr<Looked> looked_;  // null: for no picker
    Judge judge_;
    bool pickers_turn_ = false;  // the last that was read was for consumers
    WallTime now_ = 0;           // as of the last dispatch
    Rounds rounds_;
    MessageId trim_at_ = 1;    // nothing that may be dropped is older, if nothing waits
    MessageId trim_from_ = 1;  // from there on the store looks for the oldest
};

}  // namespace weft::queue

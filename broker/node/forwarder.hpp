#pragma once

#include "broker/node/forward.hpp"
#include "broker/node/queues.hpp"
#include "common/base/result.hpp"
#include "common/io/loop.hpp"

#include <chrono>
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

class BrokerConnection;

/// How far this broker is with emptying its queues. Threading: not shared (a value).
struct DrainReport {
    enum class State : std::uint8_t {
        none,
        draining,
        drained,  // the store has no message of these queues
    };
    /// A queue that is emptied, or that is to be and stays.
    struct Line {
        std::string queue{};
        std::uint64_t messages = 0;
        std::uint64_t forwarded = 0;
        double rate = 0;        // of these, a second
        std::string trouble{};  // what it waits for, or what went wrong last; of one that stays why
    };

    State state = State::none;
    bool all = false;            // of the whole broker
    std::uint64_t queues = 0;    // that are emptied
    std::uint64_t empty = 0;     // of these: the store has no message of them
    std::uint64_t messages = 0;  // that are left in them
    std::uint64_t forwarded = 0;
    std::uint64_t returned = 0;
    std::uint64_t rejected = 0;
    double rate = 0;
    std::uint64_t staying = 0;           // queues that are to be emptied and can't be
    std::uint64_t staying_messages = 0;  // in them
    /// Those that are not empty, the fullest first; kLinesMax of each at most.
    std::vector<Line> left{};
    std::vector<Line> stays{};

    static constexpr std::size_t kLinesMax = 100;
};
std::string_view name_of(DrainReport::State state);

/// How many queues are forwarded by rules of their entries, and how far. Threading: not shared (a
/// value).
struct ForwardTotals {
    std::map<ForwardState, std::uint64_t> queues{};
    forwarding::CourseCounters messages{};  // of all queues, those that are drained included
};

/// Queues that operators want emptied into other brokers' parts of them, all or some (`weft broker
/// drain`), and those that a rule of their entry forwards. What is wanted is in the store, with
/// each queue, and holds until it is called off.
/// Threading: loop-confined.
class Forwarder {
public:
    /// How often all are looked at, for what no event tells.
    static constexpr Duration kLookPeriod = std::chrono::seconds{1};
    /// How long a broker that ends waits for outcomes.
    static constexpr Duration kEndMost = std::chrono::seconds{2};

    /// Both must outlive it. What was wanted before the broker was started goes on.
    Forwarder(io::Loop& loop,
              Queues& queues,
              const forwarding::Course::Patience& patience = forwarding::Course::Patience{});
    Forwarder(const Forwarder&) = delete;
    Forwarder& operator=(const Forwarder&) = delete;

    /// Those of these names; of none: all that there are, and all that come. Errors: kNotFound,
    /// and nothing is changed.
    [[nodiscard]] Result<void> drain(const std::set<std::string>& names);
    /// All are as they were: producers have credit again.
    void cancel();
    /// The broker ends: no more leaves. `done` runs once, in a later turn: when nothing is under
    /// way, or after kEndMost.
    void end(std::function<void()> done);

    /// A connection to a router that keeps messages here; one to a router that this broker dialled;
    /// it goes.
    void add(BrokerConnection& connection);
    void add_uplink(BrokerConnection& connection);
    void remove(BrokerConnection& connection);

    /// All but the lines.
    DrainReport totals() const;
    DrainReport report() const;
    /// Null: nothing leaves that queue by this broker's own doing.
    const Forward* of(const QueueNode& queue) const;
    ForwardTotals forwarded() const;
    /// The whole broker is being emptied, or is empty: it takes no messages.
    bool is_closed() const { return all_; }

private:
    Forward& made_for(QueueNode& queue);
    void begin(QueueNode& queue, Draining::Scope scope);
    void follow_rule(QueueNode& queue);
    void on_event(QueueNode& queue, QueueEvent event);
    void stir(const QueueNode& queue);
    void advance_stirred();
    void look();
    void look_later();
    void keep_wish();
    void note_state();
    bool is_idle() const;
    void tell_end();

    io::Loop& loop_;
    Queues& queues_;
    forwarding::Course::Patience patience_;
    bool all_ = false;
    bool ends_ = false;  // with the broker
    std::map<store::QueueNumber, std::unique_ptr<Forward>> forwards_;
    std::set<store::QueueNumber> stirred_;
    bool advance_due_ = false;  // `advance_stirred` was posted
    Forward::Ways ways_;        // of each the one that has been there for longest first
    DrainReport::State state_ = DrainReport::State::none;  // as it was logged
    std::function<void()> ended_;
    io::Timer look_;
    bool looks_ = false;  // that was set
    io::Timer end_;
    std::shared_ptr<Forwarder*> self_ = std::make_shared<Forwarder*>(this);
};

}  // namespace weft::broker

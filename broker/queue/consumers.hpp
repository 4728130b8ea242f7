#pragma once

#include "broker/queue/actions.hpp"
#include "broker/queue/message.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace weft::queue {

/// Who takes messages out of a queue.
struct Consumer {
    /// Where it waits for messages.
    enum class Place : std::uint8_t {
        away,     // it takes none now
        in_line,  // for its turn
    };

    ConsumerId id{};
    std::uint32_t credit = 0;
    bool held = false;  // its connection takes nothing for a while
    Place place = Place::away;
    std::uint64_t turn = 0;  // in line: its place there
    /// So many messages had been refused by all in line when it left that.
    std::uint64_t heard = 0;
    std::map<MessageId, Record> acquired{};
};

/// The consumers of a queue and whose turn it is: each in line gets one message, and goes to the
/// end of it.
///
///     away ──can take──▶ in_line
///      ▲                    │
///      └────── can't ───────┘
///
/// A message that nobody in line may have is passed over, and offered again when that may be
/// otherwise: somebody joined the line for whom it may be, or who may have what has changed.
///
/// Invariants:
///   S1  a consumer is in `line_` exactly while its place is in_line
///   S2  who is in line wants a message, though it may have to wait until it is alone
///   S3  `acquired_` is what consumers have, all together
///
/// Threading: loop-confined (its queue's).
class Consumers {
public:
    /// Of one that holds `unsettled_max` messages: it can take no more.
    explicit Consumers(std::size_t unsettled_max) : unsettled_max_{unsettled_max} {}

    void add(ConsumerId id);
    /// Null: there is none.
    Consumer* find(ConsumerId id);
    /// What it had.
    std::map<MessageId, Record> remove(Consumer& consumer);
    void set_credit(Consumer& consumer, std::uint32_t credit, bool drain);
    void hold(Consumer& consumer, bool held);
    /// Those who want their credit used up hear that it is, but for who is to get more first.
    /// `more_may_come`: the store is asked for something.
    void answer_drains(bool more_may_come, Actions& out);
    /// What it acquired changed.
    void consider(Consumer& consumer);

    using Ids = std::vector<ConsumerId>;
    /// Whose turn it is, of those that did not refuse the message; null: nobody's.
    Consumer* next(const Ids& refused_by);
    /// The same of a message that only `owner` may have.
    Consumer* next_if(ConsumerId owner, const Ids& refused_by);
    /// It had its turn.
    void rotate(Consumer& consumer);
    /// Who may have what has changed.
    void recall() { recalled_ = true; }
    /// What was passed over is to be offered again.
    bool take_recalled();

    /// It has that message now.
    void acquire(Consumer& consumer, Record record);
    /// Nothing: it has no such one.
    std::optional<Record> give_up(Consumer& consumer, MessageId id);

    /// Nobody but `alone`, if there is one, takes anything.
    void leave_to(std::optional<ConsumerId> alone);

    bool can_take(const Consumer& consumer) const {
        return wants(consumer) && alone_.value_or(consumer.id) == consumer.id;
    }
    /// Some consumer has it.
    bool have(MessageId id) const { return acquired_.contains(id); }
    bool empty() const { return consumers_.empty(); }
    /// None can take a message.
    bool are_away() const;
    std::size_t size() const { return consumers_.size(); }

private:
    using Line = std::map<std::uint64_t, Consumer*>;  // by turn

    bool wants(const Consumer& consumer) const {
        return consumer.credit > 0 && !consumer.held && consumer.acquired.size() < unsettled_max_;
    }
    /// It is its turn at some time.
    bool waits(const Consumer& consumer) const {
        return consumer.place == Consumer::Place::in_line &&
               alone_.value_or(consumer.id) == consumer.id;
    }
    void join_line(Consumer& consumer);
    void leave(Consumer& consumer);
    void end_drain(Consumer& consumer);

    std::size_t unsettled_max_;
    std::optional<ConsumerId> alone_;
    std::map<ConsumerId, Consumer> consumers_;
    Line line_;
    std::set<ConsumerId> draining_;
    std::uint64_t last_turn_ = 0;
    std::set<MessageId> acquired_;
    std::uint64_t refused_ = 0;      // messages passed over that all in line refused
    std::set<ConsumerId> expected_;  // away, and something was passed over that is theirs
    bool recalled_ = false;
};

}  // namespace weft::queue

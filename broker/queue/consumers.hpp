#pragma once

#include "broker/queue/message.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>

namespace weft::queue {

/// Who takes messages out of a queue.
struct Consumer {
    /// Where it waits for messages.
    enum class Place : std::uint8_t {
        away,     // it takes none now
        in_line,  // for its turn
        sated,    // it takes some, but refused all that are ready
    };

    ConsumerId id{};
    std::uint32_t credit = 0;
    bool held = false;  // its connection takes nothing for a while
    Place place = Place::away;
    std::uint64_t turn = 0;  // in line or sated: its place there
    std::map<MessageId, Record> acquired{};
};

/// The consumers of a queue and whose turn it is: each in line gets one message, and goes to the
/// end of it.
///
///     away ──can take──▶ in_line ──refused all that is ready──▶ sated
///      ▲                 │  ▲                                   │  │
///      └──── can't ──────┘  └──────── something new ────────────┘  │
///      └──────────────────────────── can't ────────────────────────┘
///
/// Invariants:
///   S1  a consumer is in `line_` exactly while its place is in_line, in `sated_` while it is sated
///   S2  who is in line or sated wants a message, though it may have to wait until it is alone
///
/// Threading: loop-confined (its queue's).
class Consumers {
public:
    /// Of one that holds `unsettled_max` messages: it can take no more.
    explicit Consumers(std::size_t unsettled_max) : unsettled_max_{unsettled_max} {}

    void add(ConsumerId id);
    /// Null: there is none.
    Consumer* find(ConsumerId id);
    void remove(Consumer& consumer);
    void set_credit(Consumer& consumer, std::uint32_t credit, bool drain);
    void hold(Consumer& consumer, bool held);
    /// Those who want their credit used up.
    const std::set<ConsumerId>& draining() const { return draining_; }
    /// What it had is used up.
    void end_drain(Consumer& consumer);
    /// What it acquired changed.
    void consider(Consumer& consumer);

    /// Whose turn it is; null: nobody's.
    Consumer* next();
    /// `next` had its turn.
    void rotate(Consumer& consumer);
    /// There is nothing for `next`.
    void sate(Consumer& consumer);
    /// Something new is ready: those sated are in line again.
    void recall();

    /// Nobody but `alone`, if there is one, takes anything.
    void leave_to(std::optional<ConsumerId> alone) { alone_ = alone; }

    bool can_take(const Consumer& consumer) const {
        return wants(consumer) && alone_.value_or(consumer.id) == consumer.id;
    }
    /// Some consumer has it. Asks each.
    bool have(MessageId id) const;
    bool empty() const { return consumers_.empty(); }
    /// None can take a message.
    bool are_away() const;
    std::size_t size() const { return consumers_.size(); }

private:
    using Line = std::map<std::uint64_t, Consumer*>;  // by turn

    bool wants(const Consumer& consumer) const {
        return consumer.credit > 0 && !consumer.held && consumer.acquired.size() < unsettled_max_;
    }
    void join_line(Consumer& consumer);
    void leave(Consumer& consumer);

    std::size_t unsettled_max_;
    std::optional<ConsumerId> alone_;
    std::map<ConsumerId, Consumer> consumers_;
    Line line_;
    Line sated_;
    std::set<ConsumerId> draining_;
    std::uint64_t last_turn_ = 0;
};

}  // namespace weft::queue

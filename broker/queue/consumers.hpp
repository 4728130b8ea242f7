#pragma once

#include "broker/queue/message.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <vector>

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
    bool drain = false;  // the credit is to be used up now
    bool held = false;   // its connection takes nothing for a while
    Place place = Place::away;
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
///   S2  who is in line or sated can take a message
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
    /// Something about it changed.
    void consider(Consumer& consumer);

    /// Whose turn it is; null: nobody's.
    Consumer* next();
    /// `next` had its turn.
    void rotate();
    /// There is nothing for `next`.
    void sate();
    /// Something new is ready: those sated are in line again.
    void recall();

    bool can_take(const Consumer& consumer) const;
    /// Somebody can. (S2)
    bool some_can_take() const { return !line_.empty() || !sated_.empty(); }
    bool empty() const { return consumers_.empty(); }
    std::size_t size() const { return consumers_.size(); }

private:
    void leave(Consumer& consumer);

    std::size_t unsettled_max_;
    std::map<ConsumerId, Consumer> consumers_;
    std::deque<Consumer*> line_;
    std::vector<Consumer*> sated_;
};

}  // namespace weft::queue

#pragma once

#include "broker/queue/actions.hpp"

#include <optional>

namespace weft::queue {

/// Scheduled messages: they wait in the store, which knows when each is due; in memory there is
/// nothing but the time of the next one. It is asked for those that are due (Ripen), as many at
/// once as there is room for, and from then on they are like all others.
///
/// Threading: loop-confined (its queue's).
class Schedule {
public:
    /// None of those that the store has is due before `first`.
    explicit Schedule(WallTime first) : first_{first} {}

    void add(WallTime due) { first_ = due < first_ ? due : first_; }
    /// What to ask, if something may be due.
    std::optional<Ripen> next(WallTime now, std::size_t messages) const {
        return first_ <= now ? std::optional{Ripen{.now = now, .messages = messages}}
                             : std::nullopt;
    }
    /// `next`: none of the others is due before.
    void on_asked() { first_ = kForever; }
    /// Something may wait.
    bool any() const { return first_ != kForever; }
    WallTime due() const { return first_; }

private:
    WallTime first_;
};

}  // namespace weft::queue

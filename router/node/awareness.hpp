#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

namespace weft::node {

/// Which of a loop's announcements of consumers the other loops know, and who waits for that.
/// Threading: loop-confined.
class Awareness {
public:
    /// An attach that is answered takes so many steps of a turn.
    static constexpr std::size_t kStepsToAnswer = 10;

    /// `self` of `loops` loops.
    Awareness(std::size_t self, std::size_t loops) : known_(loops), self_{self} {}

    /// One more is made.
    void announce() { ++announced_; }
    /// How many there are so far.
    std::uint32_t announced() const { return announced_; }
    /// That loop has taken so many.
    void learn(std::size_t loop, std::uint32_t announcements) { known_[loop] = announcements; }
    /// Whether all others know all.
    bool others_know() const;

    /// `f` is to be run once they know of those that are made now.
    void wait(std::function<void()> f);
    /// Somebody who waits may be run.
    bool has_work() const { return !waiters_.empty() && may_run(waiters_.front()); }
    /// Runs who may be, until `steps` is `most`; what is left is for a later turn.
    void run(std::size_t& steps, std::size_t most);
    /// Nobody waits for a loop that hangs for longer than two of these.
    void tick() { ++ticks_; }

private:
    struct Waiter {
        std::uint32_t announced = 0;  // the last announcement that it waits for
        std::uint32_t until = 0;      // this tick
        std::function<void()> f;
    };

    bool may_run(const Waiter& waiter) const;

    std::vector<std::uint32_t> known_;  // by loop: the last that it has taken
    std::uint32_t announced_ = 0;
    std::deque<Waiter> waiters_;  // in the order of what they wait for
    std::uint32_t ticks_ = 0;
    std::size_t self_;
};

}  // namespace weft::node

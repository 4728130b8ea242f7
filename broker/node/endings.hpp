#pragma once

#include "common/io/loop.hpp"

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>

namespace weft::broker {

/// The ends of transactions, commits and rollbacks: a turn does so many steps of them, and at least
/// one end; the others wait in line. So nobody else waits for more than one of them.
/// Threading: loop-confined.
class Endings {
public:
    /// A message, a copy or an outcome is a step.
    static constexpr std::size_t kStepsAtOnce = 2'000;

    /// `loop` must outlive it.
    explicit Endings(io::Loop& loop) : loop_{loop} {}
    Endings(const Endings&) = delete;
    Endings& operator=(const Endings&) = delete;

    /// `end` runs at once if nothing waits and the turn has steps left, else in its own turn, or
    /// never if this ends before. It takes about so many steps.
    void add(std::size_t steps, std::function<void()> end);
    std::size_t waiting() const { return line_.size(); }

private:
    struct Ending {
        std::size_t steps = 0;
        std::function<void()> end;
    };

    void spend(std::size_t steps);
    void run();
    void run_later();

    io::Loop& loop_;
    std::shared_ptr<Endings*> self_ = std::make_shared<Endings*>(this);
    std::deque<Ending> line_;
    std::size_t left_ = kStepsAtOnce;  // of this turn
    bool run_due_ = false;             // `run` was posted
};

}  // namespace weft::broker

#pragma once

#include "broker/queue/counters.hpp"
#include "broker/queue/message.hpp"

#include <cstddef>

namespace weft::queue {

/// Asks those who select whether they want a message: so many steps of one of them at once, then
/// others have their turn.
///
/// Threading: loop-confined (its queue's).
class Judge {
public:
    explicit Judge(std::size_t steps_at_once) : steps_at_once_{steps_at_once} {}

    /// It is another one's turn.
    void begin() { steps_ = 0; }
    bool has_enough() const { return steps_ >= steps_at_once_; }
    bool wants(const Choose& choose, const Record& record, Counters& counters) {
        if (!choose) {
            return true;
        }
        const Judged judged = choose(record);
        steps_ += judged.steps;
        counters.gave_up += judged.choice == Choice::gave_up ? 1U : 0U;
        return judged.choice == Choice::wanted;
    }

private:
    std::size_t steps_at_once_;
    std::size_t steps_ = 0;
};

}  // namespace weft::queue

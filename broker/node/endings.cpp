#include "broker/node/endings.hpp"

#include <algorithm>
#include <utility>

namespace weft::broker {

void Endings::add(std::size_t steps, std::function<void()> end) {
    run_later();  // this turn is over then
    if (left_ == 0 || !line_.empty()) {
        line_.push_back({steps, std::move(end)});
        return;
    }
    spend(steps);
    end();
}

void Endings::run() {
    run_due_ = false;
    left_ = kStepsAtOnce;
    while (left_ > 0 && !line_.empty()) {
        const Ending first = std::move(line_.front());
        line_.pop_front();
        spend(first.steps);
        first.end();
    }
    if (!line_.empty()) {
        run_later();
    }
}

void Endings::spend(std::size_t steps) {
    left_ -= std::min(left_, steps + 1);
}

void Endings::run_later() {
    if (!std::exchange(run_due_, true)) {
        loop_.post([self = std::weak_ptr{self_}] {
            if (const auto endings = self.lock()) {
                (*endings)->run();
            }
        });
    }
}

}  // namespace weft::broker

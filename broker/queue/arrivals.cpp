#include "broker/queue/arrivals.hpp"

#include <algorithm>

namespace weft::queue {

void Arrivals::note(MessageId id, WallTime now) {
    if (!marks_.empty() && now < marks_.back().time + apart_) {
        return;
    }
    if (marks_.size() == kMarksMax) {  // every second one goes
        std::size_t kept = 0;
        for (std::size_t i = 0; i < marks_.size(); i += 2) {
            marks_[kept++] = marks_[i];
        }
        marks_.resize(kept);
        apart_ *= 2;
    }
    marks_.push_back({.id = id, .time = now});
}

std::optional<WallTime> Arrivals::arrived(MessageId id) const {
    const auto next =
        std::upper_bound(marks_.begin(), marks_.end(), id,
                         [](MessageId one, const Mark& mark) { return one < mark.id; });
    return next == marks_.begin() ? std::nullopt : std::optional{std::prev(next)->time};
}

}  // namespace weft::queue

#include "broker/queue/returns.hpp"

#include <algorithm>

namespace weft::queue {

void Returns::add(MessageId id) {
    recent_.push_back(id);
    if (recent_.size() > max_) {
        recent_.pop_front();
    }
    if (count_ % max_ == 0) {
        oldest_.push_back(id);
    } else {
        oldest_.back() = std::min(oldest_.back(), id);
    }
    ++count_;
    if (oldest_.size() > max_) {
        const MessageId before = oldest_.front();
        oldest_.pop_front();
        oldest_.front() = std::min(oldest_.front(), before);
    }
}

MessageId Returns::oldest_since(std::uint64_t heard) const {
    const std::uint64_t rows = (count_ - 1) / max_ - heard / max_ + 1;
    const auto known = std::min<std::uint64_t>(rows, oldest_.size());
    return *std::min_element(oldest_.end() - static_cast<std::ptrdiff_t>(known), oldest_.end());
}

}  // namespace weft::queue

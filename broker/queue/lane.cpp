#include "broker/queue/lane.hpp"

#include <algorithm>
#include <utility>

namespace weft::queue {

bool Lane::add(Record record, bool keep, const Share& share) {
    const bool follows = !has_behind();
    last_ = record.id;
    if (!follows) {
        return false;
    }
    tail_ = record.id;
    const bool fits = ready.size() < share.messages && ready.bytes() < share.bytes;
    if (!keep || !record.payload || !fits) {
        return false;
    }
    tail_ = record.id + 1;
    ready.add(std::move(record));
    return true;
}

bool Lane::put_back(Record record, bool keep) {
    const bool behind = has_behind() && record.id >= tail_;
    last_ = std::max(last_, record.id);
    if (behind) {
        return false;
    }
    if (!keep) {
        tail_ = record.id;
        return false;
    }
    tail_ = std::max(tail_, record.id + 1);
    ready.add(std::move(record));
    return true;
}

void Lane::fill(std::vector<Record> records, MessageId through, const Waits& waits) {
    for (Record& record : records) {
        if (record.id < tail_) {
            ready.fill(std::move(record));
        } else if (waits(record)) {
            ready.add(std::move(record));
        }
    }
    tail_ = std::max(tail_, through + 1);
}

void Lane::forget() {
    if (!ready.empty()) {
        tail_ = std::min(tail_, ready.front_id());
        ready.clear();
    }
}

/// What came back meanwhile from before `from` is behind still.
void Lane::pass(MessageId from, MessageId through) {
    if (tail_ >= from) {
        tail_ = std::max(tail_, through + 1);
    }
}

bool Lane::is_half_empty(const Share& share) const {
    const std::size_t others = ready.size() - ready.refused();
    return others == 0 || (others <= share.messages / 2 && ready.bytes() <= share.bytes / 2);
}

std::optional<MessageId> Lane::oldest() const {
    if (!ready.empty()) {
        return ready.front_id();
    }
    return has_behind() ? std::optional{tail_} : std::nullopt;
}

}  // namespace weft::queue

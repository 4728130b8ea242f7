#include "broker/queue/window.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace weft::queue {

Window::Window(const Limits& limits, const Stored& stored) : limits_{limits} {
    for (Priority priority = 0; priority <= kPriorityMost; ++priority) {
        if (stored.messages > 0 && (stored.priorities & bit_of(priority)) != 0) {
            lanes_[priority] = {.tail = stored.first, .last = stored.last};
        }
    }
}

Window::Lane& Window::lane_of(const Record& record) {
    return lanes_.try_emplace(record.priority, Lane{.tail = record.id + 1}).first->second;
}

const Window::Lane* Window::find(const Record& record) const {
    const auto lane = lanes_.find(record.priority);
    return lane == lanes_.end() ? nullptr : &lane->second;
}

std::size_t Window::messages_each() const {
    return std::max<std::size_t>(limits_.window_messages / lanes_.size(), 1);
}

std::size_t Window::bytes_each() const {
    return std::max<std::size_t>(limits_.window_bytes / lanes_.size(), 1);
}

bool Window::has_room(const Lane& lane) const {
    return lane.ready.size() < messages_each() && lane.ready.bytes() < bytes_each();
}

/// What was refused is in nobody's way.
bool Window::is_half_empty(const Lane& lane) const {
    const std::size_t others = lane.ready.size() - lane.ready.refused();
    return others == 0 || (others <= messages_each() / 2 && lane.ready.bytes() <= bytes_each() / 2);
}

// --- what waits ------------------------------------------------------------------------------

bool Window::add(Record record, bool keep) {
    Lane& lane = lane_of(record);
    const bool follows = !lane.has_behind();
    lane.last = record.id;
    if (!follows) {
        return false;
    }
    lane.tail = record.id;
    if (!keep || !record.payload || !has_room(lane)) {
        return false;
    }
    lane.tail = record.id + 1;
    lane.ready.add(std::move(record));
    return true;
}

bool Window::put_back(Record record, bool keep) {
    Lane& lane = lane_of(record);
    const bool behind = lane.has_behind() && record.id >= lane.tail;
    lane.last = std::max(lane.last, record.id);
    if (behind) {
        return false;
    }
    if (!keep) {
        lane.tail = record.id;
        return false;
    }
    lane.tail = std::max(lane.tail, record.id + 1);
    lane.ready.add(std::move(record));
    return true;
}

bool Window::is_behind(const Record& record) const {
    const Lane* lane = find(record);
    return lane != nullptr && record.id >= lane->tail && record.id <= lane->last;
}

bool Window::has(const Record& record) const {
    const Lane* lane = find(record);
    return lane != nullptr && lane->ready.find(record.id) != nullptr;
}

std::optional<Record> Window::take(const Record& record) {
    return has(record) ? std::optional{lanes_.at(record.priority).ready.take(record.id)}
                       : std::nullopt;
}

void Window::forget() {
    for (auto& [priority, lane] : lanes_) {
        if (!lane.ready.empty()) {
            lane.tail = std::min(lane.tail, lane.ready.front_id());
            lane.ready.clear();
        }
    }
}

// --- going out -------------------------------------------------------------------------------

Window::Next Window::next(const Passes& passes) const {
    const bool oldest_first = lanes_.size() > 1 && given_ % kOldestEach == kOldestEach - 1;
    Next best;
    MessageId best_at = 0;
    for (const auto& [priority, lane] : lanes_) {
        const Record* record = lane.ready.first(passes);
        if (record == nullptr && !(lane.has_behind() && is_half_empty(lane))) {
            continue;
        }
        const MessageId at = record != nullptr ? record->id : lane.tail;
        if (best.kind == Next::Kind::none || at < best_at) {
            best = {.kind = record != nullptr ? Next::Kind::record : Next::Kind::behind,
                    .record = record,
                    .priority = priority};
            best_at = at;
        }
        if (!oldest_first) {
            return best;
        }
    }
    return best;
}

Record Window::give(const Record& record) {
    given_ = lanes_.size() > 1 ? given_ + 1 : 0;
    return lanes_.at(record.priority).ready.take(record.id);
}

std::optional<MessageId> Window::oldest() const {
    std::optional<MessageId> oldest;
    for (const auto& [priority, lane] : lanes_) {
        if (lane.ready.empty() && !lane.has_behind()) {
            continue;
        }
        const MessageId first = lane.ready.empty() ? lane.tail : lane.ready.front_id();
        oldest = std::min(oldest.value_or(first), first);
    }
    return oldest;
}

std::optional<Record> Window::take_oldest() {
    const auto first = oldest();
    for (auto& [priority, lane] : lanes_) {
        if (!lane.ready.empty() && lane.ready.front_id() == first) {
            return lane.ready.take(*first);
        }
    }
    return std::nullopt;
}

void Window::pass(MessageId through) {
    for (auto& [priority, lane] : lanes_) {
        lane.tail = std::max(lane.tail, through + 1);
    }
}

// --- from the store --------------------------------------------------------------------------

Range Window::missing(const Record& record) const {
    const Lane& lane = lanes_.at(record.priority);
    return {.from = record.id,
            .through = lane.tail - 1,
            .messages = lane.ready.missing_from(record.id),
            .bytes = limits_.window_bytes,
            .priorities = bit_of(record.priority)};
}

Range Window::behind(Priority priority) const {
    const Lane& lane = lanes_.at(priority);
    return {.from = lane.tail,
            .through = lane.last,
            .messages = messages_each(),
            .bytes = bytes_each(),
            .priorities = bit_of(priority)};
}

std::optional<Priority> Window::next_to_fill() const {
    std::optional<Priority> next;
    for (const auto& [priority, lane] : lanes_) {
        if (lane.has_behind() && is_half_empty(lane)) {
            if (priority < filled_) {
                return priority;
            }
            next = next.value_or(priority);
        }
    }
    return next;
}

void Window::fill(const Range& asked,
                  std::vector<Record> records,
                  MessageId through,
                  const Passes& waits) {
    filled_ = static_cast<Priority>(std::countr_zero(asked.priorities));
    const auto found = lanes_.find(filled_);
    if (found == lanes_.end()) {
        return;  // nothing of it waits any more
    }
    Lane& lane = found->second;
    for (Record& record : records) {
        if (record.id < lane.tail) {
            lane.ready.fill(record.id, std::move(record.payload));
        } else if (waits(record)) {
            lane.ready.add(std::move(record));
        }
    }
    lane.tail = std::max(lane.tail, through + 1);
}

/// What they say of themselves may be wrong, so one in memory is looked for in all lanes.
std::vector<Record> Window::take_damaged(std::vector<Record>& records, const Passes& waits) {
    std::vector<Record> damaged;
    const auto first = std::stable_partition(records.begin(), records.end(),
                                             [](const Record& one) { return !one.damaged; });
    for (auto record = first; record != records.end(); ++record) {
        const auto lane = std::find_if(lanes_.begin(), lanes_.end(), [&](const auto& one) {
            return one.second.ready.find(record->id) != nullptr;
        });
        if (lane != lanes_.end()) {
            damaged.push_back(lane->second.ready.take(record->id));
        } else if (waits(*record)) {
            damaged.push_back(std::move(*record));
        }
    }
    records.erase(first, records.end());
    return damaged;
}

bool Window::has_behind() const {
    return std::any_of(lanes_.begin(), lanes_.end(),
                       [](const auto& lane) { return lane.second.has_behind(); });
}

void Window::tidy() {
    std::erase_if(lanes_, [](const auto& lane) {
        return lane.second.ready.empty() && !lane.second.has_behind();
    });
}

std::size_t Window::size() const {
    std::size_t all = 0;
    for (const auto& [priority, lane] : lanes_) {
        all += lane.ready.size();
    }
    return all;
}

std::size_t Window::bytes() const {
    std::size_t all = 0;
    for (const auto& [priority, lane] : lanes_) {
        all += lane.ready.bytes();
    }
    return all;
}

std::size_t Window::refused() const {
    std::size_t all = 0;
    for (const auto& [priority, lane] : lanes_) {
        all += lane.ready.refused();
    }
    return all;
}

}  // namespace weft::queue

#include "broker/queue/window.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace weft::queue {

Window::Window(const Limits& limits, const Stored& stored)
    : messages_max_{limits.window_messages}, bytes_max_{limits.window_bytes} {
    for (Priority priority = 0; priority <= kPriorityMost; ++priority) {
        if (stored.messages > 0 && (stored.priorities & bit_of(priority)) != 0) {
            lanes_.try_emplace(priority, stored.first, stored.last);
        }
    }
}

Lane& Window::lane_of(const Record& record) {
    return lanes_.try_emplace(record.priority, record.id + 1).first->second;
}

const Lane* Window::find(const Record& record) const {
    const auto lane = lanes_.find(record.priority);
    return lane == lanes_.end() ? nullptr : &lane->second;
}

Lane::Share Window::share() const {
    return {.messages = std::max<std::size_t>(messages_max_ / lanes_.size(), 1),
            .bytes = std::max<std::size_t>(bytes_max_ / lanes_.size(), 1)};
}

// --- what waits ------------------------------------------------------------------------------

bool Window::add(Record record, bool keep) {
    Lane& lane = lane_of(record);  // it may be a new one, which has its share
    return lane.add(std::move(record), keep && keeps_, share());
}

bool Window::put_back(Record record, bool keep) {
    return lane_of(record).put_back(std::move(record), keep);
}

bool Window::is_behind(const Record& record) const {
    const Lane* lane = find(record);
    return lane != nullptr && lane->is_behind(record.id);
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
        lane.forget();
    }
}

void Window::unload() {
    for (auto& [priority, lane] : lanes_) {
        lane.ready.unload();
    }
}

// --- going out -------------------------------------------------------------------------------

Window::Next Window::next() const {
    const bool oldest_first = lanes_.size() > 1 && given_ % kOldestEach == kOldestEach - 1;
    Next best;
    MessageId best_at = 0;
    for (const auto& [priority, lane] : lanes_) {
        const Record* record = lane.ready.on_offer();
        if (record == nullptr && !(lane.has_behind() && lane.is_half_empty(share()))) {
            continue;
        }
        const MessageId at = record != nullptr ? record->id : lane.tail();
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

void Window::offer_again() {
    for (auto& [priority, lane] : lanes_) {
        lane.ready.offer_again();
    }
}

Record Window::give(const Record& record) {
    given_ = lanes_.size() > 1 ? given_ + 1 : 0;
    return lanes_.at(record.priority).ready.take(record.id);
}

std::optional<MessageId> Window::oldest() const {
    std::optional<MessageId> oldest;
    for (const auto& [priority, lane] : lanes_) {
        if (const auto first = lane.oldest()) {
            oldest = std::min(oldest.value_or(*first), *first);
        }
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

void Window::pass(MessageId from, MessageId through) {
    for (auto& [priority, lane] : lanes_) {
        lane.pass(from, through);
    }
}

// --- from the store --------------------------------------------------------------------------

Range Window::missing(const Record& record) const {
    const Lane& lane = lanes_.at(record.priority);
    return {.from = record.id,
            .through = lane.tail() - 1,
            .messages = lane.ready.missing_from(record.id),
            .bytes = bytes_max_,
            .priorities = bit_of(record.priority)};
}

Range Window::behind(Priority priority) const {
    const Lane& lane = lanes_.at(priority);
    const Lane::Share most = share();
    return {.from = lane.tail(),
            .through = lane.last(),
            .messages = most.messages,
            .bytes = most.bytes,
            .priorities = bit_of(priority)};
}

std::optional<Priority> Window::next_to_fill() const {
    std::optional<Priority> next;
    for (const auto& [priority, lane] : lanes_) {
        if (lane.has_behind() && lane.is_half_empty(share())) {
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
                  const Waits& waits) {
    filled_ = static_cast<Priority>(std::countr_zero(asked.priorities));
    // Else nothing of it waits any more.
    if (const auto lane = lanes_.find(filled_); lane != lanes_.end()) {
        lane->second.fill(std::move(records), through, waits);
    }
}

/// What they say of themselves may be wrong, so one in memory is looked for in all lanes.
std::vector<Record> Window::take_damaged(std::vector<Record>& records, const Waits& waits) {
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
    std::erase_if(lanes_, [](const auto& lane) { return lane.second.is_empty(); });
}

std::size_t Window::sum(std::size_t (Ready::*one)() const) const {
    std::size_t all = 0;
    for (const auto& [priority, lane] : lanes_) {
        all += (lane.ready.*one)();
    }
    return all;
}

}  // namespace weft::queue

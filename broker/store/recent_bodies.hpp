#pragma once

#include "common/base/bytes.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

namespace weft::store {

/// The youngest rows of messages that one commit wrote, so that segments which say the same, those
/// of a topic's subscriptions, have one row together. Unequal ones differ in the checksum of their
/// first message, so looking costs nothing. Threading: not shared.
class RecentBodies {
public:
    /// So many, of kSegmentBytes and one message each at most: of topics whose subscriptions take
    /// turns.
    static constexpr std::size_t kMost = 16;

    /// The row that has these messages; nothing: none that is known does.
    std::optional<std::uint64_t> find(Bytes messages) const {
        const auto found = std::ranges::find_if(
            rows_, [&](const Row& row) { return std::ranges::equal(row.messages, messages); });
        return found == rows_.end() ? std::nullopt : std::optional{found->id};
    }
    void note(std::uint64_t id, Buffer messages) {
        if (rows_.size() == kMost) {
            rows_.pop_back();
        }
        rows_.push_front({id, std::move(messages)});
    }
    /// The row is gone.
    void forget(std::uint64_t id) {
        std::erase_if(rows_, [id](const Row& row) { return row.id == id; });
    }
    void clear() { rows_.clear(); }

private:
    struct Row {
        std::uint64_t id = 0;
        Buffer messages;
    };

    std::deque<Row> rows_;  // the youngest first
};

}  // namespace weft::store

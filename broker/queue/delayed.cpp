#include "broker/queue/delayed.hpp"

#include "common/base/assert.hpp"

namespace weft::queue {

void Delayed::add(WallTime due, Record record) {
    const MessageId id = record.id;
    const bool added = by_id_.try_emplace(id, Waiting{due, std::move(record)}).second;
    WEFT_CHECK(added);
    by_due_.emplace(due, id);
}

std::optional<Record> Delayed::take_due(WallTime now) {
    return due() <= now && !by_due_.empty() ? take(by_due_.begin()->second) : std::nullopt;
}

std::optional<Record> Delayed::take(MessageId id) {
    auto node = by_id_.extract(id);
    if (!node) {
        return std::nullopt;
    }
    by_due_.erase({node.mapped().due, id});
    return std::move(node.mapped().record);
}

}  // namespace weft::queue

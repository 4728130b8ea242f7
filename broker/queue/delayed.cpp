#include "broker/queue/delayed.hpp"

#include "common/base/assert.hpp"

#include <algorithm>
#include <cmath>

namespace weft::queue {
namespace {

constexpr std::uint64_t kDelayMost = std::uint64_t{1000} * 60 * 60 * 24 * 365;  // milliseconds

}  // namespace

std::uint64_t delay_after(std::uint32_t failures, const Redelivery& redelivery) {
    double delay =
        static_cast<double>(redelivery.delay) * std::pow(redelivery.multiplier, failures - 1);
    if (redelivery.delay_max > 0) {
        delay = std::min(delay, static_cast<double>(redelivery.delay_max));
    }
    return static_cast<std::uint64_t>(std::min(delay, static_cast<double>(kDelayMost)));
}

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

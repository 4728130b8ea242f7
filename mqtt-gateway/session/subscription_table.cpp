#include "mqtt-gateway/session/subscription_table.hpp"

#include "mqtt-gateway/codec/topic.hpp"

#include <algorithm>
#include <utility>

namespace weft::session {
namespace {

std::size_t levels_of(std::string_view filter) {
    return 1 + static_cast<std::size_t>(std::ranges::count(filter, '/'));
}

}  // namespace

bool SubscriptionEntry::is_shared() const {
    return mqtt::split(filter).shared();
}

const SubscriptionEntry* SubscriptionTable::find(SubscriptionNumber number) const {
    const auto at = std::ranges::lower_bound(entries_, number, {}, &SubscriptionEntry::number);
    return at != entries_.end() && at->number == number ? &*at : nullptr;
}

SubscriptionEntry* SubscriptionTable::find(SubscriptionNumber number) {
    return const_cast<SubscriptionEntry*>(std::as_const(*this).find(number));
}

/// Of the first that is not before `filter`.
std::vector<std::uint32_t>::const_iterator SubscriptionTable::place_of(
    std::string_view filter) const {
    return std::ranges::lower_bound(by_filter_, filter, {}, [this](std::uint32_t at) {
        return std::string_view{entries_[at].filter};
    });
}

SubscriptionEntry* SubscriptionTable::find(std::string_view filter) {
    const auto place = place_of(filter);
    return place != by_filter_.end() && entries_[*place].filter == filter ? &entries_[*place]
                                                                          : nullptr;
}

SubscriptionEntry& SubscriptionTable::add(SubscriptionEntry entry) {
    entry.number = SubscriptionNumber{++last_};
    levels_ += levels_of(entry.filter);
    by_filter_.insert(place_of(entry.filter), static_cast<std::uint32_t>(entries_.size()));
    return entries_.emplace_back(std::move(entry));
}

void SubscriptionTable::remove(SubscriptionNumber number) {
    const auto found = std::ranges::lower_bound(entries_, number, {}, &SubscriptionEntry::number);
    if (found == entries_.end() || found->number != number) {
        return;
    }
    const auto at = static_cast<std::uint32_t>(found - entries_.begin());
    levels_ -= levels_of(found->filter);
    by_filter_.erase(place_of(found->filter));
    entries_.erase(found);
    for (std::uint32_t& place : by_filter_) {
        place -= place > at ? 1 : 0;
    }
}

void SubscriptionTable::clear() {
    entries_.clear();
    by_filter_.clear();
    levels_ = 0;
}

}  // namespace weft::session

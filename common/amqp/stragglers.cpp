#include "common/amqp/stragglers.hpp"

#include <algorithm>
#include <utility>

namespace weft::amqp {
namespace {

/// So few gaps are not worth closing up.
constexpr std::size_t kGapsKept = 16;

}  // namespace

std::size_t Stragglers::lower_bound(std::uint32_t distance) const {
    const auto at = std::ranges::lower_bound(row_, distance, {}, [this](const Item& item) {
        ++steps_;
        return this->distance(item.id);
    });
    return static_cast<std::size_t>(at - row_.begin());
}

std::uint32_t Stragglers::owner_of(const Link* link) {
    const auto [at, added] = links_.try_emplace(link, 0);
    if (added) {
        if (free_owners_.empty()) {
            free_owners_.push_back(static_cast<std::uint32_t>(owners_.size()));
            owners_.emplace_back();
        }
        at->second = free_owners_.back();
        free_owners_.pop_back();
        owners_[at->second] = {link, 0};
    }
    return at->second;
}

void Stragglers::insert(DeliveryId id, const Entry& entry) {
    const std::uint32_t owner = owner_of(entry.link);
    row_.push_back({id, owner, entry});
    ++live_;
    ++owners_[owner].live;
}

Stragglers::Entry* Stragglers::find(DeliveryId id) {
    if (row_.empty()) {
        return nullptr;
    }
    const std::size_t at = lower_bound(distance(id));
    const bool found = at < row_.size() && row_[at].id == id && !is_gap(row_[at]);
    return found ? &row_[at].entry : nullptr;
}

void Stragglers::erase(DeliveryId id) {
    Item& item = row_[lower_bound(distance(id))];
    Owner& owner = owners_[item.owner];
    item.entry = {};
    --live_;
    if (--owner.live == 0) {
        links_.erase(owner.link);
        free_owners_.push_back(item.owner);
    }
    close_up();
}

std::optional<DeliveryId> Stragglers::next(DeliveryId first, DeliveryId last) {
    if (row_.empty()) {
        return std::nullopt;
    }
    const std::uint32_t span = last - first;
    std::size_t at = lower_bound(distance(first));
    if (at == row_.size() && row_.front().id - first <= span) {
        at = 0;  // the range begins before the first
    }
    at = live_from(at);
    const bool within = at < row_.size() && row_[at].id - first <= span;
    return within ? std::optional{row_[at].id} : std::nullopt;
}

/// Gaps lead to what comes after them; those passed now lead further the next time.
std::size_t Stragglers::live_from(std::size_t at) {
    std::size_t live = at;
    while (live < row_.size() && is_gap(row_[live])) {
        ++steps_;
        Entry& gap = row_[live].entry;
        if (gap.link != nullptr) {
            gap = {};  // its link is gone
        }
        live = std::max(live + 1, static_cast<std::size_t>(gap.context));
    }
    while (at < live) {
        at =
            std::max(at + 1, static_cast<std::size_t>(std::exchange(row_[at].entry.context, live)));
    }
    return live;
}

void Stragglers::erase_link(const Link& link) {
    const auto known = links_.find(&link);
    if (known == links_.end()) {
        return;
    }
    ++steps_;
    Owner& owner = owners_[known->second];
    live_ -= owner.live;
    owner.link = nullptr;
    gone_owners_.push_back(known->second);
    links_.erase(known);
    close_up();
}

void Stragglers::close_up() {
    if (row_.size() <= 2 * live_ + kGapsKept) {
        return;
    }
    steps_ += row_.size();
    std::erase_if(row_, [this](const Item& item) { return is_gap(item); });
    // Where gaps lead is by position: there are none any more.
    free_owners_.insert(free_owners_.end(), gone_owners_.begin(), gone_owners_.end());
    gone_owners_.clear();
}

}  // namespace weft::amqp

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

void Stragglers::insert(DeliveryId id, const Entry& entry) {
    row_.push_back({id, entry});
    ++live_;
    Own& own = links_[entry.link];
    own.ids.push_back(id);
    ++own.live;
}

Stragglers::Entry* Stragglers::find(DeliveryId id) {
    if (row_.empty()) {
        return nullptr;
    }
    const std::size_t at = lower_bound(distance(id));
    const bool found = at < row_.size() && row_[at].id == id && row_[at].entry.link != nullptr;
    return found ? &row_[at].entry : nullptr;
}

void Stragglers::remove(Item& item) {
    item.entry = {};
    --live_;
}

void Stragglers::erase(DeliveryId id) {
    const std::size_t at = lower_bound(distance(id));
    const auto known = links_.find(row_[at].entry.link);
    remove(row_[at]);
    if (--known->second.live == 0) {
        links_.erase(known);
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
    while (live < row_.size() && row_[live].is_gap()) {
        ++steps_;
        live = std::max(live + 1, static_cast<std::size_t>(row_[live].entry.context));
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
    for (const DeliveryId id : known->second.ids) {
        const std::size_t at = lower_bound(distance(id));
        if (at < row_.size() && row_[at].id == id && row_[at].entry.link == &link) {
            remove(row_[at]);
        }
    }
    links_.erase(known);
    close_up();
}

void Stragglers::close_up() {
    if (row_.size() <= 2 * live_ + kGapsKept) {
        return;
    }
    steps_ += row_.size();
    std::erase_if(row_, [](const Item& item) { return item.is_gap(); });
    for (auto& [link, own] : links_) {
        own.ids.clear();
    }
    Own* own = nullptr;
    const Link* of = nullptr;
    for (const Item& item : row_) {
        if (item.entry.link != of) {
            of = item.entry.link;
            own = &links_.find(of)->second;
        }
        own->ids.push_back(item.id);
    }
}

}  // namespace weft::amqp

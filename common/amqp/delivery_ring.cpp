#include "common/amqp/delivery_ring.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>

namespace weft::amqp {

struct DeliveryRing::Stragglers {
    boost::unordered_flat_map<DeliveryId, Entry> entries;
};

DeliveryRing::DeliveryRing() = default;
DeliveryRing::~DeliveryRing() = default;

std::size_t DeliveryRing::size() const {
    return count_ + (stragglers_ ? stragglers_->entries.size() : 0);
}

void DeliveryRing::erase(DeliveryId id, Entry* entry) {
    const bool in_ring = entry >= slots_.get() && entry < slots_.get() + capacity_;
    if (!in_ring) {
        stragglers_->entries.erase(id);
        if (stragglers_->entries.empty()) {
            stragglers_.reset();
        }
        return;
    }
    *entry = {};
    --count_;
    if (id == head_) {
        advance_head();
    }
    release_if_empty();
}

void DeliveryRing::advance_head() {
    while (head_ != tail_ && slots_[head_ & (capacity_ - 1)].link == nullptr) {
        ++head_;
    }
}

void DeliveryRing::release_if_empty() {
    if (count_ == 0) {
        head_ = tail_;
        if (capacity_ > kRingKept) {
            slots_.reset();
            capacity_ = 0;
        }
    }
}

void DeliveryRing::evict_head() {
    Entry& entry = slots_[head_ & (capacity_ - 1)];
    if (!stragglers_) {
        stragglers_ = std::make_unique<Stragglers>();
    }
    stragglers_->entries.emplace(head_, entry);
    entry = {};
    --count_;
    advance_head();
}

void DeliveryRing::make_room(DeliveryId id) {
    // A ring that is mostly gaps does not grow: what keeps it long moves out of the way.
    const bool sparse = count_ < capacity_ / 4;
    if (capacity_ < kRingMax && !sparse) {
        std::uint32_t capacity = std::max(kRingMin, 2 * capacity_);
        while (capacity < kRingMax && id - head_ >= capacity) {
            capacity *= 2;
        }
        grow(capacity);
    }
    while (count_ > 0 && id - head_ >= capacity_) {
        evict_head();
    }
    if (count_ == 0) {
        head_ = tail_ = id;
    }
}

void DeliveryRing::grow(std::uint32_t capacity) {
    auto larger = std::make_unique<Entry[]>(capacity);
    for (DeliveryId id = head_; id != tail_; ++id) {
        larger[id & (capacity - 1)] = slots_[id & (capacity_ - 1)];
    }
    slots_ = std::move(larger);
    capacity_ = capacity;
}

DeliveryRing::Entry* DeliveryRing::find_straggler(DeliveryId id) {
    const auto found = stragglers_->entries.find(id);
    return found == stragglers_->entries.end() ? nullptr : &found->second;
}

std::vector<DeliveryId> DeliveryRing::stragglers_in(DeliveryId first, DeliveryId last) const {
    const auto& entries = stragglers_->entries;
    const std::uint32_t span = last - first;
    std::vector<DeliveryId> ids;
    if (span < entries.size()) {
        for (std::uint32_t i = 0; i <= span; ++i) {
            if (entries.contains(first + i)) {
                ids.push_back(first + i);
            }
        }
        return ids;
    }
    for (const auto& [id, entry] : entries) {
        if (id - first <= span) {
            ids.push_back(id);
        }
    }
    std::ranges::sort(ids, {}, [first](DeliveryId id) { return id - first; });
    return ids;
}

void DeliveryRing::erase_link(const Link& link, std::uint32_t count) {
    if (count == 0) {
        return;
    }
    for (DeliveryId id = head_; id != tail_; ++id) {
        Entry& entry = slots_[id & (capacity_ - 1)];
        if (entry.link == &link) {
            entry = {};
            --count_;
        }
    }
    if (count_ > 0) {
        advance_head();
    }
    release_if_empty();
    if (stragglers_) {
        boost::unordered::erase_if(stragglers_->entries,
                                   [&](const auto& item) { return item.second.link == &link; });
        if (stragglers_->entries.empty()) {
            stragglers_.reset();
        }
    }
}

}  // namespace weft::amqp

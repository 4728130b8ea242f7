#include "common/amqp/delivery_ring.hpp"

#include <algorithm>

namespace weft::amqp {

void DeliveryRing::erase(DeliveryId id, Entry* entry) {
    if (id - head_ >= tail_ - head_) [[unlikely]] {
        stragglers_->erase(id);
        if (stragglers_->empty()) {
            stragglers_.reset();
        }
        return;
    }
    *entry = {};
    --count_;
    if (id == head_) {
        ++head_;
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
    stragglers_->insert(head_, entry);
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

void DeliveryRing::erase_link(const Link& link, std::uint32_t count) {
    const std::uint32_t before = count_;
    for (DeliveryId id = head_; id != tail_ && before - count_ < count; ++id) {
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
    if (stragglers_ && before - count_ < count) {
        stragglers_->erase_link(link);
        if (stragglers_->empty()) {
            stragglers_.reset();
        }
    }
}

}  // namespace weft::amqp

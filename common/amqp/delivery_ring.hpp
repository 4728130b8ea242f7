#pragma once

#include "common/amqp/stragglers.hpp"
#include "common/base/serial.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace weft::amqp {

class Link;

/// The unsettled deliveries of one direction of a session, by delivery id.
///
/// A ring whose length is a power of two, grown on demand up to kRingMax; nothing is allocated
/// before the first delivery. Deliveries that stay while thousands after them come and go become
/// stragglers, so the ring's size follows what is unsettled and not how far ids have moved on.
/// All stragglers come before all of the ring.
///
/// Ids wrap around at 2^32 and compare as serial numbers. Threading: not shared.
/// Spec: AMQP 1.0 §2.6.12
class DeliveryRing {
public:
    using Entry = Stragglers::Entry;

    static constexpr std::uint32_t kRingMin = 16;
    static constexpr std::uint32_t kRingMax = 4096;
    /// An empty ring longer than this is given back.
    static constexpr std::uint32_t kRingKept = 256;

    /// Deliveries held.
    std::size_t size() const { return count_ + (stragglers_ ? stragglers_->size() : 0); }
    /// As Stragglers::steps; 0 while there are none.
    std::uint64_t straggler_steps() const { return stragglers_ ? stragglers_->steps() : 0; }

    /// `id` must come after all ids inserted before.
    void insert(DeliveryId id, Link& link, Context context) {
        if (count_ == 0) {
            head_ = tail_ = id;
        }
        if (id - head_ >= capacity_) [[unlikely]] {
            make_room(id);
        }
        slots_[id & (capacity_ - 1)] = {&link, context};
        tail_ = id + 1;
        ++count_;
    }

    /// Null if there is none. Valid until the next insert or erase.
    Entry* find(DeliveryId id) {
        if (id - head_ < tail_ - head_) [[likely]] {
            Entry& entry = slots_[id & (capacity_ - 1)];
            return entry.link != nullptr ? &entry : nullptr;
        }
        return stragglers_ == nullptr ? nullptr : stragglers_->find(id);
    }

    /// `entry` is what find(id) returned.
    void erase(DeliveryId id, Entry* entry);

    /// The last one inserted, or one before it.
    DeliveryId newest() const { return tail_ - 1; }

    /// Calls `visit(id, entry)` for the deliveries held in first … last, both included, ascending.
    /// It may erase any delivery, and insert new ones (they are not visited). False of it stops:
    /// returns the delivery that it did not want. O(visited), and at most once around the ring.
    template <class Visit>
    std::optional<DeliveryId> for_range(DeliveryId first, DeliveryId last, Visit visit) {
        if (stragglers_) [[unlikely]] {
            if (const auto stopped_at = visit_stragglers(first, last, visit)) {
                return stopped_at;
            }
        }
        if (count_ == 0 || precedes(last, head_)) {
            return std::nullopt;
        }
        // Distances from the head: a range may span half of all numbers, and the ring's be beyond.
        DeliveryId id = precedes(first, head_) ? head_ : first;
        const DeliveryId end = last - head_ < tail_ - head_ ? last + 1 : tail_;
        for (; precedes(id, end); ++id) {
            Entry* const entry = find(id);
            if (entry != nullptr && !visit(id, entry)) {
                return id;
            }
        }
        return std::nullopt;
    }

    /// Forgets all deliveries of `link`, of which there are `count`. At most once around the ring.
    void erase_link(const Link& link, std::uint32_t count);

private:
    template <class Visit>
    std::optional<DeliveryId> visit_stragglers(DeliveryId first, DeliveryId last, Visit& visit) {
        for (;;) {
            const auto id = stragglers_ ? stragglers_->next(first, last) : std::nullopt;
            if (!id || !visit(*id, stragglers_->find(*id))) {
                return id;
            }
            if (*id == last) {
                return std::nullopt;
            }
            first = *id + 1;
        }
    }
    void make_room(DeliveryId id);
    void grow(std::uint32_t capacity);
    void advance_head();
    void evict_head();
    void release_if_empty();

    std::unique_ptr<Entry[]> slots_;
    std::unique_ptr<Stragglers> stragglers_;
    std::uint32_t capacity_ = 0;
    std::uint32_t head_ = 0;   // the first id in the ring, if any
    std::uint32_t tail_ = 0;   // the id after the last
    std::uint32_t count_ = 0;  // in the ring
};

}  // namespace weft::amqp

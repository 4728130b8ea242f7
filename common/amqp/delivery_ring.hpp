#pragma once

#include "common/amqp/delivery.hpp"
#include "common/base/serial.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace weft::amqp {

class Link;

/// The unsettled deliveries of one direction of a session, by delivery id.
///
/// A ring whose length is a power of two, grown on demand up to kRingMax; nothing is allocated
/// before the first delivery. Deliveries that stay while thousands after them come and go move to
/// a hash map, so the ring's size follows what is unsettled and not how far ids have moved on.
///
/// Ids wrap around at 2^32 and compare as serial numbers. Threading: not shared.
/// Spec: AMQP 1.0 §2.6.12
class DeliveryRing {
public:
    struct Entry {
        Link* link = nullptr;  // null: no such delivery
        Context context = 0;
    };

    static constexpr std::uint32_t kRingMin = 16;
    static constexpr std::uint32_t kRingMax = 4096;
    /// An empty ring longer than this is given back.
    static constexpr std::uint32_t kRingKept = 256;

    DeliveryRing();
    ~DeliveryRing();

    /// Deliveries held.
    std::size_t size() const;

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
            if (entry.link != nullptr) [[likely]] {
                return &entry;
            }
        }
        return stragglers_ == nullptr ? nullptr : find_straggler(id);
    }

    /// `entry` is what find(id) returned.
    void erase(DeliveryId id, Entry* entry);

    /// Calls `visit(id, entry)` for the deliveries held in first … last, both included, ascending.
    /// It may erase any delivery, and insert new ones (they are not visited).
    template <class Visit>
    void for_range(DeliveryId first, DeliveryId last, Visit visit) {
        if (stragglers_ != nullptr) {
            for (const DeliveryId id : stragglers_in(first, last)) {
                if (Entry* entry = find(id)) {
                    visit(id, entry);
                }
            }
        }
        if (count_ == 0 || precedes(last, head_)) {
            return;
        }
        // Distances from the head: a range may span half of all numbers, and the ring's be beyond.
        DeliveryId id = precedes(first, head_) ? head_ : first;
        const DeliveryId end = last - head_ < tail_ - head_ ? last + 1 : tail_;
        for (; precedes(id, end); ++id) {
            if (Entry* entry = find(id)) {
                visit(id, entry);
            }
        }
    }

    /// Forgets all deliveries of `link`, of which there are `count`.
    void erase_link(const Link& link, std::uint32_t count);

private:
    struct Stragglers;

    void make_room(DeliveryId id);
    void grow(std::uint32_t capacity);
    void advance_head();
    void evict_head();
    void release_if_empty();
    Entry* find_straggler(DeliveryId id);
    std::vector<DeliveryId> stragglers_in(DeliveryId first, DeliveryId last) const;

    std::unique_ptr<Entry[]> slots_;
    std::unique_ptr<Stragglers> stragglers_;
    std::uint32_t capacity_ = 0;
    std::uint32_t head_ = 0;   // the first id in the ring, if any
    std::uint32_t tail_ = 0;   // the id after the last
    std::uint32_t count_ = 0;  // in the ring
};

}  // namespace weft::amqp

#pragma once

#include "common/amqp/delivery.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace weft::amqp {

class Link;

/// Deliveries that stay unsettled while thousands after them come and go: those that a DeliveryRing
/// has no place for, by id.
///
/// Ids are inserted ascending (as serial numbers), so they stand in a sorted row; an erased one
/// leaves a gap, and a row that is half gaps is closed up. Those of a link that is gone are gaps as
/// well, though they still look as before.
///
///   insert O(1), find O(log n), erase O(log n), next O(log n), erase_link O(1), all amortized
///
/// Threading: not shared. Spec: AMQP 1.0 §2.6.12
class Stragglers {
public:
    struct Entry {
        Link* link = nullptr;  // null: no such delivery
        Context context = 0;
    };

    bool empty() const { return live_ == 0; }
    std::size_t size() const { return live_; }

    void insert(DeliveryId id, const Entry& entry);
    /// Null if there is none. Valid until the next insert or erase.
    Entry* find(DeliveryId id);
    void erase(DeliveryId id);
    /// The first in first … last, both included, counted from `first`.
    std::optional<DeliveryId> next(DeliveryId first, DeliveryId last);
    void erase_link(const Link& link);

    /// Entries looked at so far: what its calls cost.
    std::uint64_t steps() const { return steps_; }

private:
    struct Item {
        DeliveryId id = 0;
        std::uint32_t owner = 0;
        Entry entry;  // of an erased one: no link, and instead of the context where to look next
    };
    /// A link that has some.
    struct Owner {
        const Link* link = nullptr;  // null: it is gone
        std::size_t live = 0;
    };

    bool is_gap(const Item& item) const {
        return item.entry.link == nullptr || owners_[item.owner].link == nullptr;
    }
    std::uint32_t owner_of(const Link* link);

    /// How far it is from the first: the order of the row.
    std::uint32_t distance(DeliveryId id) const { return id - row_.front().id; }
    std::size_t lower_bound(std::uint32_t distance) const;
    std::size_t live_from(std::size_t at);
    void remove(Item& item);
    void close_up();

    std::vector<Item> row_;
    std::size_t live_ = 0;
    std::vector<Owner> owners_;
    std::vector<std::uint32_t> free_owners_;
    std::vector<std::uint32_t> gone_owners_;  // free once the row was closed up
    boost::unordered_flat_map<const Link*, std::uint32_t> links_;  // → owner
    mutable std::uint64_t steps_ = 0;
};

}  // namespace weft::amqp

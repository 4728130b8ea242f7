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
/// leaves a gap, and a row that is half gaps is closed up. Each link knows its own ids; those of
/// gaps are among them until then.
///
///   insert O(1), find O(log n), erase O(log n), next O(log n), erase_link O(own × log n),
///   all amortized
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
        Entry entry;  // of a gap: no link, and in place of the context where to look next, or 0
        bool is_gap() const { return entry.link == nullptr; }
    };
    struct Own {
        std::vector<DeliveryId> ids;  // ascending
        std::size_t live = 0;
    };

    /// How far it is from the first: the order of the row.
    std::uint32_t distance(DeliveryId id) const { return id - row_.front().id; }
    std::size_t lower_bound(std::uint32_t distance) const;
    std::size_t live_from(std::size_t at);
    void remove(Item& item);
    void close_up();

    std::vector<Item> row_;
    std::size_t live_ = 0;
    boost::unordered_flat_map<const Link*, Own> links_;
    mutable std::uint64_t steps_ = 0;
};

}  // namespace weft::amqp

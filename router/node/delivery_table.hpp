#pragma once

#include "common/wire/transfer.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace weft::node {

/// The number after `last` that is not 0 and not among those `taken`. Numbers come around: one that
/// is in use for long is passed over.
template <class Number, class Taken>
[[nodiscard]] Number next_number(Number last, const Taken& taken) {
    do {
        ++last;
    } while (last == 0 || taken.contains(last));
    return last;
}

/// Contexts of deliveries by number, where numbers are given out in order: kept by the page, so
/// that it grows and shrinks with what is in it, and never moves much at once.
/// Threading: not shared (a value).
class DeliveryTable {
public:
    bool empty() const { return pages_.empty(); }
    /// Pages in use: at least one of the deliveries of each is there.
    std::size_t pages() const { return pages_.size(); }
    bool contains(wire::DeliveryId id) const { return find(id) != nullptr; }
    /// Null if it is not there; valid until the next change.
    const std::uint64_t* find(wire::DeliveryId id) const {
        const auto at = pages_.find(id / kPage);
        const bool known = at != pages_.end() && (at->second->taken & bit_of(id)) != 0;
        return known ? &at->second->contexts[id % kPage] : nullptr;
    }
    /// Puts it there, or changes its context.
    void put(wire::DeliveryId id, std::uint64_t context) {
        std::unique_ptr<Page>& page = pages_[id / kPage];
        if (page == nullptr) {
            page = spare_ != nullptr ? std::move(spare_) : std::make_unique<Page>();
        }
        page->taken |= bit_of(id);
        page->contexts[id % kPage] = context;
    }
    void erase(wire::DeliveryId id) {
        const auto at = pages_.find(id / kPage);
        if (at != pages_.end() && (at->second->taken &= ~bit_of(id)) == 0) {
            spare_ = std::move(at->second);
            pages_.erase(at);
        }
    }

private:
    static constexpr wire::DeliveryId kPage = 32;
    struct Page {
        std::uint32_t taken = 0;  // a bit each
        std::array<std::uint64_t, kPage> contexts{};
    };
    static std::uint32_t bit_of(wire::DeliveryId id) { return std::uint32_t{1} << id % kPage; }

    boost::unordered_flat_map<std::uint32_t, std::unique_ptr<Page>> pages_;
    std::unique_ptr<Page> spare_;
};

}  // namespace weft::node

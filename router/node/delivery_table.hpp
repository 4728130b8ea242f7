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
/// that it grows and shrinks with what is in it, and never moves much at once. The page used last
/// is at hand: most calls are about it.
///
/// Invariant I1: the page at hand is null, or one of `pages_`, by its number.
///
/// Threading: not shared.
class DeliveryTable {
public:
    DeliveryTable() = default;
    DeliveryTable(const DeliveryTable&) = delete;
    DeliveryTable& operator=(const DeliveryTable&) = delete;

    bool empty() const { return pages_.empty(); }
    /// Pages in use: at least one of the deliveries of each is there.
    std::size_t pages() const { return pages_.size(); }
    bool contains(wire::DeliveryId id) const { return find(id) != nullptr; }
    /// Null if it is not there; valid until the next change.
    const std::uint64_t* find(wire::DeliveryId id) const {
        const Page* const page = page_of(id);
        const bool known = page != nullptr && (page->taken & bit_of(id)) != 0;
        return known ? &page->contexts[id % kPage] : nullptr;
    }
    /// Puts it there, or changes its context.
    void put(wire::DeliveryId id, std::uint64_t context) {
        Page* page = page_of(id);
        if (page == nullptr) [[unlikely]] {
            page = &add_page(id);
        }
        page->taken |= bit_of(id);
        page->contexts[id % kPage] = context;
    }
    void erase(wire::DeliveryId id) {
        Page* const page = page_of(id);
        if (page == nullptr) [[unlikely]] {
            return;
        }
        page->taken &= ~bit_of(id);
        if (page->taken == 0) [[unlikely]] {
            remove_page(id);
        }
    }

private:
    static constexpr wire::DeliveryId kPage = 32;
    struct Page {
        std::uint32_t taken = 0;  // a bit each
        std::array<std::uint64_t, kPage> contexts{};
    };
    static std::uint32_t bit_of(wire::DeliveryId id) { return std::uint32_t{1} << id % kPage; }
    Page* page_of(wire::DeliveryId id) const {
        if (at_hand_ == nullptr || number_at_hand_ != id / kPage) [[unlikely]] {
            const auto at = pages_.find(id / kPage);
            if (at == pages_.end()) {
                return nullptr;
            }
            take_to_hand(*at->second, id);
        }
        return at_hand_;
    }
    void take_to_hand(Page& page, wire::DeliveryId id) const {
        at_hand_ = &page;  // I1
        number_at_hand_ = id / kPage;
    }
    Page& add_page(wire::DeliveryId id) {
        std::unique_ptr<Page>& page = pages_[id / kPage];
        page = spare_ != nullptr ? std::move(spare_) : std::make_unique<Page>();
        take_to_hand(*page, id);
        return *page;
    }
    /// The one at hand.
    void remove_page(wire::DeliveryId id) {
        at_hand_ = nullptr;  // I1
        const auto at = pages_.find(id / kPage);
        spare_ = std::move(at->second);
        pages_.erase(at);
    }

    boost::unordered_flat_map<std::uint32_t, std::unique_ptr<Page>> pages_;
    std::unique_ptr<Page> spare_;
    mutable Page* at_hand_ = nullptr;
    mutable std::uint32_t number_at_hand_ = 0;
};

}  // namespace weft::node

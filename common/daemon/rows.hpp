#pragma once

#include "common/base/time.hpp"
#include "common/mgmt/source.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

/// What sources of management have in common: pages, and values as rows show them.
namespace weft::daemon {

/// Shows the page [offset, offset + count) of `items`, each as the Row that `row` makes of it.
/// Costs what the page costs.
template <class Items, class MakeRow>
void show_page(const Items& items,
               std::size_t offset,
               std::size_t count,
               const mgmt::Source::Visit& visit,
               MakeRow row) {
    const std::size_t begin = std::min(offset, items.size());
    const std::size_t end = begin + std::min(count, items.size() - begin);
    for (std::size_t i = begin; i < end && visit(row(items[i])); ++i) {
    }
}

inline std::int64_t whole_seconds(Duration duration) {
    return std::chrono::duration_cast<std::chrono::seconds>(duration).count();
}

/// An integer, as the original's intervals are; a double if there is a fraction.
wire::Value seconds(Duration duration);

/// The number that an identity is; 0, which no entity has, if it is none.
std::uint64_t number_of(std::string_view identity);

}  // namespace weft::daemon

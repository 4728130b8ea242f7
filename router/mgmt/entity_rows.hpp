#pragma once

#include "common/base/time.hpp"
#include "common/mgmt/source.hpp"
#include "router/core/outlet.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// What sources of management have in common.
namespace weft::router {

class Router;
class Shard;

/// Rows that are made at once: a larger page is made in pieces, so that no loop is held up long.
inline constexpr std::size_t kRowsAtOnce = 500;

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

/// A list that is spread over the shards: those of home, then those of the others in turn.
struct ShardedList {
    using Size = std::function<std::size_t(Shard&)>;
    /// Appends `count` rows from `offset` on; both are in range. Runs on the shard's loop.
    using Append = std::function<void(
        Shard&, std::size_t offset, std::size_t count, std::vector<mgmt::Row>& rows)>;

    Size size;
    Append append;
};

/// How many there are on all shards.
std::size_t size_of(Router& router, const ShardedList& list);
/// Shows the page [offset, offset + count). Costs what the page costs.
void show_page(Router& router,
               const ShardedList& list,
               std::size_t offset,
               std::size_t count,
               const mgmt::Source::Visit& visit);

inline std::int64_t whole_seconds(Duration duration) {
    return std::chrono::duration_cast<std::chrono::seconds>(duration).count();
}

/// An integer, as the original's intervals are; a double if there is a fraction.
wire::Value seconds(Duration duration);

/// The number that an identity is; 0, which no entity has, if it is none.
std::uint64_t number_of(std::string_view identity);

/// The shard that gave a link or connection its id.
std::size_t shard_of(const Router& router, std::uint64_t id);

}  // namespace weft::router

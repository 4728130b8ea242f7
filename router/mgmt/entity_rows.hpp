#pragma once

#include "common/daemon/rows.hpp"
#include "common/mgmt/source.hpp"
#include "router/core/outlet.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

/// Lists of management that are spread over the shards.
namespace weft::node {
class Shard;
class Shards;
}  // namespace weft::node

/// What sources of management have in common.
namespace weft::router_mgmt {

/// Rows that are made at once: a larger page is made in pieces, so that no loop is held up long.
inline constexpr std::size_t kRowsAtOnce = 500;

/// A list that is spread over the shards: those of home, then those of the others in turn.
struct ShardedList {
    using Size = std::function<std::size_t(node::Shard&)>;
    /// Appends `count` rows from `offset` on; both are in range. Runs on the shard's loop.
    using Append = std::function<void(
        node::Shard&, std::size_t offset, std::size_t count, std::vector<mgmt::Row>& rows)>;

    Size size;
    Append append;
};

/// How many there are on all shards.
std::size_t size_of(node::Shards& shards, const ShardedList& list);
/// Shows the page [offset, offset + count). Costs what the page costs.
void show_page(node::Shards& shards,
               const ShardedList& list,
               std::size_t offset,
               std::size_t count,
               const mgmt::Source::Visit& visit);

/// The row of what has the number `identity`, as its shard `finds` it on its loop; nothing if it is
/// no number, or there is none.
std::optional<mgmt::Row> find_numbered(
    node::Shards& shards,
    std::string_view identity,
    const std::function<std::optional<mgmt::Row>(node::Shard&, std::uint64_t id)>& finds);

}  // namespace weft::router_mgmt

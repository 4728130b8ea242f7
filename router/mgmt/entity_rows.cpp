#include "router/mgmt/entity_rows.hpp"

#include "router/node/shards.hpp"

#include <algorithm>
#include <numeric>

namespace weft::router_mgmt {
namespace {

std::vector<std::size_t> sizes_of(node::Shards& shards, const ShardedList& list) {
    std::vector<std::size_t> sizes;
    shards.on_each([&](node::Shard& shard) { sizes.push_back(list.size(shard)); });
    return sizes;
}

}  // namespace

std::size_t size_of(node::Shards& shards, const ShardedList& list) {
    const std::vector<std::size_t> sizes = sizes_of(shards, list);
    return std::accumulate(sizes.begin(), sizes.end(), std::size_t{0});
}

void show_page(node::Shards& shards,
               const ShardedList& list,
               std::size_t offset,
               std::size_t count,
               const mgmt::Source::Visit& visit) {
    const std::vector<std::size_t> sizes = sizes_of(shards, list);
    std::vector<mgmt::Row> rows;
    for (std::size_t index = 0; index < sizes.size() && count > 0; ++index) {
        std::size_t at = std::min(offset, sizes[index]);
        offset -= at;
        while (at < sizes[index] && count > 0) {
            rows.clear();
            shards.on(index, [&](node::Shard& shard) {
                const std::size_t end = list.size(shard);  // it may have changed
                at = std::min(at, end);
                list.append(shard, at, std::min({count, kRowsAtOnce, end - at}), rows);
            });
            if (rows.empty()) {
                break;
            }
            for (const mgmt::Row& row : rows) {
                if (!visit(row)) {
                    return;
                }
            }
            at += rows.size();
            count -= rows.size();
        }
    }
}

std::optional<mgmt::Row> find_numbered(
    node::Shards& shards,
    std::string_view identity,
    const std::function<std::optional<mgmt::Row>(node::Shard&, std::uint64_t id)>& finds) {
    std::optional<mgmt::Row> row;
    if (const std::uint64_t id = daemon::number_of(identity); id != 0) {
        shards.on(shards.index_of(id), [&](node::Shard& shard) { row = finds(shard, id); });
    }
    return row;
}

}  // namespace weft::router_mgmt

#include "router/mgmt/entity_connections.hpp"

#include "common/base/conditions.hpp"
#include "common/daemon/connections.hpp"
#include "router/mgmt/entity_rows.hpp"
#include "router/node/shards.hpp"

namespace weft::router_mgmt {
namespace {

using mgmt::Attributes;
using mgmt::FindBy;
using mgmt::Row;

Row connection_row(node::Shard& shard, const node::PeerConnection& connection) {
    Row row = daemon::connection_row(connection, shard.loop().now());
    if (const auto last = connection.routed().last_delivery; last > 0) {
        row.attributes.set("lastDlvSeconds", (shard.core().tenths() - last) / 10);
    }
    return row;
}

Result<Row> change(node::Shard& shard,
                   node::PeerConnection& connection,
                   const Attributes& changes) {
    const wire::Value* status = changes.find("adminStatus");
    const bool closes = status != nullptr && *status == wire::Value{"deleted"};
    if (closes && connection.routed().traits.from_router) {
        return fail(kUnauthorizedAccess,
                    "A connection to another router can't be deleted: delete its connector");
    }
    if (auto changed = daemon::change_connection(connection, changes); !changed) {
        return tl::unexpected(std::move(changed).error());
    }
    return connection_row(shard, connection);
}

/// The core's connections that are neither clients' nor to other routers.
std::size_t others_of(node::Shard& shard) {
    return shard.core().links().connections().size() - shard.connections().size();
}

const ShardedList kConnections{
    .size = [](node::Shard& shard) { return shard.connections().size(); },
    .append =
        [](node::Shard& shard, std::size_t offset, std::size_t count, std::vector<Row>& rows) {
            const std::size_t first = others_of(shard) + offset;
            for (std::size_t i = first; i < first + count; ++i) {
                const std::uint64_t id = shard.core().links().connections()[i]->id;
                rows.push_back(connection_row(shard, *shard.connections().at(id)));
            }
        }};

}  // namespace

std::size_t ConnectionSource::size() const {
    return size_of(shards_, kConnections);
}

void ConnectionSource::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    show_page(shards_, kConnections, offset, count, visit);
}

std::optional<Row> ConnectionSource::find(FindBy by, std::string_view value) const {
    if (by == FindBy::name) {
        return Source::find(by, value);
    }
    return find_numbered(shards_, value, [](node::Shard& shard, std::uint64_t id) {
        const auto found = shard.connections().find(id);
        return found == shard.connections().end()
                   ? std::nullopt
                   : std::optional{connection_row(shard, *found->second)};
    });
}

Result<Row> ConnectionSource::update(const std::string& identity, Attributes changes) {
    const std::uint64_t id = daemon::number_of(identity);
    Result<Row> row = fail(kNotFound, "The connection is gone");
    shards_.on(shards_.index_of(id), [&](node::Shard& shard) {
        const auto found = shard.connections().find(id);
        if (found != shard.connections().end()) {
            row = change(shard, *found->second, changes);
        }
    });
    return row;
}

}  // namespace weft::router_mgmt

#include "router/mgmt/entity_connections.hpp"

#include "common/base/conditions.hpp"
#include "common/daemon/connections.hpp"
#include "router/mgmt/entity_rows.hpp"
#include "router/mgmt/management_endpoint.hpp"
#include "router/mgmt/survey.hpp"
#include "router/node/policing.hpp"
#include "router/node/shards.hpp"
#include "router/node/tenancy.hpp"

#include <optional>
#include <string>
#include <utility>

namespace weft::router_mgmt {
namespace {

using mgmt::Attributes;
using mgmt::FindBy;
using mgmt::Row;

Row connection_row(node::Shard& shard, const node::PeerConnection& connection) {
    Row row = daemon::connection_row(connection, shard.loop().now());
    row.attributes.set("active", connection.is_active());
    if (const node::Tenancy* const tenancy = connection.tenancy()) {
        row.attributes.set("tenant", tenancy->tenant().prefix);
    }
    if (const auto last = connection.in_core().last_delivery; last > 0) {
        row.attributes.set("lastDlvSeconds", (shard.core().tenths() - last) / 10);
    }
    return row;
}

Result<Row> change(node::Shard& shard,
                   node::PeerConnection& connection,
                   const Attributes& changes) {
    const wire::Value* status = changes.find("adminStatus");
    const bool closes = status != nullptr && *status == wire::Value{"deleted"};
    const router_config::Role role = connection.profile().peers;
    const bool is_routers =
        role == router_config::Role::inter_router || role == router_config::Role::edge;
    if (closes && is_routers) {
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
    .name = "connections",
    .size = [](node::Shard& shard) { return shard.connections().size(); },
    .append =
        [](node::Shard& shard, std::size_t offset, std::size_t count, std::vector<Row>& rows) {
            const std::size_t first = others_of(shard) + offset;
            for (std::size_t i = first; i < first + count; ++i) {
                const std::uint64_t id = shard.core().links().connections()[i]->id;
                rows.push_back(connection_row(shard, *shard.connections().at(id)));
            }
        }};

/// Finds the first connection that is called `name`. Others that come or go meanwhile do not
/// matter.
Finds finds(std::string name) {
    return [name = std::move(name)](node::Shard& shard, std::size_t& at, std::optional<Row>& row) {
        auto next = shard.connections().lower_bound(at);
        for (std::size_t left = kSearchedAtOnce; next != shard.connections().end() && left > 0;
             ++next, --left) {
            if (daemon::connection_name(*next->second) == name) {
                row = connection_row(shard, *next->second);
                return true;
            }
            at = next->first + 1;
        }
        return next == shard.connections().end();
    };
}

/// Finds the connection of that number.
Finds finds_number(std::uint64_t id) {
    return [id](node::Shard& shard, std::size_t&, std::optional<Row>& row) {
        const auto found = shard.connections().find(id);
        if (found != shard.connections().end()) {
            row = connection_row(shard, *found->second);
        }
        return true;
    };
}

}  // namespace

std::size_t ConnectionSource::size() const {
    return size_of(survey_, kConnections);
}

void ConnectionSource::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    show_page(survey_, kConnections, offset, count, visit);
}

std::optional<Row> ConnectionSource::find(FindBy by, std::string_view value) const {
    if (by == FindBy::identity) {
        return find_numbered(survey_, "connection", value, finds_number);
    }
    const std::string name{value};
    std::optional<Row> row;
    for (std::size_t i = 0; i < survey_.size(); ++i) {
        auto found = find_on(survey_, i, "connection called " + name, finds(name));
        row = row ? std::move(row) : std::move(found);
    }
    return row;
}

/// Who asks by a connection has rules that may not let him close others.
Result<void> ConnectionSource::check_requester() const {
    const std::uint64_t requester = endpoint_.requester();
    if (requester == 0) {
        return {};
    }
    const bool* const may = survey_.ask<bool>(
        survey_.shards().index_of(requester), "rights of connection " + std::to_string(requester),
        [requester](node::Shard& shard, bool& found) {
            const auto at = shard.connections().find(requester);
            found = at != shard.connections().end() &&
                    node::permits(*at->second, &policy::GroupConfig::admin_status_update);
            return true;
        });
    if (may == nullptr) {
        return fail(kInternalError, "Not known yet who asks: " + survey_.missing());
    }
    if (!*may) {
        return fail(kUnauthorizedAccess,
                    "You are not allowed to perform this operation: allowAdminStatusUpdate is "
                    "false in the rules for your connection");
    }
    return {};
}

Result<Row> ConnectionSource::update(const std::string& identity, Attributes changes) {
    using Changed = std::optional<Result<Row>>;
    if (changes.find("adminStatus") != nullptr) {
        if (auto checked = check_requester(); !checked) {
            return tl::unexpected(std::move(checked).error());
        }
    }
    const std::uint64_t id = daemon::number_of(identity);
    const auto* changed = survey_.ask<Changed>(
        survey_.shards().index_of(id), "change connection " + identity,
        [id, changes = std::move(changes)](node::Shard& shard, Changed& done) {
            const auto found = shard.connections().find(id);
            done = found == shard.connections().end() ? fail(kNotFound, "The connection is gone")
                                                      : change(shard, *found->second, changes);
            return true;
        });
    if (changed == nullptr) {
        return fail(kInternalError, "Not known yet whether it is done: " + survey_.missing());
    }
    return **changed;
}

}  // namespace weft::router_mgmt

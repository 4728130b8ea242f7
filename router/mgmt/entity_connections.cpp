#include "router/mgmt/entity_connections.hpp"

#include "common/base/conditions.hpp"
#include "common/io/log.hpp"
#include "common/mgmt/status.hpp"
#include "router/mgmt/entity_rows.hpp"
#include "router/node/router.hpp"

namespace weft::router {
namespace {

using mgmt::Attributes;
using mgmt::Key;
using mgmt::Row;

/// Both sides said open, and one of them close.
bool is_closing(const PeerConnection& connection) {
    return connection.was_opened() && !connection.engine().is_open();
}

wire::Value properties_of(const PeerConnection& connection) {
    Bytes encoded = connection.properties();
    const auto properties = wire::decode(encoded);
    const bool is_map = properties && properties->as<wire::Map>() != nullptr;
    return is_map ? *properties : wire::Value{wire::Map{}};
}

Row connection_row(Shard& shard, const PeerConnection& connection) {
    const Connection& routed = connection.routed();
    const std::string sasl = connection.sasl_mechanism();
    const bool closing = is_closing(connection);
    Row row{.identity = std::to_string(routed.id),
            .name = "connection/" + connection.peer(),
            .attributes = {{"adminStatus", closing ? "deleted" : "enabled"},
                           {"operStatus", closing ? "closing" : "up"},
                           {"protocol", "amqp"},
                           {"container", connection.engine().remote_container()},
                           {"opened", connection.was_opened()},
                           {"host", connection.peer()},
                           {"dir", connection.outgoing() ? "out" : "in"},
                           {"role", connection.profile().role},
                           {"isAuthenticated", !sasl.empty()},
                           {"isEncrypted", false},
                           {"enableProtocolTrace", connection.is_traced()},
                           {"user", connection.identity().user},
                           {"ssl", false},
                           {"sslSsf", std::int64_t{0}},
                           {"uptimeSeconds",
                            daemon::whole_seconds(shard.loop().now() - connection.started_at())},
                           {"properties", properties_of(connection)},
                           {"listener", connection.profile().name}}};
    if (!sasl.empty()) {
        row.attributes.set("sasl", sasl);
    }
    if (routed.last_delivery > 0) {
        row.attributes.set("lastDlvSeconds", (shard.core().tenths() - routed.last_delivery) / 10);
    }
    return row;
}

Result<Row> change(Shard& shard, PeerConnection& connection, bool close, const wire::Value* trace) {
    const auto log = [&](const char* what) {
        WEFT_LOG(io::Module::agent, io::Level::notice,
                 "[C" + std::to_string(connection.routed().id) + "] " + what);
    };
    if (close && connection.routed().traits.from_router) {
        return fail(kUnauthorizedAccess,
                    "A connection to another router can't be deleted: delete its connector");
    }
    if (trace != nullptr) {
        const bool on = *trace == wire::Value{true};
        connection.trace(on);
        log(on ? "traced by management request" : "no longer traced by management request");
    }
    if (close) {
        connection.close(kConnectionForced, "Connection forced-closed by management request");
        log("closed by management request");
    }
    return connection_row(shard, connection);
}

/// The core's connections that are neither clients' nor to other routers.
std::size_t others_of(Shard& shard) {
    return shard.core().links().connections().size() - shard.connections().size();
}

const ShardedList kConnections{
    .size = [](Shard& shard) { return shard.connections().size(); },
    .append =
        [](Shard& shard, std::size_t offset, std::size_t count, std::vector<Row>& rows) {
            const std::size_t first = others_of(shard) + offset;
            for (std::size_t i = first; i < first + count; ++i) {
                const std::uint64_t id = shard.core().links().connections()[i]->id;
                rows.push_back(connection_row(shard, *shard.connections().at(id)));
            }
        }};

}  // namespace

std::size_t ConnectionSource::size() const {
    return size_of(router_, kConnections);
}

void ConnectionSource::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    show_page(router_, kConnections, offset, count, visit);
}

std::optional<Row> ConnectionSource::find(Key key, std::string_view value) const {
    if (key == Key::name) {
        return Source::find(key, value);
    }
    const std::uint64_t id = daemon::number_of(value);
    std::optional<Row> row;
    if (id != 0) {
        router_.on_shard(shard_of(router_, id), [&](Shard& shard) {
            const auto found = shard.connections().find(id);
            if (found != shard.connections().end()) {
                row = connection_row(shard, *found->second);
            }
        });
    }
    return row;
}

Result<Row> ConnectionSource::update(const std::string& identity, Attributes changes) {
    const wire::Value* status = changes.find("adminStatus");
    if (status != nullptr && *status != wire::Value{"deleted"}) {
        return fail(kInvalidField, "A connection that is being closed can't be enabled again");
    }
    const wire::Value* trace = changes.find("enableProtocolTrace");
    const std::uint64_t id = daemon::number_of(identity);
    Result<Row> row = fail(kNotFound, "The connection is gone");
    router_.on_shard(shard_of(router_, id), [&](Shard& shard) {
        const auto found = shard.connections().find(id);
        if (found != shard.connections().end()) {
            row = change(shard, *found->second, status != nullptr, trace);
        }
    });
    return row;
}

}  // namespace weft::router

#include "router/node/entity_connections.hpp"

#include "common/io/log.hpp"
#include "common/mgmt/status.hpp"
#include "router/node/entity_rows.hpp"
#include "router/node/router.hpp"

#include <iterator>

namespace weft::router {
namespace {

using mgmt::Attributes;
using mgmt::Key;
using mgmt::Row;

/// Both sides said open, and one of them close.
bool is_closing(const AmqpConnection& connection) {
    return connection.was_opened() && !connection.engine().is_open();
}

/// Ours is shown where we are the client.
std::string sasl_of(const AmqpConnection& connection) {
    const auto& ours = connection.options().engine.sasl_mechanisms;
    return connection.outgoing() && !ours.empty() ? ours.front() : connection.sasl_mechanism();
}

wire::Value properties_of(const AmqpConnection& connection) {
    Bytes encoded = connection.properties();
    const auto properties = wire::decode(encoded);
    const bool is_map = properties && properties->as<wire::Map>() != nullptr;
    return is_map ? *properties : wire::Value{wire::Map{}};
}

}  // namespace

std::size_t ConnectionSource::size() const {
    return router_.connections().size();
}

void ConnectionSource::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    const Router::Connections& all = router_.connections();
    if (offset >= all.size()) {
        return;
    }
    const std::size_t end = offset + std::min(count, all.size() - offset);
    auto at = all.lower_bound(first_at(offset));
    std::size_t position = offset;
    for (bool more = true; more && position < end; ++at, ++position) {
        more = visit(row(*at->second));
    }
    bookmark_ = {.offset = position,
                 .next = at == all.end() ? 0 : at->first,
                 .connections = all.size(),
                 .newest = all.rbegin()->first};
}

std::uint64_t ConnectionSource::first_at(std::size_t offset) const {
    const Router::Connections& all = router_.connections();
    const bool holds = bookmark_.offset == offset && bookmark_.connections == all.size() &&
                       bookmark_.newest == all.rbegin()->first;
    return holds ? bookmark_.next
                 : std::next(all.begin(), static_cast<std::ptrdiff_t>(offset))->first;
}

std::optional<Row> ConnectionSource::find(Key key, std::string_view value) const {
    if (key == Key::name) {
        return Source::find(key, value);
    }
    const auto found = router_.connections().find(number_of(value));
    return found == router_.connections().end() ? std::nullopt
                                                : std::optional{row(*found->second)};
}

Row ConnectionSource::row(const AmqpConnection& connection) const {
    const Connection& routed = connection.routed();
    const std::string sasl = sasl_of(connection);
    const bool closing = is_closing(connection);
    Row row{.identity = std::to_string(routed.id),
            .name = "connection/" + connection.peer(),
            .attributes = {
                {"adminStatus", closing ? "deleted" : "enabled"},
                {"operStatus", closing ? "closing" : "up"},
                {"protocol", "amqp"},
                {"container", connection.engine().remote_container()},
                {"opened", connection.was_opened()},
                {"host", connection.peer()},
                {"dir", connection.outgoing() ? "out" : "in"},
                {"role", connection.options().role},
                {"isAuthenticated", !sasl.empty()},
                {"isEncrypted", false},
                {"enableProtocolTrace", false},
                {"user", "anonymous"},
                {"ssl", false},
                {"sslSsf", std::int64_t{0}},
                {"uptimeSeconds", whole_seconds(router_.loop().now() - connection.opened_at())},
                {"properties", properties_of(connection)},
                {"listener", connection.options().name}}};
    if (!sasl.empty()) {
        row.attributes.set("sasl", sasl);
    }
    if (routed.last_delivery > 0) {
        const std::uint32_t now = router_.core().tenths();
        row.attributes.set("lastDlvSeconds", (now - routed.last_delivery) / 10);
    }
    return row;
}

Result<Row> ConnectionSource::update(const std::string& identity, Attributes changes) {
    if (changes.find("enableProtocolTrace") != nullptr) {
        return fail(mgmt::kNotImplemented, "This version can't log the frames of a connection");
    }
    const auto found = router_.connections().find(number_of(identity));
    if (found == router_.connections().end()) {
        return fail(mgmt::kNotFound, "The connection is gone");
    }
    AmqpConnection& connection = *found->second;
    const wire::Value* status = changes.find("adminStatus");
    if (status == nullptr || *status != wire::Value{"deleted"}) {
        return fail(mgmt::kInvalid, "A connection that is being closed can't be enabled again");
    }
    WEFT_LOG(io::Module::agent, io::Level::notice,
             "[C" + identity + "] closed by management request");
    connection.close("amqp:connection:forced", "Connection forced-closed by management request");
    return row(connection);
}

}  // namespace weft::router

#include "common/daemon/connections.hpp"

#include "common/base/conditions.hpp"
#include "common/daemon/rows.hpp"
#include "common/io/log.hpp"

#include <iterator>
#include <string>
#include <utility>

namespace weft::daemon {
namespace {

using mgmt::Row;

/// How often those that are being closed are looked at.
constexpr Duration kClosingPeriod = std::chrono::milliseconds{20};

/// One side said close, or we gave up before the peer said open.
bool is_closing(const endpoint::Connection& connection) {
    const amqp::Engine& engine = connection.engine();
    return connection.was_opened() ? !engine.is_open() : engine.finished();
}

wire::Value properties_of(const endpoint::Connection& connection) {
    Bytes encoded = connection.properties();
    std::size_t values_left = kPropertiesShown;
    const auto properties = wire::decode(encoded, values_left);
    const bool is_map = properties && properties->as<wire::Map>() != nullptr;
    return is_map ? *properties : wire::Value{wire::Map{}};
}

}  // namespace

std::string connection_name(const endpoint::Connection& connection) {
    return "connection/" + connection.peer();
}

mgmt::Requester requester_of(const endpoint::Connection& connection) {
    return {.user = connection.identity().user,
            .host = connection.peer(),
            .connection = "[C" + std::to_string(connection.id()) + "] of '" +
                          connection.engine().remote_container() + "'",
            .via = "AMQP",
            .from_router = connection.outgoing()};
}

Row connection_row(const endpoint::Connection& connection, Instant now) {
    const std::string sasl = connection.sasl_mechanism();
    const security::Protection& security = connection.security();
    const bool closing = is_closing(connection);
    Row row{.identity = std::to_string(connection.id()),
            .name = connection_name(connection),
            .attributes = {{"adminStatus", closing ? "deleted" : "enabled"},
                           {"operStatus", closing ? "closing" : "up"},
                           {"protocol", "amqp"},
                           {"container", connection.engine().remote_container()},
                           {"opened", connection.was_opened()},
                           {"host", connection.host()},
                           {"dir", connection.outgoing() ? "out" : "in"},
                           {"role", connection.profile().role},
                           {"isAuthenticated", !sasl.empty()},
                           {"isEncrypted", security.is_encrypted()},
                           {"enableProtocolTrace", connection.is_traced()},
                           {"user", connection.identity().user},
                           {"ssl", security.is_encrypted()},
                           {"sslSsf", std::int64_t{security.strength}},
                           {"uptimeSeconds", whole_seconds(now - connection.started_at())},
                           {"properties", properties_of(connection)},
                           {"listener", connection.profile().name}}};
    if (!sasl.empty()) {
        row.attributes.set("sasl", sasl);
    }
    if (security.is_encrypted()) {
        row.attributes.set("sslProto", security.protocol);
        row.attributes.set("sslCipher", security.cipher);
        if (!security.peer_subject.empty()) {
            row.attributes.set("sslPeerSubject", security.peer_subject);
        }
    }
    return row;
}

Result<void> change_connection(endpoint::Connection& connection, const mgmt::Attributes& changes) {
    const auto log = [&](const char* what) {
        WEFT_LOG(io::Module::agent, io::Level::notice,
                 "[C" + std::to_string(connection.id()) + "] " + what);
    };
    const wire::Value* status = changes.find("adminStatus");
    if (status != nullptr && *status != wire::Value{"deleted"}) {
        return fail(kInvalidField, "A connection that is being closed can't be enabled again");
    }
    if (const wire::Value* trace = changes.find("enableProtocolTrace")) {
        const bool on = *trace == wire::Value{true};
        connection.trace(on);
        log(on ? "traced by management request" : "no longer traced by management request");
    }
    if (status != nullptr) {
        connection.expel(kConnectionForced, "Connection forced-closed by management request");
        log("closed by management request");
    }
    return {};
}

std::uint64_t Connections::add(endpoint::Connection& connection) {
    all_.emplace(++last_id_, &connection);
    return last_id_;
}

void Connections::close_all(std::string_view why, std::function<void()> closed) {
    for (const auto& [id, connection] : all_) {
        connection->close(kConnectionForced, why);
    }
    const Instant give_up = loop_.now() + kCloseMax;
    closing_ = loop_.every(kClosingPeriod, [this, give_up, closed = std::move(closed)] {
        if (all_.empty() || loop_.now() >= give_up) {
            closing_.cancel();  // once; it lives until this call of its function ends
            closed();
        }
    });
}

void Connections::orphan_all() {
    while (!all_.empty()) {
        all_.begin()->second->orphan("the daemon is gone");
    }
}

void Connections::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    auto at = std::next(all_.begin(), static_cast<std::ptrdiff_t>(std::min(offset, all_.size())));
    for (; at != all_.end() && count > 0 && visit(connection_row(*at->second, loop_.now())); ++at) {
        --count;
    }
}

Result<Row> Connections::update(const std::string& identity, mgmt::Attributes changes) {
    const auto found = all_.find(number_of(identity));
    if (found == all_.end()) {
        return fail(kNotFound, "The connection is gone");
    }
    if (auto changed = change_connection(*found->second, changes); !changed) {
        return tl::unexpected(std::move(changed).error());
    }
    return connection_row(*found->second, loop_.now());
}

}  // namespace weft::daemon

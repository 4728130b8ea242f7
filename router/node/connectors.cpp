#include "router/node/connectors.hpp"

#include "common/base/conditions.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace weft::router {
namespace {

/// Routers that are started together find each other soon.
constexpr io::Redial::Delays kToRouters{.first = std::chrono::milliseconds{50},
                                        .max = std::chrono::seconds{10}};

std::string identity_of(const ConnectionConfig& config) {
    const std::string place = "connector/" + config.host + ":" + std::to_string(config.port);
    const bool named_by_place = config.name.starts_with(place);  // it was given no name
    return named_by_place ? config.name : place + ":" + config.name;
}

}  // namespace

Connectors::Connectors(io::Loop& loop, std::string router_id, Shard& home)
    : loop_{loop}, router_id_{std::move(router_id)}, home_{home} {}

Result<const OpenConnector*> Connectors::open(const ConnectorConfig& config) {
    const auto same_name = [&](const auto& other) {
        return other->config.connection.name == config.connection.name;
    };
    if (std::ranges::any_of(open_, same_name)) {
        return fail(kInvalidField,
                    "Name conflicts with an existing entity: connector " + config.connection.name);
    }
    auto entry = std::make_unique<OpenConnector>();
    entry->config = config;
    entry->identity = identity_of(config.connection);
    entry->options = std::make_shared<ListenerOptions>(connector_options(config, router_id_));
    OpenConnector* self = entry.get();
    entry->connector = std::make_shared<io::Connector>(
        loop_, config.connection.name,
        io::HostPort{config.connection.host, std::to_string(config.connection.port)},
        [this, self](io::Transport& transport) {
            auto connection = std::make_unique<AmqpConnection>(home_.core(), transport,
                                                               self->options, home_, home_.mesh());
            connection->dialled_by(self->connector);
            return connection;
        },
        config.connection.role == Role::inter_router ? kToRouters : io::Redial::Delays{},
        config.connection.family);
    open_.push_back(std::move(entry));
    return self;
}

bool Connectors::close(const std::string& identity) {
    return std::erase_if(open_, [&](const auto& entry) { return entry->identity == identity; }) > 0;
}

bool Connectors::change_cost(const std::string& identity, int cost) {
    const auto found = std::ranges::find(open_, identity, &OpenConnector::identity);
    if (found == open_.end()) {
        return false;
    }
    OpenConnector& open = **found;
    open.config.connection.cost = cost;
    open.options = std::make_shared<ListenerOptions>(connector_options(open.config, router_id_));
    return true;
}

}  // namespace weft::router

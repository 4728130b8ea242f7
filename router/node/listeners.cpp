#include "router/node/listeners.hpp"

#include "common/base/conditions.hpp"
#include "common/io/log.hpp"

#include <algorithm>
#include <utility>

namespace weft::router {
namespace {

std::string identity_of(const ConnectionConfig& config) {
    const std::string place = "listener/" + config.host + ":" + std::to_string(config.port);
    const bool named_by_place = config.name.starts_with(place);  // it was given no name
    return named_by_place ? config.name : place + ":" + config.name;
}

}  // namespace

Listeners::Listeners(io::Loop& loop, std::string router_id, Accept accept)
    : loop_{loop}, router_id_{std::move(router_id)}, accept_{std::move(accept)} {}

Result<const OpenListener*> Listeners::open(const ListenerConfig& config) {
    const auto same_name = [&](const auto& other) {
        return other->config.connection.name == config.connection.name;
    };
    if (std::ranges::any_of(open_, same_name)) {
        return fail(kInvalidField,
                    "Name conflicts with an existing entity: listener " + config.connection.name);
    }
    auto entry = std::make_unique<OpenListener>();
    entry->config = config;
    entry->identity = identity_of(config.connection);
    entry->options = std::make_shared<ListenerOptions>(listener_options(config, router_id_));
    const OpenListener* from = entry.get();
    WEFT_TRY(entry->listener, io::Listener::open(loop_,
                                                 {.name = config.connection.name,
                                                  .host = config.connection.host,
                                                  .port = config.connection.port,
                                                  .family = config.connection.family},
                                                 [this, from](io::Socket socket) {
                                                     accept_(*from, std::move(socket));
                                                 }));
    WEFT_LOG(io::Module::server, io::Level::notice,
             "listener " + config.connection.name + " on " + config.connection.host + ":" +
                 std::to_string(entry->listener->bound_port()) + (config.http ? " (http)" : ""));
    open_.push_back(std::move(entry));
    return from;
}

bool Listeners::close(const std::string& identity) {
    return std::erase_if(open_, [&](const auto& entry) { return entry->identity == identity; }) > 0;
}

bool Listeners::change_cost(const std::string& identity, int cost) {
    const auto found = std::ranges::find(open_, identity, &OpenListener::identity);
    if (found == open_.end()) {
        return false;
    }
    OpenListener& open = **found;
    open.config.connection.cost = cost;
    open.options = std::make_shared<ListenerOptions>(listener_options(open.config, router_id_));
    return true;
}

}  // namespace weft::router

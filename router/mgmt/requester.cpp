#include "router/mgmt/requester.hpp"

#include "common/daemon/connections.hpp"
#include "router/mgmt/request_lines.hpp"
#include "router/node/shards.hpp"

#include <string>

namespace weft::router_mgmt {

std::optional<mgmt::Requester> requester_of(Survey& survey, std::uint64_t connection) {
    const mgmt::Requester unknown{.connection = "a connection that is gone", .via = "AMQP"};
    if (connection == 0 || connection == kNobody) {
        return unknown;
    }
    const auto* const known = survey.ask<mgmt::Requester>(
        survey.shards().index_of(connection), "who is at connection " + std::to_string(connection),
        [connection, unknown](node::Shard& shard, mgmt::Requester& found) {
            const auto at = shard.connections().find(connection);
            if (at == shard.connections().end()) {
                found = unknown;
                return true;
            }
            found = daemon::requester_of(*at->second);
            found.from_router = at->second->in_core().traits.from_router;
            return true;
        });
    if (known == nullptr && survey.lacks()) {
        return std::nullopt;
    }
    return known == nullptr ? unknown : *known;
}

}  // namespace weft::router_mgmt

#include "router/mgmt/requester.hpp"

#include "common/daemon/connections.hpp"
#include "router/mgmt/request_lines.hpp"
#include "router/node/shards.hpp"

#include <string>

namespace weft::router_mgmt {

namespace {

/// Others than the peer may be behind it: who they are it does not say.
bool passes_on(const router::Traits& peer, Asks asks) {
    return peer.from_router || peer.is_uplink || (peer.is_edge && asks == Asks::by_way_of_routers);
}

}  // namespace

std::optional<mgmt::Requester> requester_of(Survey& survey, std::uint64_t connection, Asks asks) {
    const mgmt::Requester unknown{.connection = "a connection that is gone", .via = "AMQP"};
    if (connection == 0 || connection == kNobody) {
        return unknown;
    }
    const auto* const known = survey.ask<mgmt::Requester>(
        survey.shards().index_of(connection),
        (asks == Asks::itself ? "who is at connection " : "who is behind connection ") +
            std::to_string(connection),
        [connection, asks, unknown](node::Shard& shard, mgmt::Requester& found) {
            const auto at = shard.connections().find(connection);
            if (at == shard.connections().end()) {
                found = unknown;
                return true;
            }
            found = daemon::requester_of(*at->second);
            found.from_router = passes_on(at->second->in_core().traits, asks);
            return true;
        });
    if (known == nullptr && survey.lacks()) {
        return std::nullopt;
    }
    return known == nullptr ? unknown : *known;
}

}  // namespace weft::router_mgmt

#include "router/mgmt/entity_own_link_routes.hpp"

#include "common/base/conditions.hpp"
#include "common/daemon/rows.hpp"
#include "router/mgmt/management_endpoint.hpp"
#include "router/mgmt/survey.hpp"
#include "router/node/link_routing.hpp"
#include "router/node/policing.hpp"

namespace weft::router_mgmt {
namespace {

using linkroute::LinkRoute;
using mgmt::Row;

Row own_row(const LinkRoute& route) {
    return {.identity = std::to_string(route.id),
            .name = route.name,
            .attributes = {{"pattern", route.text},
                           {"direction", route.direction == router::Direction::in ? "in" : "out"},
                           {"containerId", route.container()}}};
}

std::string text_of(const mgmt::Attributes& attributes, std::string_view name) {
    const wire::Value* value = attributes.find(name);
    const std::string* text = value != nullptr ? value->text() : nullptr;
    return text != nullptr ? *text : std::string{};
}

}  // namespace

std::size_t OwnLinkRouteSource::size() const {
    const std::uint64_t requester = endpoint_.requester();
    return requester != 0 ? routing_.routes().made_by(requester).size()
                          : routing_.routes().made_by_connections().size();
}

void OwnLinkRouteSource::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    const auto show = [&](const auto& routes) {
        daemon::show_page(routes, offset, count, visit,
                          [](const auto& route) { return own_row(*route); });
    };
    if (const std::uint64_t requester = endpoint_.requester(); requester != 0) {
        show(routing_.routes().made_by(requester));
    } else {
        show(routing_.routes().made_by_connections());
    }
}

/// What a client made would take the links of all others.
bool OwnLinkRouteSource::may_make(router_config::Role role) const {
    return role == router_config::Role::route_container || role == router_config::Role::edge ||
           (role == router_config::Role::normal && config_.client_link_routes);
}

/// Null: its loop does not tell.
const OwnLinkRouteSource::Maker* OwnLinkRouteSource::maker(std::uint64_t connection) const {
    return survey_.ask<Maker>(
        survey_.shards().index_of(connection), "maker " + std::to_string(connection),
        [connection](node::Shard& shard, Maker& found) {
            const auto at = shard.connections().find(connection);
            if (at != shard.connections().end()) {
                found = {.is_there = true,
                         .role = at->second->profile().peers,
                         .is_allowed =
                             node::permits(*at->second, &policy::GroupConfig::dynamic_link_routes),
                         .container = at->second->engine().remote_container()};
            }
            return true;
        });
}

Result<Row> OwnLinkRouteSource::create(std::string_view name, mgmt::Attributes attributes) {
    const std::uint64_t requester = endpoint_.requester();
    const Maker* const from = requester == 0 ? nullptr : maker(requester);
    if (survey_.lacks()) {
        return fail(kInternalError, "Not known yet");  // thrown away
    }
    if (requester != 0 && from == nullptr) {
        return fail(kResourceLimitExceeded,
                    "The router's loop that has this connection is busy: try it again");
    }
    if (from == nullptr || !from->is_there || !may_make(from->role)) {
        return fail(kNotAllowed,
                    "A link route is made by the container that takes its links, over its own "
                    "connection to this router: one to a listener, or of a connector, with the "
                    "role route-container, or an edge router's");
    }
    if (!from->is_allowed) {
        return fail(kUnauthorizedAccess,
                    "The rules for this user's connections do not let them make link routes: "
                    "allowDynamicLinkRoutes is false");
    }
    const auto pattern = router::AddressPattern::parse(router::AddressPattern::Grammar::pattern,
                                                       text_of(attributes, "pattern"));
    if (pattern && pattern->levels().front().literal == "$broker") {
        return fail(kNotAllowed, "$broker leads to the brokers of the router's addresses");
    }
    WEFT_TRY(const LinkRoute* const made,
             routing_.add_for(
                 requester, from->container,
                 {.name = std::string(name),
                  .text = text_of(attributes, "pattern"),
                  .grammar = router::AddressPattern::Grammar::pattern,
                  .direction = text_of(attributes, "direction") == "in" ? router::Direction::in
                                                                        : router::Direction::out}));
    if (survey_.shards().index_of(requester) != 0) {  // home hears of its own connections' end
        survey_.home().routed_attaches().watch(requester);
    }
    return own_row(*made);
}

Result<void> OwnLinkRouteSource::remove(const std::string& identity) {
    // It was found among those that the requester sees.
    if (!routing_.remove(daemon::number_of(identity))) {
        return fail(kNotFound, "The link route is gone");
    }
    return {};
}

}  // namespace weft::router_mgmt

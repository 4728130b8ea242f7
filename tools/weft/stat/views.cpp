#include "tools/weft/stat/views.hpp"

#include "tools/weft/failure.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <utility>

namespace weft::tools {
namespace {

constexpr std::array kViews{
    View{"general,g", "The router: version, counts, totals (default)", general_view},
    View{"connections,c", "Connections", connections_view},
    View{"links,l", "Links and their deliveries", links_view},
    View{"nodes,n", "Routers of the network", nodes_view},
    View{"edge,e", "Connections to edge routers", edge_view},
    View{"address,a", "Addresses and their deliveries", addresses_view},
    View{"memory,m", "Memory pools", memory_view},
    View{"policy,p", "Policy and its counters", policy_view},
    View{"autolinks", "Auto links", auto_links_view},
    View{"linkroutes", "Link routes", link_routes_view},
    View{"vhosts", "Vhosts", vhosts_view, false},
    View{"vhostgroups", "User groups of the vhosts", vhost_groups_view, false},
    View{"vhoststats", "Counters of the vhosts", vhost_stats_view, false},
    View{"log", "Recent log lines", log_view, false},
    View{"all-entities", "All of the above but the nodes and the log", all_entities_view},
    View{"exchanges", "Exchanges and their bindings", exchanges_view},
    View{"tenants", "Tenants, what they have and were refused", tenants_view},
    View{"subscriptions", "Subscriptions of brokers' topics", subscriptions_view, true,
         "subscription"},
    View{"queues", "Queues of brokers", queues_view, true, "queue"},
    View{"topics", "Topics of brokers", topics_view, true, "topic"},
    View{"mqtt", "MQTT sessions, of a gateway", mqtt_view, false},
};

/// Every attribute of every entity of a type that this program knows nothing about.
Report generic_view(EntitySource& router,
                    const ViewOptions& options,
                    const std::string& title,
                    std::string_view type,
                    std::string_view absent) {
    if (!router.knows(type)) {
        throw Failure("this router has no " + std::string{absent} +
                      " entities: it does not know "
                      "the type '" +
                      std::string{type} + "'");
    }
    Report report;
    report.entities = router.query(type, {}, options.limit);
    std::vector<Column> columns;
    if (!report.entities.empty()) {
        for (const auto& [name, value] : report.entities.front().items()) {
            if (options.verbose || (name != "type" && name != "identity" && name != "name")) {
                columns.push_back(plain(name, name));
            }
        }
    }
    if (columns.empty()) {
        report.parts.emplace_back(title + "\nNo " + title + " found");
    } else {
        report.parts.emplace_back(make_table(title, report.entities, columns));
    }
    return report;
}

}  // namespace

std::span<const View> views() {
    return kViews;
}

Report all_entities_view(EntitySource& router, const ViewOptions& options) {
    Report all;
    for (const auto make :
         {links_view, addresses_view, connections_view, auto_links_view, link_routes_view,
          general_view, memory_view, policy_view, vhosts_view, vhost_stats_view}) {
        Report report = make(router, options);
        std::ranges::move(report.parts, std::back_inserter(all.parts));
        std::ranges::move(report.entities, std::back_inserter(all.entities));
    }
    return all;
}

Report mqtt_view(EntitySource& router, const ViewOptions& options) {
    return generic_view(router, options, "MQTT Sessions", "mqttSession", "gateway");
}

}  // namespace weft::tools

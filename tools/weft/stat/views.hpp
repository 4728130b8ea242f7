#pragma once

#include "tools/weft/management/entity_source.hpp"
#include "tools/weft/tables/report.hpp"

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace weft::tools {

struct ViewOptions {
    bool verbose = false;
    std::size_t limit = 0;  // rows; 0 is no limit
};

/// One thing `weft stat` can show.
struct View {
    std::string_view flag;  // long name without dashes, as program_options takes it: "links,l"
    std::string_view summary;
    Report (*make)(EntitySource& router, const ViewOptions& options);
    bool stamped = true;  // begins with the time and the router's id
    /// Of what brokers have: the type. A router is asked for its brokers, and they for theirs.
    std::string_view of_brokers = {};
};

/// All views, in the order of the help text; the first is the default.
std::span<const View> views();

// Titles, columns and formats are those of the original qdstat.
Report general_view(EntitySource& router, const ViewOptions& options);
Report connections_view(EntitySource& router, const ViewOptions& options);
Report edge_view(EntitySource& router, const ViewOptions& options);
Report links_view(EntitySource& router, const ViewOptions& options);
Report nodes_view(EntitySource& router, const ViewOptions& options);
Report addresses_view(EntitySource& router, const ViewOptions& options);
Report memory_view(EntitySource& router, const ViewOptions& options);
Report policy_view(EntitySource& router, const ViewOptions& options);
Report auto_links_view(EntitySource& router, const ViewOptions& options);
Report link_routes_view(EntitySource& router, const ViewOptions& options);
Report vhosts_view(EntitySource& router, const ViewOptions& options);
Report vhost_groups_view(EntitySource& router, const ViewOptions& options);
Report vhost_stats_view(EntitySource& router, const ViewOptions& options);
Report log_view(EntitySource& router, const ViewOptions& options);

/// All of the above that describe entities, one after the other.
Report all_entities_view(EntitySource& router, const ViewOptions& options);

// What the original has no view of.
Report exchanges_view(EntitySource& router, const ViewOptions& options);
/// Throws Failure if the router has no such entities.
Report tenants_view(EntitySource& router, const ViewOptions& options);

// What the original never had: what brokers keep. Asked of a router they show the addresses whose
// messages brokers keep, and where these are.
Report subscriptions_view(EntitySource& broker, const ViewOptions& options);
Report queues_view(EntitySource& broker, const ViewOptions& options);
Report topics_view(EntitySource& broker, const ViewOptions& options);

// The tables of entities that brokers told; with "broker", if they say of whom they are.
Report queue_report(std::vector<Entity> queues, const ViewOptions& options);
Report topic_report(std::vector<Entity> topics, const ViewOptions& options);
Report subscription_report(std::vector<Entity> subscriptions, const ViewOptions& options);

/// Throws Failure, which says what is missing, if the gateway does not know the type.
Report mqtt_view(EntitySource& router, const ViewOptions& options);

}  // namespace weft::tools

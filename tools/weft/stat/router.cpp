#include "tools/weft/failure.hpp"
#include "tools/weft/stat/views.hpp"
#include "tools/weft/tables/numbers.hpp"

#include <algorithm>
#include <ctime>
#include <iomanip>
#include <sstream>
#include <utility>

namespace weft::tools {
namespace {

/// `format` as std::put_time takes it.
std::string time_text(std::int64_t epoch_seconds, const char* format, bool utc) {
    const auto seconds = static_cast<std::time_t>(epoch_seconds);
    std::tm fields{};
    utc ? ::gmtime_r(&seconds, &fields) : ::localtime_r(&seconds, &fields);
    std::ostringstream text;
    text << std::put_time(&fields, format);
    return text.str();
}

Entity first_of(EntitySource& router, std::string_view type) {
    std::vector<Entity> entities = router.query(type, {}, 1);
    if (entities.empty()) {
        throw Failure("this router has no '" + std::string{type} + "' entity");
    }
    return std::move(entities.front());
}

Column memory(std::string head) {
    return {std::move(head),
            [](const Entity& entity) { return byte_size(number_of(entity, "memoryUsage")); }};
}

Column dash_if_empty(std::string head, std::string attribute) {
    return {std::move(head), [attribute = std::move(attribute)](const Entity& node) {
                const std::string text = text_of(node, attribute);
                return text.empty() ? "-" : text;
            }};
}

/// The link to a neighbour; of a router that is reached by way of another one, that one counts.
std::string neighbour_link(const Entity& node) {
    const std::string link = is_set(node, "nextHop") ? "" : text_of(node, "routerLink");
    return link.empty() ? "-" : link;
}

/// Lines of `-g`; an attribute that the router lacks leaves its line out.
std::vector<Column> general_lines(const Entity& router) {
    const std::vector<std::pair<std::string, std::string>> counts{
        {"Area", "area"},
        {"Link Routes", "linkRouteCount"},
        {"Auto Links", "autoLinkCount"},
        {"Links", "linkCount"},
        {"Nodes", "nodeCount"},
        {"Addresses", "addrCount"},
        {"Connections", "connectionCount"},
        {"Presettled Count", "presettledDeliveries"},
        {"Dropped Presettled Count", "droppedPresettledDeliveries"},
        {"Accepted Count", "acceptedDeliveries"},
        {"Rejected Count", "rejectedDeliveries"},
        {"Released Count", "releasedDeliveries"},
        {"Modified Count", "modifiedDeliveries"},
        {"Deliveries Delayed > 1sec", "deliveriesDelayed1Sec"},
        {"Deliveries Delayed > 10sec", "deliveriesDelayed10Sec"},
        {"Deliveries Stuck > 10sec", "deliveriesStuck"},
        {"Deliveries to Fallback", "deliveriesRedirectedToFallback"},
        {"Links Blocked", "linksBlocked"},
        {"Ingress Count", "deliveriesIngress"},
        {"Egress Count", "deliveriesEgress"},
        {"Transit Count", "deliveriesTransit"},
        {"Deliveries from Route Container", "deliveriesIngressRouteContainer"},
        {"Deliveries to Route Container", "deliveriesEgressRouteContainer"}};
    std::vector<Column> lines{plain("Version", "version"), plain("Mode", "mode"),
                              plain("Router Id", "id"), plain("Worker Threads", "workerThreads")};
    if (is_set(router, "uptimeSeconds")) {
        lines.push_back({"Uptime", [](const Entity& entity) {
                             return days_time(number_of(entity, "uptimeSeconds"));
                         }});
    }
    if (is_set(router, "memoryUsage")) {
        lines.push_back(memory("VmSize"));
    }
    for (const auto& [head, attribute] : counts) {
        if (router.contains(attribute)) {
            lines.push_back(plain(head, attribute));
        }
    }
    return lines;
}

std::int64_t pooled_bytes(const std::vector<Entity>& pools) {
    std::int64_t bytes = 0;
    for (const Entity& pool : pools) {
        bytes += number_of(pool, "typeSize") *
                 (number_of(pool, "totalAllocFromHeap") - number_of(pool, "totalFreeToHeap"));
    }
    return bytes;
}

Column pool_count(std::string head, std::string attribute) {
    return {std::move(head), [attribute = std::move(attribute)](const Entity& pool) {
                return with_commas(number_of(pool, attribute));
            }};
}

/// An empty or missing text is shown as the original does.
Column nil_if_empty(std::string head, std::string attribute) {
    return {std::move(head), [attribute = std::move(attribute)](const Entity& entity) {
                const std::string text = text_of(entity, attribute);
                return text.empty() ? "(nil)" : text;
            }};
}

}  // namespace

Report general_view(EntitySource& router, const ViewOptions& /*options*/) {
    Report report;
    const Entity& entity = report.entities.emplace_back(first_of(router, "router"));
    report.parts.emplace_back(make_sheet("Router Statistics", entity, general_lines(entity)));
    return report;
}

Report nodes_view(EntitySource& router, const ViewOptions& options) {
    Report report;
    report.entities = router.query("node", {}, options.limit);
    if (report.entities.empty()) {
        report.parts.emplace_back("Router is Standalone - No Router List");
        return report;
    }
    const auto id = [](const Entity& node) { return text_of(node, "id"); };
    std::ranges::stable_sort(report.entities, {}, id);
    std::int64_t changed = 0;
    for (const Entity& node : report.entities) {
        changed = std::max(changed, number_of(node, "lastTopoChange"));
    }
    std::vector<Column> columns{
        plain("router-id", "id"), dash_if_empty("next-hop", "nextHop"), {"link", neighbour_link}};
    if (options.verbose) {
        columns.insert(columns.end(),
                       {plain("ver", "protocolVersion"), plain("cost", "cost"),
                        plain("neighbors", "linkState"), plain("valid-origins", "validOrigins")});
    }
    const std::string title = "Routers in the Network\nLast Topology Change: " +
                              time_text(changed, "%A %b %d %H:%M:%S %Y GMT", /*utc=*/true);
    report.parts.emplace_back(make_table(title, report.entities, columns));
    return report;
}

Report memory_view(EntitySource& router, const ViewOptions& /*options*/) {
    Report report;
    report.entities = router.query("allocator", {}, 0);
    std::ranges::stable_sort(report.entities, {},
                             [](const Entity& pool) { return text_of(pool, "typeName"); });
    report.parts.emplace_back(make_table(
        "Memory Pools", report.entities,
        {plain("type", "typeName"), pool_count("size", "typeSize"),
         pool_count("batch", "transferBatchSize"), pool_count("thread-max", "localFreeListMax"),
         pool_count("total", "totalAllocFromHeap"), pool_count("in-threads", "heldByThreads"),
         pool_count("rebal-in", "batchesRebalancedToThreads"),
         pool_count("rebal-out", "batchesRebalancedToGlobal")}));
    const Entity entity = first_of(router, "router");
    report.parts.emplace_back(make_table(
        "Memory Summary", {entity},
        {memory("VmSize"), {"Pooled", [pooled = pooled_bytes(report.entities)](const Entity&) {
                                return byte_size(pooled);
                            }}}));
    return report;
}

Report policy_view(EntitySource& router, const ViewOptions& /*options*/) {
    Report report;
    const Entity& policy = report.entities.emplace_back(first_of(router, "policy"));
    report.parts.emplace_back(
        make_sheet("Policy Configuration", policy,
                   {nil_if_empty("Maximum Concurrent Connections", "maxConnections"),
                    nil_if_empty("Maximum Message Size", "maxMessageSize"),
                    nil_if_empty("Enable Vhost Policy", "enableVhostPolicy"),
                    nil_if_empty("Enable Vhost Name Patterns", "enableVhostNamePatterns"),
                    nil_if_empty("Policy Directory", "policyDir"),
                    nil_if_empty("Default Vhost", "defaultVhost")}));
    report.parts.emplace_back(
        make_sheet("Policy Status", policy,
                   {nil_if_empty("Connections Processed", "connectionsProcessed"),
                    nil_if_empty("Connections Denied", "connectionsDenied"),
                    nil_if_empty("Connections Current", "connectionsCurrent"),
                    nil_if_empty("Links Denied", "linksDenied"),
                    nil_if_empty("Maximum Message Size Denied", "maxMessageSizeDenied"),
                    nil_if_empty("Total Denials", "totalDenials")}));
    return report;
}

Report log_view(EntitySource& router, const ViewOptions& options) {
    Report report;
    std::string lines;
    for (const Json& line : router.log(options.limit)) {
        if (line.size() < 6 || !line[5].is_number()) {
            throw Failure("the router's answer to GET-LOG has a line without its six fields");
        }
        Entity entity = Entity::object();
        std::size_t field = 0;
        for (const char* name : {"module", "level", "text", "file", "line", "timestamp"}) {
            entity[name] = line[field++];
        }
        lines += (lines.empty() ? "" : "\n") +
                 time_text(number_of(entity, "timestamp"), "%a %b %e %H:%M:%S %Y ", /*utc=*/false) +
                 text_of(entity, "module") + " (" + text_of(entity, "level") + ") " +
                 text_of(entity, "text");
        report.entities.push_back(std::move(entity));
    }
    if (!lines.empty()) {
        report.parts.emplace_back(std::move(lines));
    }
    return report;
}

}  // namespace weft::tools

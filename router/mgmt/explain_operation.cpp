#include "router/mgmt/explain_operation.hpp"

#include "common/base/conditions.hpp"
#include "common/base/printable.hpp"
#include "common/mgmt/coercion.hpp"
#include "common/mgmt/status.hpp"
#include "router/config/address_setting.hpp"
#include "router/core/explain.hpp"
#include "router/mgmt/broker_places.hpp"
#include "router/mgmt/explain_exchange.hpp"
#include "router/mgmt/survey.hpp"
#include "router/node/containers.hpp"
#include "router/node/mesh.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace weft::router_mgmt {
namespace {

/// Who is behind a connection.
struct Behind {
    std::string container;
    std::string host;
};

/// What one loop says, and who its connections lead to.
struct Told {
    router::Explanation about;
    std::map<std::uint64_t, Behind> connections;
};

/// The other routers by index.
using Nodes = std::map<RouterIndex, linkstate::RouterNode>;

Told tell(node::Shard& shard, const std::string& address, RouterIndex origin) {
    Told told{.about = router::explain(shard.core(), address, origin), .connections = {}};
    const auto note = [&](std::uint64_t id) {
        const auto found = shard.connections().find(id);
        if (found != shard.connections().end()) {
            told.connections[id] = {found->second->engine().remote_container(),
                                    found->second->peer()};
        }
    };
    for (const router::ExplainedConsumer& consumer : told.about.consumers) {
        note(consumer.connection);
    }
    for (const router::ExplainedProducer& producer : told.about.producers) {
        note(producer.connection);
    }
    note(told.about.decision.connection);
    note(told.about.relayed.connection);
    return told;
}

/// Home's word comes first; then that of the others that tell.
std::vector<Told> ask_loops(Survey& survey, const std::string& address, RouterIndex origin) {
    const std::string what = "explain " + std::to_string(origin) + " " + address;
    std::vector<Told> loops;
    for (std::size_t i = 0; i < survey.size(); ++i) {
        const auto* told =
            survey.ask<Told>(i, what, [address, origin](node::Shard& shard, Told& found) {
                found = tell(shard, address, origin);
                return true;
            });
        if (told != nullptr) {
            loops.push_back(*told);
        }
    }
    return loops;
}

/// Of the loop where a producer is, or messages come in from other routers. What it leaves to
/// another loop, that one decides.
router::Decision decision_of(const std::vector<Told>& loops, bool from_afar) {
    const auto has_producer = [](const Told& told) { return told.about.producer_count > 0; };
    auto entry = from_afar ? loops.begin() : std::ranges::find_if(loops, has_producer);
    entry = entry == loops.end() ? loops.begin() : entry;
    const router::Decision first = entry->about.decision;
    if (first.kind != router::Decision::Kind::relay) {
        return first;
    }
    for (auto other = loops.begin(); other != loops.end(); ++other) {
        const router::Decision::Kind kind = other->about.relayed.kind;
        if (other != entry &&
            (kind == router::Decision::Kind::consumer || kind == router::Decision::Kind::route)) {
            return other->about.relayed;
        }
    }
    return {.kind = router::Decision::Kind::wait};
}

std::string_view name_of(router::Decision::Kind kind) {
    switch (kind) {
        case router::Decision::Kind::unavailable:
            return "unavailable";
        case router::Decision::Kind::nobody:
            return "nobody";
        case router::Decision::Kind::no_path:
            return "no-path";
        case router::Decision::Kind::wait:
        case router::Decision::Kind::relay:
            return "wait";
        case router::Decision::Kind::consumer:
            return "consumer";
        case router::Decision::Kind::route:
            return "route";
        case router::Decision::Kind::everyone:
            return "everyone";
    }
    return {};
}

std::string id_of(const Nodes& nodes, RouterIndex router) {
    const auto found = nodes.find(router);
    return found == nodes.end() ? std::string{} : found->second.id;
}

/// The neighbour by way of which a route leads to what is behind it.
std::string next_hop(const Nodes& nodes, const router::ExplainedRoute& route) {
    const auto found = nodes.find(route.destinations.front().first);
    if (found == nodes.end()) {
        return {};
    }
    return found->second.next_hop.empty() ? found->second.id : found->second.next_hop;
}

void add_behind(wire::Map& row, const Told& told, std::uint64_t connection) {
    row.emplace_back("connection", connection);
    const auto found = told.connections.find(connection);
    if (found != told.connections.end()) {
        row.emplace_back("container", found->second.container);
        row.emplace_back("host", found->second.host);
    }
}

wire::List consumers_of(const std::vector<Told>& loops) {
    wire::List rows;
    for (const Told& told : loops) {
        for (const router::ExplainedConsumer& each : told.about.consumers) {
            wire::Map row{{"link", each.link}};
            add_behind(row, told, each.connection);
            row.emplace_back("credit", std::uint64_t{each.credit});
            row.emplace_back("outstanding", std::uint64_t{each.outstanding});
            row.emplace_back("inProcess", each.in_process);
            row.emplace_back("standing", to_string(each.standing));
            rows.emplace_back(std::move(row));
        }
    }
    return rows;
}

wire::Map standings_of(const std::vector<Told>& loops) {
    wire::Map counts;
    for (std::size_t i = 0; i < router::kStandings; ++i) {
        std::uint64_t count = 0;
        for (const Told& told : loops) {
            count += told.about.consumers_by_standing[i];
        }
        counts.emplace_back(to_string(static_cast<router::Standing>(i)), count);
    }
    return counts;
}

wire::List routes_of(const router::Explanation& about, const Nodes& nodes) {
    wire::List rows;
    for (const router::ExplainedRoute& each : about.routes) {
        wire::List destinations;
        for (const auto& [router, cost] : each.destinations) {
            destinations.emplace_back(
                wire::Map{{"router", id_of(nodes, router)}, {"cost", std::uint64_t{cost}}});
        }
        wire::Map row{{"router", next_hop(nodes, each)},
                      {"connection", each.connection},
                      {"outstanding", std::uint64_t{each.outstanding}},
                      {"allowed", each.cost.has_value()}};
        row.emplace_back("cost",
                         each.cost ? wire::Value{std::uint64_t{*each.cost}} : wire::Value{});
        row.emplace_back("destinations", std::move(destinations));
        rows.emplace_back(std::move(row));
    }
    return rows;
}

wire::List producers_of(const std::vector<Told>& loops) {
    wire::List rows;
    for (const Told& told : loops) {
        for (const router::ExplainedProducer& each : told.about.producers) {
            wire::Map row{{"link", each.link}};
            add_behind(row, told, each.connection);
            row.emplace_back("outstanding", std::uint64_t{each.outstanding});
            row.emplace_back("capacity", std::uint64_t{each.capacity});
            row.emplace_back("blockedReason", each.blocked == router::Blocked::no
                                                  ? wire::Value{}
                                                  : wire::Value{to_string(each.blocked)});
            rows.emplace_back(std::move(row));
        }
    }
    return rows;
}

wire::Map decision_map(const router::Decision& decision,
                       const router::Explanation& home,
                       const Nodes& nodes) {
    wire::Map map{{"kind", name_of(decision.kind)}};
    if (decision.kind == router::Decision::Kind::consumer) {
        map.emplace_back("link", decision.link);
        map.emplace_back("connection", decision.connection);
    }
    const auto route =
        std::ranges::find(home.routes, decision.connection, &router::ExplainedRoute::connection);
    if (decision.kind == router::Decision::Kind::route && route != home.routes.end()) {
        map.emplace_back("connection", decision.connection);
        map.emplace_back("router", next_hop(nodes, *route));
    }
    return map;
}

wire::List ids_of(const std::vector<RouterIndex>& routers, const Nodes& nodes) {
    wire::List ids;
    for (const RouterIndex router : routers) {
        ids.emplace_back(id_of(nodes, router));
    }
    return ids;
}

/// Those that are known still, and can't be reached: who receives there is forgotten.
wire::List lost_routers(const Nodes& nodes) {
    wire::List ids;
    for (const auto& [index, node] : nodes) {
        if (index != kThisRouter && !node.path && ids.size() < router::kExplainedMax) {
            ids.emplace_back(node.id);
        }
    }
    return ids;
}

std::uint64_t sum(const std::vector<Told>& loops, std::size_t router::Explanation::*count) {
    std::uint64_t total = 0;
    for (const Told& told : loops) {
        total += told.about.*count;
    }
    return total;
}

/// A string that must be there, or may be absent (`fallback`).
Result<std::string> text_of(const wire::Map& properties,
                            std::string_view name,
                            std::optional<std::string> fallback) {
    const wire::Value* value = wire::find(properties, name);
    if (value == nullptr || value->is_null()) {
        if (fallback) {
            return *fallback;
        }
        return fail(kInvalidField, "No property '" + std::string{name} + "': EXPLAIN takes " +
                                       "address=ADDRESS and perhaps origin=ROUTER, "
                                       "subject=SUBJECT");
    }
    const std::string* text = value->text();
    if (text == nullptr) {
        return fail(kInvalidField, "Property '" + std::string{name} + "' must be a string");
    }
    return *text;
}

Nodes nodes_of(const node::Mesh* mesh) {
    Nodes nodes;
    if (mesh != nullptr) {
        for (linkstate::RouterNode& node : mesh->state().nodes()) {
            nodes.emplace(node.index, std::move(node));
        }
    }
    return nodes;
}

Result<RouterIndex> index_of(const Nodes& nodes, const std::string& id, const std::string& self) {
    if (id == self) {
        return kThisRouter;
    }
    const auto found =
        std::ranges::find_if(nodes, [&](const auto& node) { return node.second.id == id; });
    if (found == nodes.end()) {
        return fail(kInvalidField, "No router '" + printable(id.substr(0, mgmt::kValueShownMax)) +
                                       "' is known to " + self +
                                       "; 'weft stat -n' lists those that are");
    }
    return found->first;
}

wire::Value text_or_null(const std::string& text) {
    return text.empty() ? wire::Value{} : wire::Value{text};
}

/// Who takes links of that direction: who receives from a topic is passed on to its broker, and so
/// are all links to addresses of an entry with wildcards, but for those that a link route takes.
std::optional<linkroute::AreaView> area_of_links(const linkroute::LinkRoutes& link_routes,
                                                 router::Direction direction,
                                                 std::string_view address,
                                                 const router::AddressRule* rule) {
    const router::Storage* const storage = rule != nullptr ? rule->storage.get() : nullptr;
    const bool passes = storage != nullptr && storage->passes_links;
    const bool subscribes = direction == router::Direction::out && storage != nullptr &&
                            storage->kind == router::Storage::Kind::topic;
    auto own = subscribes && !passes ? std::nullopt : link_routes.area_for(direction, address);
    return own || !(passes || subscribes)
               ? own
               : link_routes.area_for(direction, router::broker_prefix(storage->brokers.front()) +
                                                     "/" + std::string(address));
}

/// Of senders' links to the address and of receivers', who takes those that are routed.
wire::List link_routes_for(const linkroute::LinkRoutes& link_routes,
                           const router::AddressKey& key,
                           const router::AddressRule* rule,
                           const Nodes& nodes) {
    wire::List rows;
    for (const router::Direction direction : {router::Direction::in, router::Direction::out}) {
        const auto area = key.address_class() == 'M'
                              ? area_of_links(link_routes, direction, key.name(), rule)
                              : std::nullopt;
        if (area) {
            rows.emplace_back(
                wire::Map{{"direction", direction == router::Direction::in ? "in" : "out"},
                          {"key", area->key},
                          {"containers", std::uint64_t{area->containers}},
                          {"routers", ids_of(area->routers, nodes)}});
        }
    }
    return rows;
}

/// Null: none is.
const router::AddressRule* rule_for(router::Core& core, const router::AddressKey& key) {
    return key.address_class() == 'M' ? core.rules().find(key.name()) : nullptr;
}

/// What the loops say together. Only home, the first, knows of other routers.
void add_told(const std::vector<Told>& loops, const Nodes& nodes, wire::Map& answer) {
    const router::Explanation& home = loops.front().about;
    const auto used =
        std::ranges::find_if(loops, [](const Told& told) { return told.about.in_use; });
    const router::Treatment& treatment = (used == loops.end() ? home : used->about).treatment;
    answer.emplace_back("key", home.key.text);
    answer.emplace_back("rule", text_or_null(home.rule));
    answer.emplace_back("pattern", text_or_null(home.rule_pattern));
    answer.emplace_back("distribution", router_config::name_of(treatment.distribution));
    answer.emplace_back("ruleDistribution", router_config::name_of(home.by_rule.distribution));
    answer.emplace_back("inUse", used != loops.end());
    answer.emplace_back("stopping", home.stopping);
    answer.emplace_back("fallsBack", home.falls_back);
    answer.emplace_back("waiting", sum(loops, &router::Explanation::waiting));
    answer.emplace_back("consumers", consumers_of(loops));
    answer.emplace_back("consumersByStanding", standings_of(loops));
    answer.emplace_back("consumersLeftOut", sum(loops, &router::Explanation::consumers_left_out));
    answer.emplace_back("wildcards", wire::List(home.wildcards.begin(), home.wildcards.end()));
    answer.emplace_back("wildcardCount", home.wildcard_count);
    answer.emplace_back("routes", routes_of(home, nodes));
    answer.emplace_back("unreachable", ids_of(home.unreachable, nodes));
    answer.emplace_back("lostRouters", lost_routers(nodes));
    answer.emplace_back("producers", producers_of(loops));
    answer.emplace_back("producerCount", sum(loops, &router::Explanation::producer_count));
    answer.emplace_back("producersAtCapacity",
                        sum(loops, &router::Explanation::producers_at_capacity));
    answer.emplace_back("producersLeftOut", sum(loops, &router::Explanation::producers_left_out));
}

}  // namespace

Result<wire::Value> explain_operation(Survey& survey,
                                      const node::Mesh* mesh,
                                      const node::Containers& containers,
                                      const exchange::Distributor& exchanges,
                                      const wire::Map& properties) {
    const std::string& self = survey.home().core().router_id();
    WEFT_TRY(const std::string address, text_of(properties, "address", std::nullopt));
    WEFT_TRY(const std::string origin, text_of(properties, "origin", self));
    WEFT_TRY(const std::string subject, text_of(properties, "subject", std::string{}));
    if (router::parse_address(address, self).text.empty()) {
        return fail(kInvalidField,
                    "\"" + printable(address.substr(0, mgmt::kValueShownMax)) +
                        "\" is not an address: " + std::string(router::why_no_address(address)));
    }
    const Nodes nodes = nodes_of(mesh);
    WEFT_TRY(const RouterIndex from, index_of(nodes, origin, self));
    const std::vector<Told> loops = ask_loops(survey, address, from);
    if (survey.lacks()) {
        return fail(kInternalError, "Not known yet");  // thrown away
    }
    wire::Map answer{{"router", self}, {"origin", origin}, {"address", address}};
    add_told(loops, nodes, answer);
    const router::AddressKey key = router::parse_address(address, self);
    const router::AddressRule* const rule = rule_for(survey.home().core(), key);
    answer.emplace_back("linkRoutes",
                        link_routes_for(containers.link_routing().routes(), key, rule, nodes));
    if (auto exchange = explain_exchange(exchanges, address, self, subject)) {
        answer.emplace_back("exchange", *std::move(exchange));
    }
    answer.emplace_back("storage", BrokerPlaces{self, containers, mesh}.explain(rule));
    const router::Decision decision = decision_of(loops, from != kThisRouter);
    answer.emplace_back("decision", decision_map(decision, loops.front().about, nodes));
    if (!survey.missing().empty()) {
        answer.emplace_back("incomplete", survey.missing());
    }
    return wire::Value{std::move(answer)};
}

}  // namespace weft::router_mgmt

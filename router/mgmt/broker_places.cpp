#include "router/mgmt/broker_places.hpp"

#include "router/node/containers.hpp"
#include "router/node/mesh.hpp"

#include <cstdint>
#include <utility>

namespace weft::router_mgmt {

/// Another router has a broker's link routes exactly while the broker is connected to it.
wire::List BrokerPlaces::routers_with(const std::string& broker) const {
    wire::List ids;
    if (containers_.expansion().entries().attached().find(broker)) {
        ids.emplace_back(self_);
    }
    const auto area = containers_.link_routing().routes().area_for(router::Direction::out,
                                                                   router::broker_prefix(broker));
    if (area && mesh_ != nullptr) {
        for (const RouterIndex router : area->routers) {
            ids.emplace_back(mesh_->state().id_of(router));
        }
    }
    return ids;
}

wire::Map BrokerPlaces::of(const router::Storage& storage) const {
    wire::Map places;
    for (const std::string& broker : storage.brokers) {
        places.emplace_back(broker, routers_with(broker));
    }
    return places;
}

wire::List BrokerPlaces::links_to(const router::AddressRule& rule, std::string_view broker) const {
    wire::List rows;
    for (const std::uint64_t id : containers_.expansion().entries().auto_links_of(rule.id)) {
        const autolink::AutoLink* const link = containers_.auto_links().find(id);
        if (link == nullptr || link->config.container != broker) {
            continue;
        }
        const bool in = link->config.direction == router::Direction::in;
        wire::Map row{{"name", link->config.name},
                      {"direction", in ? "in" : "out"},
                      {"operStatus", autolink::to_string(link->status())}};
        if (!link->last_error.empty()) {
            row.emplace_back("lastError", link->last_error);
        }
        rows.emplace_back(std::move(row));
    }
    return rows;
}

wire::Value BrokerPlaces::explain(const router::AddressRule* rule) const {
    if (rule == nullptr || !rule->storage) {
        return {};
    }
    wire::List brokers;
    for (const std::string& broker : rule->storage->brokers) {
        brokers.emplace_back(wire::Map{{"broker", broker},
                                       {"routers", routers_with(broker)},
                                       {"links", links_to(*rule, broker)}});
    }
    return wire::Map{{"type", router::name_of(rule->storage->kind)},
                     {"passesLinks", rule->storage->passes_links},
                     {"brokers", std::move(brokers)}};
}

}  // namespace weft::router_mgmt

#include "tools/weft/sim/export.hpp"

#include "tools/weft/management/address_key.hpp"
#include "tools/weft/tables/report.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace weft::tools {
namespace {

/// What is known of a link's cost; of both ends' costs the greater one holds.
struct Cost {
    std::int64_t of_path = 0;   // of messages that take it
    std::int64_t at_least = 0;  // of a dearer one: its connector's, or that of the path instead

    std::int64_t best() const {
        return std::max<std::int64_t>(of_path > 0 ? of_path : at_least, 1);
    }
};

using Ends = std::pair<std::string, std::string>;  // the lower id first
using Links = std::map<Ends, Cost>;

Ends ends_of(const std::string& a, const std::string& b) {
    return a < b ? Ends{a, b} : Ends{b, a};
}

Links links_of(const std::vector<Sight>& sights) {
    std::set<std::string> known;
    for (const Sight& sight : sights) {
        known.insert(sight.router);
    }
    Links links;
    for (const Entity& node : sights.front().nodes) {
        const std::string id = text_of(node, "id");
        const auto peers = node.find("linkState");
        if (!known.contains(id) || peers == node.end() || !peers->is_array()) {
            continue;
        }
        for (const Json& peer : *peers) {
            if (peer.is_string() && known.contains(peer.get<std::string>()) && peer != id) {
                links[ends_of(id, peer.get<std::string>())];
            }
        }
    }
    return links;
}

/// A neighbour's row shows the cost of the path: that of the link, if nobody is between.
void add_path_costs(const Sight& sight, Links& links) {
    for (const Entity& node : sight.nodes) {
        const auto link = links.find(ends_of(sight.router, text_of(node, "id")));
        if (link != links.end()) {
            std::int64_t& cost =
                is_set(node, "nextHop") ? link->second.at_least : link->second.of_path;
            cost = std::max(cost, number_of(node, "cost"));
        }
    }
}

void add_connector_costs(const Sight& sight, Links& links) {
    for (const Entity& connection : sight.connections) {
        const auto link = links.find(ends_of(sight.router, text_of(connection, "container")));
        for (const Entity& connector : sight.connectors) {
            const std::string peer = text_of(connector, "host") + ":" + text_of(connector, "port");
            if (link != links.end() && text_of(connection, "dir") == "out" &&
                text_of(connection, "host") == peer) {
                std::int64_t& cost = link->second.at_least;
                cost = std::max(cost, number_of(connector, "cost"));
            }
        }
    }
}

std::string quoted(const std::string& text) {
    return json_text(text, -1);
}

/// "intervals", unless all are what goes without saying.
std::string intervals_text(const Entity& router) {
    constexpr std::array<std::pair<const char*, double>, 6> kIntervals{
        {{"helloIntervalSeconds", 1},
         {"fastHelloSeconds", 0.2},
         {"helloMaxAgeSeconds", 3},
         {"raIntervalSeconds", 30},
         {"raIntervalFluxSeconds", 4},
         {"remoteLsMaxAgeSeconds", 60}}};
    Json intervals = Json::object();
    for (const auto& [name, usual] : kIntervals) {
        const auto value = router.find(name);
        if (value != router.end() && value->is_number() && *value != usual) {
            intervals[name] = *value;
        }
    }
    return intervals.empty() ? "" : "  \"intervals\": " + json_text(intervals, -1) + ",\n";
}

std::string router_text(const Sight& sight) {
    Json addresses = Json::array();
    for (const Entity& entity : sight.addresses) {
        const AddressKey key = decode_address_key(text_of(entity, "name"));
        if (is_of_users(key) && number_of(entity, "subscriberCount") > 0) {
            addresses.push_back(key.address);
        }
    }
    std::string text = "    { \"id\": " + quoted(sight.router);
    if (!addresses.empty()) {
        text += ", \"addresses\": " + json_text(addresses, -1);
    }
    return text + " }";
}

std::string link_text(const Ends& ends, const Cost& cost) {
    return "    { \"from\": " + quoted(ends.first) + ", \"to\": " + quoted(ends.second) +
           ", \"cost\": " + std::to_string(cost.best()) + " }";
}

}  // namespace

std::string topology_text(const std::vector<Sight>& sights) {
    Links links = links_of(sights);
    for (const Sight& sight : sights) {
        add_path_costs(sight, links);
        add_connector_costs(sight, links);
    }
    std::string text =
        "// A mesh as its routers showed it, for: weft sim --topology THIS-FILE --fail …\n"
        "// Delays are not known: give links \"delayMs\" and \"jitterMs\", by default 1 and "
        "0.\n{\n" +
        intervals_text(sights.front().self) + "  \"routers\": [\n";
    for (std::size_t i = 0; i < sights.size(); ++i) {
        text += router_text(sights[i]) + (i + 1 < sights.size() ? "," : "");
        text += sights[i].failure.empty() ? "\n" : "  // its addresses are not known\n";
    }
    text += "  ],\n  \"links\": [\n";
    std::size_t left = links.size();
    for (const auto& [ends, cost] : links) {
        text += link_text(ends, cost) + (--left > 0 ? "," : "");
        text += cost.of_path > 0 ? "\n" : "  // or more: another way is cheaper\n";
    }
    return text + "  ]\n}\n";
}

}  // namespace weft::tools

#include "tools/weft/why/trace.hpp"

#include <algorithm>
#include <utility>

namespace weft::tools {
namespace {

const Json kNone = Json::array();

}  // namespace

std::string text_at(const Json& answer, std::string_view key) {
    const auto found = answer.is_object() ? answer.find(std::string{key}) : answer.end();
    return found == answer.end() || !found->is_string() ? std::string{} : found->get<std::string>();
}

std::size_t count_at(const Json& answer, std::string_view key) {
    const auto found = answer.is_object() ? answer.find(std::string{key}) : answer.end();
    return found == answer.end() || !found->is_number_integer() ? 0 : found->get<std::size_t>();
}

const Json& list_at(const Json& answer, std::string_view key) {
    const auto found = answer.is_object() ? answer.find(std::string{key}) : answer.end();
    return found == answer.end() || !found->is_array() ? kNone : *found;
}

std::string decision_at(const Hop& hop) {
    return hop.answer.is_object() && hop.answer.contains("decision")
               ? text_at(hop.answer["decision"], "kind")
               : std::string{};
}

std::size_t consumers_at(const Hop& hop, std::string_view standing) {
    return hop.answer.is_object() && hop.answer.contains("consumersByStanding")
               ? count_at(hop.answer["consumersByStanding"], standing)
               : 0;
}

std::size_t consumers_at(const Hop& hop) {
    std::size_t total = 0;
    for (const char* standing :
         {"eligible", "attaching", "stalled", "no-credit", "connection-full", "busy"}) {
        total += consumers_at(hop, standing);
    }
    return total;
}

const Json* link_route_at(const Hop& hop, std::string_view direction) {
    for (const Json& route : list_at(hop.answer, "linkRoutes")) {
        if (text_at(route, "direction") == direction) {
            return &route;
        }
    }
    return nullptr;
}

bool goes_past_brokers(const Hop& hop, const Json& link_route) {
    const auto storage = hop.answer.find("storage");
    if (storage == hop.answer.end() || !storage->is_object() ||
        storage->value("passesLinks", false) || list_at(*storage, "brokers").empty()) {
        return false;
    }
    const std::string key = text_at(link_route, "key");  // a letter goes before the address
    return key.find("$broker/") != 1;
}

const Json* exchange_at(const Hop& hop) {
    const auto found = hop.answer.is_object() ? hop.answer.find("exchange") : hop.answer.end();
    return found == hop.answer.end() || !found->is_object() ? nullptr : &*found;
}

std::vector<std::string> next_routers(const Hop& hop) {
    const std::string kind = decision_at(hop);
    if (kind == "route") {
        return {text_at(hop.answer["decision"], "router")};
    }
    std::vector<std::string> routers;
    if (kind == "everyone") {
        for (const Json& route : list_at(hop.answer, "routes")) {
            if (route.value("allowed", false)) {
                routers.push_back(text_at(route, "router"));
            }
        }
    }
    return routers;
}

std::vector<Hop> trace(Hop first, const Explain& explain, std::size_t routers_max) {
    const std::string origin = first.router;
    std::vector<std::string> seen{origin};
    std::vector<Hop> hops;
    hops.push_back(std::move(first));
    for (std::size_t at = 0; at < hops.size(); ++at) {
        for (const std::string& next : next_routers(hops[at])) {
            if (seen.size() < routers_max && std::ranges::find(seen, next) == seen.end()) {
                seen.push_back(next);
                hops.push_back(explain(next, origin));
            }
        }
    }
    return hops;
}

}  // namespace weft::tools

#include "router/mgmt/explain_exchange.hpp"

#include "router/core/explain.hpp"
#include "router/exchange/distributor.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace weft::router_mgmt {
namespace {

using exchange::Binding;
using exchange::Exchange;
using exchange::NextHop;

/// The bindings that match the subject; with none, all.
std::vector<Binding*> bindings_for(const exchange::Exchanges& exchanges,
                                   const Exchange& exchange,
                                   const std::string& subject) {
    std::vector<Binding*> found;
    if (!subject.empty()) {
        exchange.keys.match(subject, found);
        return found;
    }
    for (const auto& binding : exchanges.bindings()) {
        if (binding->exchange == &exchange) {
            found.push_back(binding.get());
        }
    }
    return found;
}

wire::Map hop_map(const exchange::Distributor& exchanges, const NextHop& hop) {
    return {{"address", hop.address},
            {"phase", std::int64_t{hop.phase}},
            {"reachable", exchanges.is_reachable(hop)},
            {"stalled", exchanges.is_stalled(hop)}};
}

/// The next hops of these, each with the keys that lead there.
wire::List next_hops(const exchange::Distributor& exchanges, std::vector<Binding*> bindings) {
    std::ranges::stable_sort(bindings, {}, [](const Binding* each) { return each->next_hop; });
    wire::List rows;
    for (auto at = bindings.begin(); at != bindings.end() && rows.size() < router::kExplainedMax;) {
        const NextHop& hop = *(*at)->next_hop;
        wire::List keys;
        for (; at != bindings.end() && (*at)->next_hop == &hop; ++at) {
            if (keys.size() < router::kExplainedMax) {
                keys.emplace_back((*at)->key);
            }
        }
        wire::Map row = hop_map(exchanges, hop);
        row.emplace_back("keys", std::move(keys));
        rows.emplace_back(std::move(row));
    }
    return rows;
}

}  // namespace

std::optional<wire::Map> explain_exchange(const exchange::Distributor& exchanges,
                                          const std::string& address,
                                          const std::string& router_id,
                                          const std::string& subject) {
    const std::string key = router::parse_address(address, router_id).text;
    const auto& all = exchanges.exchanges().all();
    const auto found =
        std::ranges::find_if(all, [&](const auto& each) { return each->address == key; });
    if (found == all.end()) {
        return std::nullopt;
    }
    const Exchange& exchange = **found;
    const std::vector<Binding*> bindings = bindings_for(exchanges.exchanges(), exchange, subject);
    const auto is_reachable = [&](const Binding* each) {
        return exchanges.is_reachable(*each->next_hop);
    };
    const bool goes = std::ranges::any_of(bindings, is_reachable);
    const bool diverts =
        !goes && exchange.alternate != nullptr && exchanges.is_reachable(*exchange.alternate);
    wire::Map map{{"name", exchange.config.name},
                  {"link", exchanges.inlet_of(exchange)},
                  {"phase", std::int64_t{exchange.config.phase}},
                  {"matchMethod", name_of(exchange.config.method)},
                  {"bindings", std::uint64_t{exchange.bindings}},
                  {"subject", subject.empty() ? wire::Value{} : wire::Value{subject}},
                  {"matching", std::uint64_t{bindings.size()}},
                  {"fate", goes      ? "forwarded"
                           : diverts ? "diverted"
                                     : "dropped"}};
    map.emplace_back("nextHops", next_hops(exchanges, bindings));
    map.emplace_back("alternate", exchange.alternate == nullptr
                                      ? wire::Value{}
                                      : wire::Value{hop_map(exchanges, *exchange.alternate)});
    return map;
}

}  // namespace weft::router_mgmt

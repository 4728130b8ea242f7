#include "router/mgmt/entity_exchanges.hpp"

#include "common/base/conditions.hpp"
#include "common/daemon/rows.hpp"
#include "common/io/loop.hpp"
#include "router/exchange/distributor.hpp"
#include "router/mgmt/entity_settings.hpp"
#include "router/mgmt/taken_links.hpp"

#include <algorithm>
#include <string>

namespace weft::router_mgmt {
namespace {

using exchange::Binding;
using exchange::Exchange;
using mgmt::Row;

Row exchange_row(const Exchange& exchange) {
    const exchange::ExchangeConfig& config = exchange.config;
    const exchange::ExchangeCounters& counters = exchange.counters;
    Row row{.identity = std::to_string(exchange.id),
            .name = config.name,
            .attributes = {{"address", config.address},
                           {"phase", std::int64_t{config.phase}},
                           {"matchMethod", name_of(config.method)},
                           {"bindingCount", std::uint64_t{exchange.bindings}},
                           {"receivedCount", counters.received},
                           {"droppedCount", counters.dropped},
                           {"forwardedCount", counters.forwarded},
                           {"divertedCount", counters.diverted},
                           {"loopedCount", counters.looped},
                           {"rejectedCount", counters.rejected},
                           {"leftOutCount", counters.left_out}}};
    if (!config.alternate.empty()) {
        row.attributes.set("alternateAddress", config.alternate);
        row.attributes.set("alternatePhase", std::int64_t{config.alternate_phase});
    }
    return row;
}

Row binding_row(const Binding& binding) {
    const exchange::BindingConfig& config = binding.config;
    return {.identity = std::to_string(binding.id),
            .name = config.name,
            .attributes = {{"exchangeName", config.exchange},
                           {"bindingKey", config.key.empty() ? binding.key : config.key},
                           {"nextHopAddress", config.next_hop},
                           {"nextHopPhase", std::int64_t{config.next_hop_phase}},
                           {"matchedCount", binding.matched}}};
}

/// As of what a file says.
Error as_sentence(const Error& error) {
    return {error.condition, "It " + error.text};
}

/// The exchange that a binding names, for the checks that a file goes through.
wire::Map with_exchange(const exchange::Exchanges& exchanges, const mgmt::Attributes& binding) {
    const wire::Value* name = binding.find("exchangeName");
    const std::string* text = name == nullptr ? nullptr : name->text();
    const Exchange* exchange = text == nullptr ? nullptr : exchanges.find_named(*text);
    if (exchange == nullptr) {
        return {};
    }
    wire::Map entity{{"name", exchange->config.name},
                     {"address", exchange->config.address},
                     {"phase", std::int64_t{exchange->config.phase}},
                     {"matchMethod", name_of(exchange->config.method)}};
    return {{"exchanges", wire::List{std::move(entity)}}};
}

}  // namespace

std::size_t ExchangeSource::size() const {
    return exchanges_.exchanges().all().size();
}

void ExchangeSource::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    daemon::show_page(exchanges_.exchanges().all(), offset, count, visit,
                      [](const auto& exchange) { return exchange_row(*exchange); });
}

Result<Row> ExchangeSource::create(std::string_view name, mgmt::Attributes attributes) {
    WEFT_TRY(router_config::RouterConfig config,
             read_settings(config_, "exchanges", name, attributes));
    if (auto checked = check_not_taken(link_routes_, router::Direction::in,
                                       config.exchanges.front().address, "exchange");
        !checked) {
        return tl::unexpected(std::move(checked).error());
    }
    WEFT_TRY(
        const Exchange* const made,
        exchanges_.add(std::move(config.exchanges.front()), loop_.now()).map_error(as_sentence));
    return exchange_row(*made);
}

Result<void> ExchangeSource::remove(const std::string& identity) {
    if (!exchanges_.remove(daemon::number_of(identity), loop_.now())) {
        return fail(kNotFound, "The exchange is gone");
    }
    return {};
}

std::size_t BindingSource::size() const {
    return exchanges_.exchanges().bindings().size();
}

void BindingSource::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    daemon::show_page(exchanges_.exchanges().bindings(), offset, count, visit,
                      [](const auto& binding) { return binding_row(*binding); });
}

std::optional<Row> BindingSource::find(mgmt::FindBy by, std::string_view value) const {
    const Binding* binding = exchanges_.exchanges().find_binding(daemon::number_of(value));
    if (by == mgmt::FindBy::name) {
        const auto& all = exchanges_.exchanges().bindings();
        const auto at = std::ranges::find_if(
            all, [&](const auto& known) { return known->config.name == value; });
        binding = at != all.end() ? at->get() : binding;
    }
    return binding == nullptr ? std::nullopt : std::optional{binding_row(*binding)};
}

Result<Row> BindingSource::create(std::string_view name, mgmt::Attributes attributes) {
    WEFT_TRY(router_config::RouterConfig config,
             read_settings(config_, "bindings", name, attributes,
                           {.beside = with_exchange(exchanges_.exchanges(), attributes)}));
    WEFT_TRY(
        const Binding* const made,
        exchanges_.bind(std::move(config.bindings.front()), loop_.now()).map_error(as_sentence));
    return binding_row(*made);
}

Result<void> BindingSource::remove(const std::string& identity) {
    if (!exchanges_.unbind(daemon::number_of(identity), loop_.now())) {
        return fail(kNotFound, "The binding is gone");
    }
    return {};
}

}  // namespace weft::router_mgmt

#include "router/mgmt/entity_link_routes.hpp"

#include "common/base/conditions.hpp"
#include "common/daemon/rows.hpp"
#include "router/config/address_setting.hpp"
#include "router/exchange/distributor.hpp"
#include "router/mgmt/entity_settings.hpp"
#include "router/mgmt/taken_links.hpp"
#include "router/node/containers.hpp"
#include "router/node/shards.hpp"
#include "router/node/shared_addresses.hpp"

#include <algorithm>

namespace weft::router_mgmt {
namespace {

using linkroute::LinkRoute;
using mgmt::Row;

const char* source_of(const LinkRoute& route) {
    switch (route.source) {
        case linkroute::Source::file:
            return "file";
        case linkroute::Source::address:
            return "address";
        case linkroute::Source::management:
        case linkroute::Source::connection:
            break;
    }
    return "management";
}

/// An address with brokers that is among those of the pattern; null: there is none.
const router::AddressRule* stored_among(const router::AddressRules& rules,
                                        const router::AddressPattern& pattern) {
    const auto is_taken = [&](const router::AddressRule* rule) {
        return rule->storage && !rule->storage->brokers.empty() &&
               pattern.matches(rule->pattern.text());
    };
    const auto at =
        rules.have_storage() ? std::ranges::find_if(rules.all(), is_taken) : rules.all().end();
    return at == rules.all().end() ? nullptr : *at;
}

Row row_of(const LinkRoute& route) {
    Row row{.identity = std::to_string(route.id),
            .name = route.name,
            .attributes = {{router_config::name_of(route.grammar), route.text},
                           {"direction", route.direction == router::Direction::in ? "in" : "out"},
                           {"distribution", "linkBalanced"},
                           {"operStatus", route.is_active() ? "active" : "inactive"},
                           {"source", source_of(route)}}};
    if (!route.container().empty()) {
        row.attributes.set(route.by == linkroute::Finds::container ? "containerId" : "connection",
                           route.container());
    }
    if (route.prefixes && !route.prefixes->add.empty()) {
        row.attributes.set("addExternalPrefix", route.prefixes->add);
    }
    if (route.prefixes && !route.prefixes->del.empty()) {
        row.attributes.set("delExternalPrefix", route.prefixes->del);
    }
    return row;
}

}  // namespace

std::size_t LinkRouteSource::size() const {
    return containers_.link_routing().routes().all().size();
}

void LinkRouteSource::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    daemon::show_page(containers_.link_routing().routes().all(), offset, count, visit,
                      [](const auto& route) { return row_of(*route); });
}

std::optional<Row> LinkRouteSource::find(mgmt::FindBy by, std::string_view value) const {
    const LinkRoute* route = containers_.link_routing().routes().find(daemon::number_of(value));
    if (by == mgmt::FindBy::name) {
        const auto& all = containers_.link_routing().routes().all();
        const auto at =
            std::ranges::find_if(all, [&](const auto& known) { return known->name == value; });
        route = at != all.end() ? at->get() : route;
    }
    const bool is_configured = route != nullptr && route->by != linkroute::Finds::maker;
    return is_configured ? std::optional{row_of(*route)} : std::nullopt;
}

Result<Row> LinkRouteSource::create(std::string_view name, mgmt::Attributes attributes) {
    WEFT_TRY(router_config::RouterConfig config,
             read_settings(config_, "linkRoutes", name, attributes));
    linkroute::LinkRouteConfig& route = config.link_routes.front();
    route.source = linkroute::Source::management;
    WEFT_TRY(const auto pattern, router::AddressPattern::parse(route.grammar, route.text));
    if (const auto* rule = shards_.home().core().rules().rival(pattern, {})) {
        return fail(kPreconditionFailed,
                    "\"" + route.text + "\" is as specific as the address \"" +
                        rule->pattern.text() +
                        "\", whose links would all be link-routed: keep one of them");
    }
    if (const auto* rule = stored_among(shards_.home().core().rules(), pattern)) {
        return fail(kPreconditionFailed,
                    "the address \"" + rule->pattern.text() + "\" is among those of \"" +
                        route.text + "\", whose links are all link-routed: keep one of them");
    }
    if (auto checked = check_takes_no_other(pattern, route.direction, exchanges_.exchanges(),
                                            containers_.auto_links());
        !checked) {
        return tl::unexpected(std::move(checked).error());
    }
    WEFT_TRY(const LinkRoute* const made, containers_.link_routing().add(std::move(route)));
    return row_of(*made);
}

Result<void> LinkRouteSource::remove(const std::string& identity) {
    const std::uint64_t id = daemon::number_of(identity);
    const LinkRoute* known = containers_.link_routing().routes().find(id);
    if (known != nullptr && known->source == linkroute::Source::address) {
        return made_by_address(known->name);
    }
    if (known == nullptr || known->by == linkroute::Finds::maker ||
        !containers_.link_routing().remove(id)) {
        return fail(kNotFound, "The link route is gone");
    }
    if (shared_ != nullptr) {
        shared_->use_those_that_wait();
    }
    return {};
}

}  // namespace weft::router_mgmt

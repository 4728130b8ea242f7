#include "router/mgmt/entity_auto_links.hpp"

#include "common/base/conditions.hpp"
#include "common/daemon/rows.hpp"
#include "router/config/router_config.hpp"
#include "router/mgmt/entity_settings.hpp"
#include "router/mgmt/taken_links.hpp"
#include "router/node/containers.hpp"
#include "router/node/shards.hpp"

#include <algorithm>

namespace weft::router_mgmt {
namespace {

using autolink::AutoLink;
using mgmt::Row;

Row row_of(const AutoLink& link) {
    const autolink::AutoLinkConfig& config = link.config;
    Row row{.identity = std::to_string(link.id),
            .name = config.name,
            .attributes = {{"address", config.address},
                           {"direction", config.direction == router::Direction::in ? "in" : "out"},
                           {"phase", std::int64_t{config.phase}},
                           {"fallback", config.fallback},
                           {"operStatus", to_string(link.status())}}};
    row.attributes.set(config.by == autolink::Finds::container ? "containerId" : "connection",
                       config.container);
    if (!config.external_address.empty()) {
        row.attributes.set("externalAddress", config.external_address);
    }
    if (const std::uint64_t active = link.link(); active != 0) {
        row.attributes.set("linkRef", std::to_string(active));
    }
    if (!link.last_error.empty()) {
        row.attributes.set("lastError", link.last_error);
    }
    return row;
}

}  // namespace

std::size_t AutoLinkSource::size() const {
    return containers_.auto_links().all().size();
}

void AutoLinkSource::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    daemon::show_page(containers_.auto_links().all(), offset, count, visit,
                      [](const auto& link) { return row_of(*link); });
}

std::optional<Row> AutoLinkSource::find(mgmt::FindBy by, std::string_view value) const {
    const AutoLink* link = containers_.auto_links().find(daemon::number_of(value));
    if (by == mgmt::FindBy::name) {
        const auto& all = containers_.auto_links().all();
        const auto at = std::ranges::find_if(
            all, [&](const auto& known) { return known->config.name == value; });
        link = at != all.end() ? at->get() : link;
    }
    return link != nullptr ? std::optional{row_of(*link)} : std::nullopt;
}

Result<Row> AutoLinkSource::create(std::string_view name, mgmt::Attributes attributes) {
    WEFT_TRY(const router_config::RouterConfig config,
             read_settings(config_, "autoLinks", name, attributes));
    const autolink::AutoLinkConfig& link = config.auto_links.front();
    const router::AddressKey key = router::parse_address(link.address, {});
    const router::AddressRule* const rule = shards_.home().core().rules().find(key.name());
    if (rule != nullptr && rule->storage && rule->storage->has(link.container)) {
        return fail(kPreconditionFailed, "the address \"" + rule->pattern.text() +
                                             "\" makes the links to its broker \"" +
                                             link.container + "\" itself: keep one of them");
    }
    if (auto checked = check_not_taken(containers_.link_routing().routes(),
                                       links_for(link.direction), link.address, "auto-link");
        !checked) {
        return tl::unexpected(std::move(checked).error());
    }
    WEFT_TRY(const AutoLink* const made, containers_.add(link));
    return row_of(*made);
}

Result<void> AutoLinkSource::remove(const std::string& identity) {
    const AutoLink* const known = containers_.auto_links().find(daemon::number_of(identity));
    if (known != nullptr && known->config.storage) {
        return made_by_address(known->config.name);
    }
    if (!containers_.remove(daemon::number_of(identity))) {
        return fail(kNotFound, "The auto-link is gone");
    }
    return {};
}

}  // namespace weft::router_mgmt

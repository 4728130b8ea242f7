#include "router/mgmt/entity_vhosts.hpp"

#include "common/base/conditions.hpp"
#include "router/mgmt/entity_settings.hpp"
#include "router/node/policy_desk.hpp"
#include "router/node/shards.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace weft::router_mgmt {
namespace {

using mgmt::Row;
using policy::GroupConfig;
using policy::Policy;
using policy::VhostConfig;
using policy::VhostRules;

constexpr std::string_view kIdentity = "vhost/";

/// As a configuration says it: with commas, or as a list if one of them has a comma.
wire::Value listed(const std::vector<std::string>& entries) {
    std::string text;
    wire::List list;
    bool has_comma = false;
    for (const std::string& entry : entries) {
        text += (text.empty() ? "" : ",") + entry;
        list.emplace_back(entry);
        has_comma |= entry.find(',') != std::string::npos;
    }
    return has_comma ? wire::Value{std::move(list)} : wire::Value{std::move(text)};
}

template <class Number>
void set_if_said(wire::Map& map, const char* key, const std::optional<Number>& number) {
    if (number) {
        map.emplace_back(key, std::uint64_t{*number});
    }
}

/// What may be said in one of two ways stands there only if it was said.
void set_if_any(wire::Map& map, const char* key, const std::vector<std::string>& entries) {
    if (!entries.empty()) {
        map.emplace_back(key, listed(entries));
    }
}

wire::Map group_map(const GroupConfig& group) {
    wire::Map map{{"users", listed(group.users)},
                  {"remoteHosts", listed(group.remote_hosts)},
                  {"maxFrameSize", std::uint64_t{group.max_frame_size}},
                  {"maxSessionWindow", group.max_session_window},
                  {"maxSessions", std::uint64_t{group.max_sessions}},
                  {"maxSenders", std::uint64_t{group.max_senders}},
                  {"maxReceivers", std::uint64_t{group.max_receivers}},
                  {"allowDynamicSource", group.dynamic_source},
                  {"allowAnonymousSender", group.anonymous_sender},
                  {"allowUserIdProxy", group.user_id_proxy},
                  {"allowWaypointLinks", group.waypoint_links},
                  {"allowFallbackLinks", group.fallback_links},
                  {"allowDynamicLinkRoutes", group.dynamic_link_routes},
                  {"allowAdminStatusUpdate", group.admin_status_update}};
    set_if_said(map, "maxConnectionsPerUser", group.connections_per_user);
    set_if_said(map, "maxConnectionsPerHost", group.connections_per_host);
    set_if_said(map, "maxMessageSize", group.max_message_size);
    set_if_any(map, "sources", group.sources);
    set_if_any(map, "targets", group.targets);
    set_if_any(map, "sourcePattern", group.source_patterns);
    set_if_any(map, "targetPattern", group.target_patterns);
    return map;
}

Row vhost_row(const VhostConfig& vhost) {
    wire::Map groups;
    for (const GroupConfig& group : vhost.groups) {
        groups.emplace_back(group.name, group_map(group));
    }
    Row row{.identity = std::string{kIdentity} + vhost.hostname,
            .name = vhost.name,
            .attributes = {{"hostname", vhost.hostname},
                           {"maxConnections", std::uint64_t{vhost.max_connections}},
                           {"maxConnectionsPerUser", std::uint64_t{vhost.connections_per_user}},
                           {"maxConnectionsPerHost", std::uint64_t{vhost.connections_per_host}},
                           {"allowUnknownUser", vhost.allow_unknown_user},
                           {"groups", std::move(groups)}}};
    if (!vhost.aliases.empty()) {
        row.attributes.set("aliases", listed(vhost.aliases));
    }
    if (vhost.max_message_size) {
        row.attributes.set("maxMessageSize", *vhost.max_message_size);
    }
    return row;
}

wire::Map open_map(const Policy& policy, const policy::VhostStats::Open& open) {
    wire::Map map;
    for (const auto& [who, connections] : open) {
        wire::List names;
        for (const std::uint64_t connection : connections) {
            names.emplace_back(policy.name_of(connection));
        }
        map.emplace_back(who, std::move(names));
    }
    return map;
}

Row stats_row(const Policy& policy, const std::string& vhost, const policy::VhostStats& stats) {
    return {.identity = "vhostStats/" + vhost,
            .name = {},
            .attributes = {{"id", vhost},
                           {"hostname", vhost},
                           {"connectionsApproved", stats.approved},
                           {"connectionsDenied", stats.denied.connections},
                           {"connectionsCurrent", stats.current},
                           {"perUserState", open_map(policy, stats.by_user)},
                           {"perHostState", open_map(policy, stats.by_host)},
                           {"sessionDenied", stats.denied.sessions},
                           {"senderDenied", stats.denied.senders},
                           {"receiverDenied", stats.denied.receivers},
                           {"maxMessageSizeDenied", stats.denied.message_sizes}}};
}

std::string hostname_of(std::string_view identity) {
    return std::string{identity.substr(std::min(kIdentity.size(), identity.size()))};
}

}  // namespace

std::size_t VhostSource::size() const {
    return desk_.with([](const Policy& policy) { return policy.vhosts().all().size(); });
}

void VhostSource::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    // What they are is immutable: others need not wait while the rows are written.
    using Page = std::vector<std::shared_ptr<const VhostRules>>;
    const Page page = desk_.with([&](const Policy& policy) {
        Page taken;
        const auto& all = policy.vhosts().all();
        auto at = std::next(all.begin(), static_cast<std::ptrdiff_t>(std::min(offset, all.size())));
        for (; at != all.end() && taken.size() < count; ++at) {
            taken.push_back(at->second);
        }
        return taken;
    });
    for (const auto& vhost : page) {
        if (!visit(vhost_row(vhost->config()))) {
            return;
        }
    }
}

std::optional<Row> VhostSource::find(mgmt::FindBy by, std::string_view value) const {
    const auto vhost = desk_.with([&](const Policy& policy) {
        std::shared_ptr<const VhostRules> found;
        if (value.starts_with(kIdentity)) {
            found = policy.vhosts().named(value.substr(kIdentity.size()));
        }
        const auto& all = policy.vhosts().all();
        const auto called = found != nullptr || by != mgmt::FindBy::name
                                ? all.end()
                                : std::ranges::find_if(all, [&](const auto& each) {
                                      return each.second->config().name == value;
                                  });
        return called == all.end() ? found : called->second;
    });
    return vhost == nullptr ? std::nullopt : std::optional{vhost_row(vhost->config())};
}

/// In place of the one of that hostname.
Result<Row> VhostSource::put(std::string name, const mgmt::Attributes& attributes) {
    WEFT_TRY(router_config::RouterConfig config, read_settings(config_, "vhosts", "", attributes));
    VhostConfig& vhost = config.vhosts.front();
    vhost.name = std::move(name);
    WEFT_TRY(const std::vector<std::string> hosts, policy::host_names(vhost));
    if (!hosts.empty()) {
        return fail(kInvalidField,
                    "'groups': in \"remoteHosts\", the name \"" + hosts.front() +
                        "\" can't be looked up while the router runs: give an address");
    }
    const Row row = vhost_row(vhost);
    if (auto put = desk_.put(std::move(vhost), {}); !put) {
        return tl::unexpected(std::move(put).error());
    }
    shards_.review_connections();
    return row;
}

Result<Row> VhostSource::create(std::string_view name, mgmt::Attributes attributes) {
    const wire::Value* const hostname = attributes.find("hostname");
    const std::string* const text = hostname == nullptr ? nullptr : hostname->text();
    const bool exists = text != nullptr && desk_.with([&](const Policy& policy) {
        return policy.vhosts().named(*text) != nullptr;
    });
    if (exists) {
        return fail(kPreconditionFailed,
                    "There is a vhost \"" + *text + "\" already: update it, or delete it first");
    }
    return put(std::string{name}, attributes);
}

Result<Row> VhostSource::update(const std::string& identity, mgmt::Attributes changes) {
    auto row = find(mgmt::FindBy::identity, identity);
    if (!row) {
        return fail(kNotFound, "The vhost is gone");
    }
    for (const auto& [name, value] : changes) {
        row->attributes.set(name, value);
    }
    return put(std::move(row->name), row->attributes);
}

Result<void> VhostSource::remove(const std::string& identity) {
    if (!desk_.remove(hostname_of(identity))) {
        return fail(kNotFound, "The vhost is gone");
    }
    shards_.review_connections();
    return {};
}

std::size_t VhostStatsSource::size() const {
    return desk_.with([](const Policy& policy) { return policy.stats().size(); });
}

void VhostStatsSource::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    const std::vector<Row> rows = desk_.with([&](const Policy& policy) {
        std::vector<Row> page;
        const auto& all = policy.stats();
        auto at = std::next(all.begin(), static_cast<std::ptrdiff_t>(std::min(offset, all.size())));
        for (; at != all.end() && page.size() < count; ++at) {
            page.push_back(stats_row(policy, at->first, at->second));
        }
        return page;
    });
    for (const Row& row : rows) {
        if (!visit(row)) {
            return;
        }
    }
}

}  // namespace weft::router_mgmt

#include "common/config/document.hpp"
#include "common/json/tree.hpp"
#include "router/config/router_keys.hpp"
#include "router/config/sections.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::router_config {
namespace {

using config::Entity;
using config::Faults;
using config::Node;

/// "a, b" is a and b. A list stands as lines, so that its entries may have commas.
std::vector<std::string> entries_of(std::string_view text) {
    std::vector<std::string> entries;
    const char separator = text.find('\n') == std::string_view::npos ? ',' : '\n';
    while (!text.empty()) {
        const std::size_t size = std::min(text.find(separator), text.size());
        const std::string_view part = text.substr(0, size);
        const std::size_t first = part.find_first_not_of(' ');
        if (first != std::string_view::npos) {
            entries.emplace_back(part.substr(first, part.find_last_not_of(' ') - first + 1));
        }
        text.remove_prefix(std::min(size + 1, text.size()));
    }
    return entries;
}

std::uint32_t number_of(const Entity& entity, std::string_view key) {
    return static_cast<std::uint32_t>(entity.integer(key));
}

std::optional<std::uint32_t> number_if_given(const Entity& entity, std::string_view key) {
    return entity.given(key) == nullptr ? std::nullopt : std::optional{number_of(entity, key)};
}

std::optional<std::uint64_t> size_if_given(const Entity& entity, std::string_view key) {
    return entity.given(key) == nullptr
               ? std::nullopt
               : std::optional{static_cast<std::uint64_t>(entity.integer(key))};
}

/// As in the original, lists of texts stand for texts with commas, and texts for numbers and
/// booleans, also in a management request.
Node as_written(Node group) {
    if (group.object() == nullptr) {
        return group;
    }
    for (config::Member& member : *group.object()) {
        if (const config::List* const list = member.node.list()) {
            const bool texts =
                std::ranges::all_of(*list, [](const Node& each) { return each.text() != nullptr; });
            std::string joined;
            for (const Node& each : texts ? *list : config::List{}) {
                joined += *each.text() + "\n";
            }
            if (texts) {
                member.node.value = std::move(joined);
            }
        } else if (member.node.text() != nullptr) {
            member.node.untyped = true;
        }
    }
    return group;
}

/// The original leaves out what it does not know in a group.
void leave_unknown_out(const config::Section& section,
                       const std::string& pointer,
                       Node& group,
                       Faults& faults) {
    const auto is_unknown = [&](const config::Member& member) {
        const bool unknown = section.find(member.name) == nullptr;
        if (unknown) {
            faults.warn(member.node.place, json::join_pointer(pointer, member.name),
                        "has no effect: a group has no such key");
        }
        return unknown;
    };
    if (config::Object* const members = group.object()) {
        std::erase_if(*members, is_unknown);
    }
}

/// A list of addresses that has spaces in it was meant to be several.
std::vector<std::string> addresses_in(const Entity& entity, std::string_view key, Faults& faults) {
    std::vector<std::string> entries = entries_of(entity.text(key));
    for (const std::string& entry : entries) {
        if (entry.find(' ') != std::string::npos) {
            key_warning(entity, key,
                        config::quote(entry) +
                            " is one address with a space in it: addresses are separated by "
                            "commas",
                        faults);
        }
    }
    return entries;
}

policy::GroupConfig read_group(std::string_view name, const Entity& entity, Faults& faults) {
    return {.name = std::string{name},
            .users = entries_of(entity.text("users")),
            .remote_hosts = entries_of(entity.text("remoteHosts")),
            .connections_per_user = number_if_given(entity, "maxConnectionsPerUser"),
            .connections_per_host = number_if_given(entity, "maxConnectionsPerHost"),
            .max_message_size = size_if_given(entity, "maxMessageSize"),
            .max_frame_size = number_of(entity, "maxFrameSize"),
            .max_session_window = static_cast<std::uint64_t>(entity.integer("maxSessionWindow")),
            .max_sessions = number_of(entity, "maxSessions"),
            .max_senders = number_of(entity, "maxSenders"),
            .max_receivers = number_of(entity, "maxReceivers"),
            .dynamic_source = entity.boolean("allowDynamicSource"),
            .anonymous_sender = entity.boolean("allowAnonymousSender"),
            .user_id_proxy = entity.boolean("allowUserIdProxy"),
            .waypoint_links = entity.boolean("allowWaypointLinks"),
            .fallback_links = entity.boolean("allowFallbackLinks"),
            .dynamic_link_routes = entity.boolean("allowDynamicLinkRoutes"),
            .admin_status_update = entity.boolean("allowAdminStatusUpdate"),
            .sources = addresses_in(entity, "sources", faults),
            .targets = addresses_in(entity, "targets", faults),
            .source_patterns = addresses_in(entity, "sourcePattern", faults),
            .target_patterns = addresses_in(entity, "targetPattern", faults)};
}

}  // namespace

policy::PolicyConfig read_policy(const Entity& entity) {
    return {.enabled = entity.boolean("enableVhostPolicy"),
            .name_patterns = entity.boolean("enableVhostNamePatterns"),
            .default_vhost = entity.text("defaultVhost"),
            .max_connections = number_of(entity, "maxConnections"),
            .max_message_size = static_cast<std::uint64_t>(entity.integer("maxMessageSize")),
            .folder = entity.text("policyDir")};
}

policy::VhostConfig read_vhost(const Entity& entity,
                               const config::FileReader& reader,
                               Faults& faults) {
    static const config::Section kGroup = user_group_section();
    policy::VhostConfig vhost{
        .name = entity.text("name"),
        .hostname = entity.text("hostname"),
        .aliases = entries_of(entity.text("aliases")),
        .max_connections = number_of(entity, "maxConnections"),
        .connections_per_user = number_of(entity, "maxConnectionsPerUser"),
        .connections_per_host = number_of(entity, "maxConnectionsPerHost"),
        .max_message_size = size_if_given(entity, "maxMessageSize"),
        .allow_unknown_user = entity.boolean("allowUnknownUser"),
    };
    for (const config::Member& member : entity.map("groups")) {
        const std::string pointer = json::join_pointer(entity.pointer() + "/groups", member.name);
        Node written = as_written(member.node);
        if (entity.dialect() == config::Dialect::qdrouterd) {
            leave_unknown_out(kGroup, pointer, written, faults);
        }
        const Entity group =
            config::read_entity(kGroup, written, pointer, entity.dialect(), reader, faults);
        vhost.groups.push_back(read_group(member.name, group, faults));
    }
    return vhost;
}

}  // namespace weft::router_config

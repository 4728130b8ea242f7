#include "tools/weft/failure.hpp"
#include "tools/weft/stat/views.hpp"

#include <initializer_list>
#include <utility>

namespace weft::tools {
namespace {

std::string text_or(const Entity& entity, std::string_view attribute, const char* otherwise) {
    std::string text = text_of(entity, attribute);
    return text.empty() ? otherwise : text;
}

Column or_none(const std::string& attribute) {
    return {attribute,
            [attribute](const Entity& entity) { return text_or(entity, attribute, "None"); }};
}

Column or_nil(const std::string& attribute) {
    return {attribute,
            [attribute](const Entity& entity) { return text_or(entity, attribute, "(nil)"); }};
}

std::vector<Column> columns_of(std::initializer_list<const char*> attributes,
                               Column (*make)(const std::string&)) {
    std::vector<Column> columns;
    for (const char* attribute : attributes) {
        columns.push_back(make(attribute));
    }
    return columns;
}

std::string group_count(const Entity& vhost) {
    return std::to_string(vhost.contains("groups") ? vhost["groups"].size() : 0);
}

/// Attribute name → default, of a vhost's user group, as the router's own schema has it.
Entity group_defaults(EntitySource& router) {
    const Json::json_pointer path("/entityTypes/vhostUserGroupSettings/attributes");
    const Json schema = router.ask("GET-SCHEMA");
    Entity defaults = Entity::object();
    if (schema.contains(path)) {
        for (const auto& [name, attribute] : schema[path].items()) {
            const bool flag = attribute.value("type", Json{}) == "boolean";
            defaults[name] = attribute.value("default", flag ? Json(false) : Json{});
        }
    }
    return defaults;
}

std::vector<Entity> groups_of(const std::vector<Entity>& vhosts, const Entity& defaults) {
    std::vector<Entity> groups;
    for (const Entity& vhost : vhosts) {
        if (!vhost.contains("groups")) {
            continue;
        }
        for (const auto& [name, settings] : vhost["groups"].items()) {
            Entity group{{"vhost", text_of(vhost, "hostname")}, {"group", name}};
            group.update(defaults);
            group.update(settings);
            groups.push_back(std::move(group));
        }
    }
    return groups;
}

/// One row for each user that is connected now, with where from.
Table users_of(const std::vector<Entity>& vhosts) {
    Table users{
        .title = "Vhost User Stats", .heads = {"vhost", "user", "remote hosts"}, .rows = {}};
    for (const Entity& vhost : vhosts) {
        const auto state = vhost.find("perUserState");
        if (state == vhost.end() || !state->is_object()) {
            continue;
        }
        for (const auto& [user, hosts] : state->items()) {
            users.rows.push_back({text_of(vhost, "hostname"), user, text_of(*state, user)});
        }
    }
    return users;
}

}  // namespace

Report vhosts_view(EntitySource& router, const ViewOptions& options) {
    Report report;
    report.entities = router.query("vhost", {}, options.limit);
    if (report.entities.empty()) {
        report.parts.emplace_back("No Vhosts");
        return report;
    }
    auto columns =
        columns_of({"hostname", "maxConnections", "maxMessageSize", "maxConnectionsPerUser",
                    "maxConnectionsPerHost", "allowUnknownUser"},
                   or_none);
    columns.push_back({"groups", group_count});
    report.parts.emplace_back(make_table("Vhosts", report.entities, columns));
    return report;
}

Report vhost_groups_view(EntitySource& router, const ViewOptions& options) {
    Report report;
    const std::vector<Entity> vhosts = router.query("vhost", {}, options.limit);
    if (vhosts.empty()) {
        report.parts.emplace_back("No Vhosts");
        return report;
    }
    report.entities = groups_of(vhosts, group_defaults(router));
    report.parts.emplace_back(make_table(
        "Vhost Groups", report.entities,
        columns_of(
            {"vhost", "group", "maxConnectionsPerUser", "maxConnectionsPerHost", "maxMessageSize",
             "maxFrameSize", "maxSessionWindow", "maxSessions", "maxSenders", "maxReceivers",
             "allowDynamicSource", "allowAnonymousSender", "allowUserIdProxy", "allowWaypointLinks",
             "allowDynamicLinkRoutes", "allowAdminStatusUpdate", "allowFallbackLinks"},
            or_nil)));
    for (const Entity& group : report.entities) {
        report.parts.emplace_back(make_sheet(
            "Vhost '" + text_of(group, "vhost") + "' UserGroup '" + text_of(group, "group") + "'",
            group,
            columns_of({"vhost", "group", "users", "remoteHosts", "sources", "targets",
                        "sourcePattern", "targetPattern"},
                       or_nil)));
    }
    return report;
}

Report vhost_stats_view(EntitySource& router, const ViewOptions& options) {
    Report report;
    report.entities = router.query("vhostStats", {}, options.limit);
    if (report.entities.empty()) {
        report.parts.emplace_back("No Vhost Stats");
        return report;
    }
    report.parts.emplace_back(make_table(
        "Vhost Stats", report.entities,
        columns_of({"hostname", "connectionsApproved", "connectionsDenied", "connectionsCurrent",
                    "sessionDenied", "senderDenied", "receiverDenied", "maxMessageSizeDenied"},
                   or_none)));
    Table users = users_of(report.entities);
    if (users.rows.empty()) {
        report.parts.emplace_back(users.title);
    } else {
        report.parts.emplace_back(std::move(users));
    }
    return report;
}

Report tenants_view(EntitySource& router, const ViewOptions& options) {
    if (!router.knows("tenant")) {
        throw Failure("this router has no tenants: it does not know the type 'tenant'");
    }
    Report report;
    report.entities = router.query("tenant", {}, options.limit);
    if (report.entities.empty()) {
        report.parts.emplace_back("No Tenants");
        return report;
    }
    std::vector<Column> columns =
        columns_of({"name", "prefix", "connectionsCurrent", "linksCurrent", "addressesCurrent",
                    "messages", "bytes", "heldBack", "connectionsDenied", "sessionsDenied",
                    "linksDenied", "addressesDenied", "maxMessageSizeDenied"},
                   or_none);
    if (options.verbose) {
        columns.push_back(plain("quota", "quota"));
    }
    report.parts.emplace_back(make_table("Tenants", report.entities, columns));
    return report;
}

}  // namespace weft::tools

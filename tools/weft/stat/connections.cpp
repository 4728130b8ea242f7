#include "tools/weft/stat/views.hpp"
#include "tools/weft/tables/numbers.hpp"

#include <utility>

namespace weft::tools {
namespace {

std::string security(const Entity& connection) {
    if (!is_set(connection, "isEncrypted")) {
        return "no-security";
    }
    if (text_of(connection, "sasl") == "GSSAPI") {
        return "Kerberos";
    }
    return text_of(connection, "sslProto") + "(" + text_of(connection, "sslCipher") + ")";
}

std::string authentication(const Entity& connection) {
    if (!is_set(connection, "isAuthenticated")) {
        return "no-auth";
    }
    std::string mechanism = text_of(connection, "sasl");
    if (mechanism == "ANONYMOUS") {
        return "anonymous-user";
    }
    if (mechanism == "EXTERNAL") {
        mechanism = "x.509";
    } else if (mechanism == "GSSAPI") {
        mechanism = "Kerberos";
    }
    return text_of(connection, "user") + "(" + mechanism + ")";
}

std::string tenant(const Entity& connection) {
    std::string name = text_of(connection, "tenant");
    if (name.ends_with('/')) {
        name.pop_back();
    }
    return name;
}

Column time_column(std::string head, std::string attribute) {
    return {std::move(head), [attribute = std::move(attribute)](const Entity& connection) {
                return is_set(connection, attribute) ? days_time(number_of(connection, attribute))
                                                     : std::string{"-"};
            }};
}

}  // namespace

Report connections_view(EntitySource& router, const ViewOptions& options) {
    Report report;
    report.entities = router.query("connection", {}, options.limit);
    std::vector<Column> columns{plain("id", "identity"),
                                plain("host", "host"),
                                plain("container", "container"),
                                plain("role", "role"),
                                plain("proto", "protocol"),
                                plain("dir", "dir"),
                                {"security", security},
                                {"authentication", authentication},
                                {"tenant", tenant}};
    if (any_has(report.entities, "lastDlvSeconds")) {
        columns.push_back(time_column("last dlv", "lastDlvSeconds"));
    }
    if (any_has(report.entities, "uptimeSeconds")) {
        columns.push_back(time_column("uptime", "uptimeSeconds"));
    }
    report.parts.emplace_back(make_table("Connections", report.entities, columns));
    return report;
}

Report edge_view(EntitySource& router, const ViewOptions& options) {
    Report report;
    for (Entity& connection : router.query("connection", {}, 0)) {
        const bool within = options.limit == 0 || report.entities.size() < options.limit;
        if (within && text_of(connection, "role") == "edge") {
            report.entities.push_back(std::move(connection));
        }
    }
    if (report.entities.empty()) {
        return report;
    }
    std::vector<Column> columns{plain("id", "identity"),
                                plain("host", "host"),
                                plain("container", "container"),
                                plain("role", "role"),
                                plain("dir", "dir"),
                                {"security", security},
                                {"authentication", authentication},
                                {"tenant", tenant}};
    if (any_has(report.entities, "active")) {
        columns.push_back({"active", [](const Entity& connection) {
                               return std::string{is_set(connection, "active") ? "yes" : "no"};
                           }});
    }
    report.parts.emplace_back(make_table("Connections", report.entities, columns));
    return report;
}

}  // namespace weft::tools

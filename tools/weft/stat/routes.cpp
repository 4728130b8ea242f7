#include "tools/weft/stat/views.hpp"

#include <algorithm>
#include <utility>

namespace weft::tools {
namespace {

/// The attribute, or the phase the router assumes: from a waypoint 1, to it and for fallback 0.
std::string phase(const Entity& link) {
    if (is_set(link, "phase")) {
        return text_of(link, "phase");
    }
    return text_of(link, "direction") == "in" && !is_set(link, "fallback") ? "1" : "0";
}

std::string matched_address(const Entity& route) {
    return text_of(route, is_set(route, "prefix") ? "prefix" : "pattern");
}

Report report_of(std::vector<Entity> entities,
                 const std::string& title,
                 const std::string& plural,
                 const std::vector<Column>& columns) {
    Report report{.parts = {}, .entities = std::move(entities)};
    if (report.entities.empty()) {
        report.parts.emplace_back(title + "\nNo " + plural + " found");
    } else {
        report.parts.emplace_back(make_table(title, report.entities, columns));
    }
    return report;
}

}  // namespace

Report auto_links_view(EntitySource& router, const ViewOptions& options) {
    std::vector<Entity> links = router.query("autoLink", {}, options.limit);
    std::ranges::stable_sort(links, {},
                             [](const Entity& link) { return text_of(link, "address"); });
    return report_of(std::move(links), "AutoLinks", "AutoLinks",
                     {plain("addr", "address"),
                      plain("dir", "direction"),
                      {"phs", phase},
                      plain("extAddr", "externalAddress"),
                      plain("link", "linkRef"),
                      plain("status", "operStatus"),
                      plain("lastErr", "lastError")});
}

Report link_routes_view(EntitySource& router, const ViewOptions& options) {
    std::vector<Entity> routes = router.query("linkRoute", {}, options.limit);
    std::vector<Column> columns{{"address", matched_address},
                                plain("dir", "direction"),
                                plain("distrib", "distribution"),
                                plain("status", "operStatus")};
    if (any_has(routes, "addExternalPrefix")) {
        columns.push_back(plain("add-ext-prefix", "addExternalPrefix"));
    }
    if (any_has(routes, "delExternalPrefix")) {
        columns.push_back(plain("del-ext-prefix", "delExternalPrefix"));
    }
    return report_of(std::move(routes), "Link Routes", "Link Routes", columns);
}

}  // namespace weft::tools

#include "tools/weft/stat/views.hpp"

#include <algorithm>
#include <iterator>
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

/// With -v also what each is called: those that an address made say which.
void add_name(std::vector<Column>& columns, const ViewOptions& options) {
    if (options.verbose) {
        columns.push_back(plain("name", "name"));
    }
}

}  // namespace

Report auto_links_view(EntitySource& router, const ViewOptions& options) {
    std::vector<Entity> links = router.query("autoLink", {}, options.limit);
    std::ranges::stable_sort(links, {},
                             [](const Entity& link) { return text_of(link, "address"); });
    std::vector<Column> columns{plain("addr", "address"),
                                plain("dir", "direction"),
                                {"phs", phase},
                                plain("extAddr", "externalAddress"),
                                plain("link", "linkRef"),
                                plain("status", "operStatus"),
                                plain("lastErr", "lastError")};
    add_name(columns, options);
    return report_of(std::move(links), "AutoLinks", "AutoLinks", columns);
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
    add_name(columns, options);
    return report_of(std::move(routes), "Link Routes", "Link Routes", columns);
}

Report exchanges_view(EntitySource& router, const ViewOptions& options) {
    Report report = report_of(
        router.query("router.config.exchange", {}, options.limit), "Exchanges", "Exchanges",
        {plain("name", "name"), plain("address", "address"), plain("phs", "phase"),
         plain("method", "matchMethod"), plain("alternate", "alternateAddress"),
         plain("bindings", "bindingCount"), plain("received", "receivedCount"),
         plain("forwarded", "forwardedCount"), plain("diverted", "divertedCount"),
         plain("dropped", "droppedCount")});
    std::vector<Entity> bindings = router.query("router.config.binding", {}, options.limit);
    std::ranges::stable_sort(bindings, {},
                             [](const Entity& each) { return text_of(each, "exchangeName"); });
    Report bound = report_of(std::move(bindings), "Bindings", "Bindings",
                             {plain("exchange", "exchangeName"), plain("key", "bindingKey"),
                              plain("next-hop", "nextHopAddress"), plain("phs", "nextHopPhase"),
                              plain("matched", "matchedCount")});
    std::ranges::move(bound.parts, std::back_inserter(report.parts));
    std::ranges::move(bound.entities, std::back_inserter(report.entities));
    return report;
}

}  // namespace weft::tools

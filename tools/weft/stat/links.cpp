#include "tools/weft/management/address_key.hpp"
#include "tools/weft/stat/views.hpp"
#include "tools/weft/tables/numbers.hpp"

#include <algorithm>
#include <utility>

namespace weft::tools {
namespace {

const std::vector<std::string>& link_attributes() {
    static const std::vector<std::string> names{"identity",
                                                "type",
                                                "linkType",
                                                "linkDir",
                                                "connectionId",
                                                "peer",
                                                "owningAddr",
                                                "capacity",
                                                "priority",
                                                "undeliveredCount",
                                                "unsettledCount",
                                                "deliveryCount",
                                                "presettledCount",
                                                "droppedPresettledCount",
                                                "acceptedCount",
                                                "rejectedCount",
                                                "releasedCount",
                                                "modifiedCount",
                                                "deliveriesDelayed1Sec",
                                                "deliveriesDelayed10Sec",
                                                "settleRate",
                                                "deliveriesStuck",
                                                "creditAvailable",
                                                "zeroCreditSeconds",
                                                "adminStatus",
                                                "operStatus",
                                                "linkName"};
    return names;
}

/// All links are asked for the same attributes, so a router that lacks one answers null.
bool known(const std::vector<Entity>& links, std::string_view attribute) {
    return std::ranges::any_of(links, [attribute](const Entity& link) {
        const auto found = link.find(attribute);
        return found != link.end() && !found->is_null();
    });
}

Column address_part(std::string head, std::string AddressKey::*part) {
    return {std::move(head), [part](const Entity& link) {
                return decode_address_key(text_of(link, "owningAddr")).*part;
            }};
}

std::string delayed(const Entity& link) {
    return std::to_string(number_of(link, "deliveriesDelayed1Sec") +
                          number_of(link, "deliveriesDelayed10Sec"));
}

std::string blocked(const Entity& link) {
    const std::int64_t seconds = number_of(link, "zeroCreditSeconds");
    return seconds > 0 ? hours_time(seconds) : "-";
}

std::vector<Column> link_columns(const std::vector<Entity>& links, bool verbose) {
    std::vector<Column> columns{plain("type", "linkType"),
                                plain("dir", "linkDir"),
                                plain("conn id", "connectionId"),
                                plain("id", "identity"),
                                plain("peer", "peer"),
                                address_part("class", &AddressKey::kind),
                                address_part("addr", &AddressKey::address),
                                address_part("phs", &AddressKey::phase),
                                plain("cap", "capacity")};
    const auto add_known = [&](std::string head, const std::string& attribute) {
        if (known(links, attribute)) {
            columns.push_back(plain(std::move(head), attribute));
        }
    };
    add_known("pri", "priority");
    columns.insert(columns.end(),
                   {plain("undel", "undeliveredCount"), plain("unsett", "unsettledCount"),
                    plain("deliv", "deliveryCount"), plain("presett", "presettledCount")});
    add_known("psdrop", "droppedPresettledCount");
    columns.insert(columns.end(), {plain("acc", "acceptedCount"), plain("rej", "rejectedCount"),
                                   plain("rel", "releasedCount"), plain("mod", "modifiedCount")});
    if (known(links, "deliveriesDelayed1Sec")) {
        columns.push_back({"delay", delayed});
    }
    add_known("rate", "settleRate");
    add_known("stuck", "deliveriesStuck");
    add_known("cred", "creditAvailable");
    if (known(links, "zeroCreditSeconds")) {
        columns.push_back({"blkd", blocked});
    }
    if (verbose) {
        columns.insert(columns.end(), {plain("admin", "adminStatus"), plain("oper", "operStatus"),
                                       plain("name", "linkName")});
    }
    return columns;
}

}  // namespace

Report links_view(EntitySource& router, const ViewOptions& options) {
    Report report;
    report.entities = router.query("link", link_attributes(), options.limit);
    report.parts.emplace_back(make_table("Router Links", report.entities,
                                         link_columns(report.entities, options.verbose)));
    return report;
}

}  // namespace weft::tools

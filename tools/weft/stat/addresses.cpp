#include "tools/weft/management/address_key.hpp"
#include "tools/weft/stat/views.hpp"
#include "tools/weft/tables/numbers.hpp"

#include <algorithm>
#include <utility>

namespace weft::tools {
namespace {

Column count(std::string head, std::string attribute) {
    return {std::move(head), [attribute = std::move(attribute)](const Entity& address) {
                return is_set(address, attribute) ? with_commas(number_of(address, attribute))
                                                  : std::string{};
            }};
}

AddressKey key_of(const Entity& address) {
    const std::string key = text_of(address, "key");
    return decode_address_key(key.empty() ? text_of(address, "name") : key);
}

Column key_part(std::string head, std::string AddressKey::*part) {
    return {std::move(head), [part](const Entity& address) { return key_of(address).*part; }};
}

/// -1 says that the address sets no priority.
std::string priority(const Entity& address) {
    const std::string text = text_of(address, "priority");
    return text == "-1" ? "-" : text;
}

/// Who consumes here: of a link route the containers, else the subscribers.
std::string local(const Entity& address) {
    const bool link_route = key_of(address).kind.starts_with("link-");
    const char* attribute = link_route ? "containerCount" : "subscriberCount";
    return with_commas(number_of(address, attribute));
}

std::vector<Column> address_columns(const std::vector<Entity>& addresses, bool verbose) {
    std::vector<Column> columns{
        key_part("class", &AddressKey::kind), key_part("addr", &AddressKey::address),
        key_part("phs", &AddressKey::phase), plain("distrib", "distribution")};
    if (any_has(addresses, "priority")) {
        columns.push_back({"pri", priority});
    }
    if (verbose) {
        columns.push_back(count("in-proc", "inProcess"));
    }
    columns.insert(columns.end(), {{"local", local},
                                   count("remote", "remoteCount"),
                                   count("in", "deliveriesIngress"),
                                   count("out", "deliveriesEgress"),
                                   count("thru", "deliveriesTransit"),
                                   count("fallback", "deliveriesRedirectedToFallback")});
    if (verbose) {
        columns.push_back(count("to-proc", "deliveriesToContainer"));
        columns.push_back(count("from-proc", "deliveriesFromContainer"));
    }
    return columns;
}

}  // namespace

Report addresses_view(EntitySource& router, const ViewOptions& options) {
    Report report;
    report.entities = router.query("router.address", {}, options.limit);
    std::ranges::stable_sort(report.entities, {},
                             [](const Entity& address) { return key_of(address).address; });
    report.parts.emplace_back(make_table("Router Addresses", report.entities,
                                         address_columns(report.entities, options.verbose)));
    return report;
}

}  // namespace weft::tools

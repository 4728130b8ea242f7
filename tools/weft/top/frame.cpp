#include "tools/weft/top/frame.hpp"

#include "tools/weft/management/address_key.hpp"
#include "tools/weft/tables/numbers.hpp"
#include "tools/weft/tables/report.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <tuple>

namespace weft::tools {
namespace {

/// A link without credit for so long is worth a row.
constexpr std::int64_t kZeroCreditShown = 10;  // seconds

/// What a router showed before, if it is the same one still.
const Sample* earlier(const Sample& now, const std::vector<Sample>& before) {
    const auto found = std::ranges::find(before, now.router, &Sample::router);
    const bool same =
        found != before.end() && found->failure.empty() && found->seconds < now.seconds &&
        number_of(found->totals, "uptimeSeconds") <= number_of(now.totals, "uptimeSeconds");
    return same ? &*found : nullptr;
}

/// Seconds over which rates are taken.
double span_of(const Sample& now, const Sample* before) {
    const auto uptime = static_cast<double>(number_of(now.totals, "uptimeSeconds"));
    return before == nullptr ? std::max(uptime, 1.0) : now.seconds - before->seconds;
}

std::string rate_text(double rate) {
    return with_commas(std::llround(rate));
}

std::int64_t unsettled_of(const Sample& sample) {
    std::int64_t unsettled = 0;
    for (const Entity& link : sample.links) {
        unsettled += text_of(link, "linkDir") == "out" ? number_of(link, "unsettledCount") : 0;
    }
    return unsettled;
}

Table routers_table(const std::vector<Sample>& now, const std::vector<Sample>& before) {
    Table table{.title = "Routers",
                .heads = {"router", "uptime", "conns", "links", "in/s", "out/s", "thru/s",
                          "unsettled", "blocked"},
                .rows = {}};
    for (const Sample& sample : now) {
        if (!sample.failure.empty()) {
            table.rows.push_back({sample.router, sample.failure, "", "", "", "", "", "", ""});
            continue;
        }
        const Sample* last = earlier(sample, before);
        const auto rate = [&](const char* counter) {
            const std::int64_t base = last == nullptr ? 0 : number_of(last->totals, counter);
            const auto count = static_cast<double>(number_of(sample.totals, counter) - base);
            return rate_text(count / span_of(sample, last));
        };
        table.rows.push_back({sample.router, days_time(number_of(sample.totals, "uptimeSeconds")),
                              with_commas(number_of(sample.totals, "connectionCount")),
                              with_commas(number_of(sample.totals, "linkCount")),
                              rate("deliveriesIngress"), rate("deliveriesEgress"),
                              rate("deliveriesTransit"), with_commas(unsettled_of(sample)),
                              with_commas(number_of(sample.totals, "blockedLinkCount"))});
    }
    return table;
}

/// One address, over all routers.
struct Traffic {
    double in = 0;  // a second
    double out = 0;
    std::int64_t receivers = 0;
    std::int64_t delivered = 0;
};

std::map<std::string, Traffic> traffic_of(const std::vector<Sample>& now,
                                          const std::vector<Sample>& before) {
    std::map<std::string, Traffic> all;
    for (const Sample& sample : now) {
        const Sample* last = earlier(sample, before);
        const double span = span_of(sample, last);
        std::map<std::string, const Entity*> known;
        if (last != nullptr) {
            for (const Entity& address : last->addresses) {
                known[text_of(address, "name")] = &address;
            }
        }
        for (const Entity& address : sample.addresses) {
            const std::string key = text_of(address, "name");
            const auto base = known.find(key);
            const auto grown = [&](const char* counter) {
                const std::int64_t at = base == known.end() ? 0 : number_of(*base->second, counter);
                return static_cast<double>(
                    std::max<std::int64_t>(number_of(address, counter) - at, 0));
            };
            Traffic& traffic = all[key];
            traffic.in += grown("deliveriesIngress") / span;
            traffic.out += grown("deliveriesEgress") / span;
            traffic.receivers += number_of(address, "subscriberCount");
            traffic.delivered += number_of(address, "deliveriesEgress");
        }
    }
    return all;
}

Table addresses_table(const std::vector<Sample>& now, const std::vector<Sample>& before) {
    using Entry = std::pair<std::string, Traffic>;
    std::vector<Entry> busy;
    for (auto& [key, traffic] : traffic_of(now, before)) {
        if (is_of_users(decode_address_key(key))) {
            busy.emplace_back(key, traffic);
        }
    }
    std::ranges::stable_sort(busy, std::greater{}, [](const Entry& entry) {
        return std::tuple(entry.second.in + entry.second.out, entry.second.delivered);
    });
    busy.resize(std::min(busy.size(), kTopRowsMax));
    Table table{.title = "Busiest addresses",
                .heads = {"address", "in/s", "out/s", "receivers", "delivered"},
                .rows = {}};
    for (const auto& [key, traffic] : busy) {
        table.rows.push_back({decode_address_key(key).address, rate_text(traffic.in),
                              rate_text(traffic.out), with_commas(traffic.receivers),
                              with_commas(traffic.delivered)});
    }
    return table;
}

/// Of a link between routers, which has no address, what it is.
std::string address_of(const Entity& link) {
    const std::string key = text_of(link, "owningAddr");
    return key.empty() ? "(" + text_of(link, "linkType") + ")" : decode_address_key(key).address;
}

struct SlowLink {
    std::string router;
    const Entity* link = nullptr;

    std::int64_t number(const char* attribute) const { return number_of(*link, attribute); }
    std::int64_t held() const { return number("unsettledCount") + number("undeliveredCount"); }
};

Table links_table(const std::vector<Sample>& now) {
    std::vector<SlowLink> slow;
    for (const Sample& sample : now) {
        for (const Entity& link : sample.links) {
            const SlowLink row{sample.router, &link};
            if (row.held() > 0 || row.number("zeroCreditSeconds") >= kZeroCreditShown) {
                slow.push_back(row);
            }
        }
    }
    std::ranges::stable_sort(slow, std::greater{}, [](const SlowLink& row) {
        return std::tuple(row.held(), row.number("zeroCreditSeconds"));
    });
    slow.resize(std::min(slow.size(), kTopRowsMax));
    Table table{.title = "Slowest links",
                .heads = {"router", "link", "conn", "dir", "address", "unsettled", "undelivered",
                          "no credit", "settled/s", "why"},
                .rows = {}};
    for (const SlowLink& row : slow) {
        table.rows.push_back(
            {row.router, text_of(*row.link, "identity"), text_of(*row.link, "connectionId"),
             text_of(*row.link, "linkDir"), address_of(*row.link),
             with_commas(row.number("unsettledCount")), with_commas(row.number("undeliveredCount")),
             with_commas(row.number("zeroCreditSeconds")) + " s",
             with_commas(row.number("settleRate")), text_of(*row.link, "blockedReason")});
    }
    return table;
}

}  // namespace

std::vector<Table> top_frame(const std::vector<Sample>& now, const std::vector<Sample>& before) {
    return {routers_table(now, before), addresses_table(now, before), links_table(now)};
}

}  // namespace weft::tools

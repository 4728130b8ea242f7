#include "router/node/entity_links.hpp"

#include "router/node/amqp_connection.hpp"
#include "router/node/entity_rows.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>

namespace weft::router {
namespace {

using mgmt::Attributes;
using mgmt::Key;
using mgmt::Row;

/// Of messages whose address has none; AMQP's default.
constexpr std::int64_t kPriorityDefault = 4;

std::string name_of(const Link& link) {
    return std::string{AmqpConnection::link_of(link).name()};
}

void add_counters(const Link& link, Attributes& row) {
    const DeliveryCounters& counters = link.counters;
    row.set("deliveryCount", counters.deliveries);
    row.set("presettledCount", counters.presettled);
    row.set("droppedPresettledCount", counters.dropped_presettled);
    row.set("acceptedCount", counters.accepted);
    row.set("rejectedCount", counters.rejected);
    row.set("releasedCount", counters.released);
    row.set("modifiedCount", counters.modified);
    row.set("deliveriesDelayed1Sec", counters.delayed_1s);
    row.set("deliveriesDelayed10Sec", counters.delayed_10s);
    row.set("deliveriesStuck", link.stuck);
    const auto settled =
        std::accumulate(link.settled_in.begin(), link.settled_in.end(), std::uint64_t{0});
    row.set("settleRate", settled / link.settled_in.size());
}

/// What is under way on the link now.
void add_state(const Link& link, std::uint32_t tenths, Attributes& row) {
    const bool out = link.direction == Direction::out;
    const auto undelivered =
        out ? static_cast<std::uint32_t>(std::distance(link.queue.begin(), link.queue.end()))
            : link.undelivered;
    const std::uint32_t all = out ? link.outlet.outstanding : link.outstanding;
    row.set("undeliveredCount", undelivered);
    row.set("unsettledCount", all - std::min(all, undelivered));
    row.set("creditAvailable",
            out ? link.outlet.credit : AmqpConnection::link_of(link).credit());
    const std::uint32_t since = link.zero_credit_since;
    row.set("zeroCreditSeconds", since == 0 ? 0 : (tenths - since) / 10);
}

Row address_row(const Address& address) {
    const auto in_process = static_cast<std::uint64_t>(
        std::ranges::count_if(address.outlets, [](const Outlet* each) { return each->in_process; }));
    std::uint64_t under_way = 0;
    for (const Outlet* outlet : address.outlets) {
        under_way += outlet->outstanding;
    }
    const std::uint64_t none = 0;
    return {.identity = address.key.text,
            .name = {},
            .attributes = {{"distribution", router::name_of(address.treatment.distribution)},
                           {"inProcess", in_process},
                           {"subscriberCount", address.consumers.size() - in_process},
                           {"remoteCount", none},
                           {"containerCount", none},
                           {"deliveriesIngress", address.ingress},
                           {"deliveriesEgress", address.egress},
                           {"deliveriesTransit", none},
                           {"deliveriesToContainer", address.to_process},
                           {"deliveriesFromContainer", address.from_process},
                           {"deliveriesIngressRouteContainer", none},
                           {"deliveriesEgressRouteContainer", none},
                           {"deliveriesRedirectedToFallback", none},
                           {"key", address.key.text},
                           {"remoteHostRouters", wire::List{}},
                           {"trackedDeliveries", under_way},
                           {"priority", std::int64_t{address.treatment.priority}}}};
}

}  // namespace

void LinkSource::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    show_page(core_.client_links(), offset, count, visit,
              [this](const Link* link) { return row(*link); });
}

std::optional<Row> LinkSource::find(Key key, std::string_view value) const {
    const std::uint64_t id = key == Key::identity ? number_of(value) : 0;
    for (const Link* link : core_.client_links()) {
        if (key == Key::identity ? link->id == id : name_of(*link) == value) {
            return row(*link);
        }
    }
    return std::nullopt;
}

Row LinkSource::row(const Link& link) const {
    const std::string name = name_of(link);
    const std::int8_t priority = link.address == nullptr ? -1 : link.address->treatment.priority;
    Row row{.identity = std::to_string(link.id),
            .name = name,
            .attributes = {{"adminStatus", "enabled"},
                           {"operStatus", "up"},
                           {"linkName", name},
                           {"linkType", "endpoint"},
                           {"linkDir", link.direction == Direction::out ? "out" : "in"},
                           {"capacity", link.capacity},
                           {"priority", priority < 0 ? kPriorityDefault : priority},
                           {"connectionId", std::to_string(link.connection.id)}}};
    if (link.address != nullptr) {
        row.attributes.set("owningAddr", link.address->key.text);
    }
    add_state(link, core_.tenths(), row.attributes);
    add_counters(link, row.attributes);
    if (const Blocked blocked = core_.blocked(link); blocked != Blocked::no) {
        row.attributes.set("blockedReason", to_string(blocked));
    }
    return row;
}

void AddressSource::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    show_page(core_.addresses().all(), offset, count, visit,
              [](const Address* address) { return address_row(*address); });
}

std::optional<Row> AddressSource::find(Key, std::string_view value) const {
    const Address* address = core_.addresses().find(value);
    return address == nullptr ? std::nullopt : std::optional{address_row(*address)};
}

}  // namespace weft::router

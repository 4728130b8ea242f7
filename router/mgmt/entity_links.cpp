#include "router/mgmt/entity_links.hpp"

#include "router/mgmt/entity_rows.hpp"
#include "router/node/linkroute/routed_end.hpp"
#include "router/node/mesh.hpp"
#include "router/node/neighbour.hpp"
#include "router/node/shards.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <string>
#include <utility>

namespace weft::router_mgmt {
namespace {

using mgmt::Attributes;
using mgmt::FindBy;
using mgmt::Row;

/// Of messages whose address has none; AMQP's default.
constexpr std::int64_t kPriorityDefault = 4;
/// Of the links for control messages, which go before all others.
constexpr std::int64_t kPriorityMax = router::kPriorities - 1;

/// Its peer is there to be asked: else it has no name and no credit, and is not listed much longer.
const amqp::Link* peers_link(const router::Link& link) {
    return link.is_deserted() ? nullptr : &node::PeerConnection::link_of(link);
}

std::string_view name_of(const router::Link& link) {
    const amqp::Link* const known = peers_link(link);
    return known == nullptr ? std::string_view{} : known->name();
}

void add_counters(const router::Link& link, Attributes& row) {
    const router::DeliveryCounters& counters = link.counters;
    row.set("deliveryCount", counters.deliveries);
    row.set("presettledCount", counters.presettled);
    row.set("droppedPresettledCount", counters.dropped_presettled);
    row.set("acceptedCount", counters.accepted);
    row.set("rejectedCount", counters.rejected);
    row.set("releasedCount", counters.released);
    row.set("modifiedCount", counters.modified);
    row.set("deliveriesDelayed1Sec", counters.delayed_1s);
    row.set("deliveriesDelayed10Sec", counters.delayed_10s);
    row.set("deliveriesStuck", link.stuck + router::awaited_by(link).stuck);
    const auto settled =
        std::accumulate(link.settled_in.begin(), link.settled_in.end(), std::uint64_t{0});
    row.set("settleRate", settled / link.settled_in.size());
}

/// What is under way on the link now. A delivery that waits is undelivered at the consumer whose
/// turn is next, and unsettled at its producer.
void add_state(const router::Link& link, std::uint32_t tenths, Attributes& row) {
    const bool out = link.direction == router::Direction::out;
    const std::uint32_t queued = link.queued;
    const std::uint32_t all = out ? link.outlet.outstanding : link.account.outstanding();
    row.set("undeliveredCount", queued + router::awaited_by(link).deliveries);
    row.set("unsettledCount", all - std::min(all, queued));
    const amqp::Link* const known = peers_link(link);
    const std::uint32_t granted = known == nullptr ? 0 : known->credit();
    row.set("creditAvailable", out ? link.outlet.credit : granted);
    const std::uint32_t since = link.zero_credit_since;
    row.set("zeroCreditSeconds", since == 0 ? 0 : (tenths - since) / 10);
}

/// That of a link between routers is fixed; a client's has that of its address.
std::int64_t priority_of(const router::Link& link) {
    if (link.connection.traits.from_router) {
        return link.priority;
    }
    const int priority = link.address == nullptr ? -1 : link.address->treatment.priority;
    return priority < 0 ? kPriorityDefault : priority;
}

std::string_view type_of(const router::Link& link) {
    const bool is_downlink = link.connection.traits.is_edge && link.address != nullptr &&
                             link.direction == router::Direction::out &&
                             link.address->key.address_class() == 'H';
    return link.connection.traits.from_router ? "inter-router"
           : is_downlink                      ? "edge-downlink"
                                              : "endpoint";
}

Row link_row(node::Shard& shard, const router::Link& link) {
    const router::Core& core = shard.core();
    const bool neighbour = link.connection.traits.from_router;
    const std::string name{name_of(link)};
    Row row{.identity = std::to_string(link.id),
            .name = name,
            .attributes = {{"adminStatus", "enabled"},
                           {"operStatus", "up"},
                           {"linkName", name},
                           {"linkType", type_of(link)},
                           {"linkDir", link.direction == router::Direction::out ? "out" : "in"},
                           {"capacity", link.account.capacity()},
                           {"priority", priority_of(link)},
                           {"connectionId", std::to_string(link.connection.id)}}};
    if (link.address != nullptr) {
        row.attributes.set("owningAddr", link.address->key.text);
    }
    if (neighbour) {
        row.attributes.set("carries", link.streams ? "stream" : "data");
    }
    add_state(link, core.tenths(), row.attributes);
    add_counters(link, row.attributes);
    if (const router::Blocked why = router::blocked(link); why != router::Blocked::no) {
        row.attributes.set("blockedReason", to_string(why));
    }
    return row;
}

/// The engine's alone: the core knows none of them, so they have names of their own.
Row control_row(const node::Neighbour& neighbour, const node::ControlLink& control) {
    const amqp::Link& link = *control.link;
    const std::string_view direction = link.is_receiver() ? "in" : "out";
    const std::string connection = std::to_string(neighbour.in_core().id);
    const std::string name{link.name()};
    Row row{.identity = "control-" + connection + "-" + std::string{direction},
            .name = name,
            .attributes = {{"adminStatus", "enabled"},
                           {"operStatus", "up"},
                           {"linkName", name},
                           {"linkType", "router-control"},
                           {"linkDir", direction},
                           {"capacity", node::ControlChannel::kCredit},
                           {"priority", kPriorityMax},
                           {"connectionId", connection},
                           {"carries", "control"},
                           {"undeliveredCount", control.undelivered},
                           {"unsettledCount", std::uint64_t{0}},
                           {"deliveryCount", control.messages},
                           {"presettledCount", control.messages},
                           {"creditAvailable", link.credit()}}};
    for (const std::string_view none :
         {"droppedPresettledCount", "acceptedCount", "rejectedCount", "releasedCount",
          "modifiedCount", "deliveriesDelayed1Sec", "deliveriesDelayed10Sec", "deliveriesStuck",
          "zeroCreditSeconds", "settleRate"}) {
        row.attributes.set(none, std::uint64_t{0});
    }
    if (!link.is_receiver()) {
        row.attributes.set("owningAddr", "Lqdhello");
    }
    return row;
}

/// One end of a linked pair: passed on whole, so nothing waits and no credit is ours.
Row routed_row(node::Shard& shard, const node::RoutedEnd& end) {
    const amqp::Link* const link = end.link();
    const std::string name{link == nullptr ? std::string_view{} : link->name()};
    const linkroute::PairEnd& machine = end.machine();
    const auto key = router::parse_address(end.facts().address, shard.core().router_id());
    Row row{.identity = std::to_string(end.facts().id),
            .name = name,
            .attributes = {{"adminStatus", "enabled"},
                           {"operStatus", node::RoutedEnd::is_up(machine.life()) ? "up" : "down"},
                           {"linkName", name},
                           {"linkType", "endpoint"},
                           {"linkDir", end.receives() ? "in" : "out"},
                           {"owningAddr", key.text},
                           {"peer", std::to_string(end.facts().peer)},
                           {"capacity", std::uint64_t{0}},
                           {"priority", kPriorityDefault},
                           {"connectionId", std::to_string(end.connection())},
                           {"carries", "routed"},
                           {"undeliveredCount", machine.waiting().frames()},
                           {"unsettledCount", machine.unsettled()},
                           {"deliveryCount", machine.deliveries()},
                           {"creditAvailable", link == nullptr ? 0U : link->credit()}}};
    const node::RoutedFates& fates = end.fates();
    row.attributes.set("presettledCount", fates[linkroute::Fate::presettled]);
    row.attributes.set("acceptedCount", fates[linkroute::Fate::accepted]);
    row.attributes.set("rejectedCount", fates[linkroute::Fate::rejected]);
    row.attributes.set("releasedCount", fates[linkroute::Fate::released]);
    row.attributes.set("modifiedCount", fates[linkroute::Fate::modified]);
    for (const std::string_view none :
         {"droppedPresettledCount", "deliveriesDelayed1Sec", "deliveriesDelayed10Sec",
          "deliveriesStuck", "zeroCreditSeconds", "settleRate"}) {
        row.attributes.set(none, std::uint64_t{0});
    }
    return row;
}

const std::vector<node::RoutedEnd*>& routed_ends(node::Shard& shard) {
    return shard.routed_attaches().list().ends();
}

std::vector<Row> control_rows(node::Shard& shard) {
    std::vector<Row> rows;
    if (const node::Mesh* mesh = shard.mesh()) {
        for (const auto& [number, neighbour] : mesh->neighbours()) {
            for (const node::ControlLink& control : neighbour->control_links()) {
                rows.push_back(control_row(*neighbour, control));
            }
        }
    }
    return rows;
}

/// Those of the core's, those that are passed on, then the few for control messages.
const ShardedList kLinks{
    .name = "links",
    .size =
        [](node::Shard& shard) {
            return shard.core().links().peer_links().size() + routed_ends(shard).size() +
                   control_rows(shard).size();
        },
    .append =
        [](node::Shard& shard, std::size_t offset, std::size_t count, std::vector<Row>& rows) {
            const auto& links = shard.core().links().peer_links();
            const std::size_t end = offset + count;
            for (std::size_t i = offset; i < std::min(end, links.size()); ++i) {
                rows.push_back(link_row(shard, *links[i]));
            }
            const auto& routed = routed_ends(shard);
            const std::size_t before_control = links.size() + routed.size();
            for (std::size_t i = std::max(offset, links.size()); i < std::min(end, before_control);
                 ++i) {
                rows.push_back(routed_row(shard, *routed[i - links.size()]));
            }
            if (end > before_control) {
                const std::vector<Row> control = control_rows(shard);
                for (std::size_t i = std::max(offset, before_control); i < end; ++i) {
                    rows.push_back(control[i - before_control]);
                }
            }
        }};

/// Finds the first link that is `wanted`, by its id or its name.
Finds finds(std::function<bool(std::uint64_t id, std::string_view name)> wanted) {
    return
        [wanted = std::move(wanted)](node::Shard& shard, std::size_t& at, std::optional<Row>& row) {
            const auto& links = shard.core().links().peer_links();
            const auto& routed = routed_ends(shard);
            const std::size_t all = links.size() + routed.size();
            for (std::size_t left = kSearchedAtOnce; at < all && left > 0; ++at, --left) {
                if (at < links.size()) {
                    if (wanted(links[at]->id, name_of(*links[at]))) {
                        row = link_row(shard, *links[at]);
                        return true;
                    }
                    continue;
                }
                const node::RoutedEnd& end = *routed[at - links.size()];
                const amqp::Link* const link = end.link();
                if (wanted(end.facts().id, link == nullptr ? std::string_view{} : link->name())) {
                    row = routed_row(shard, end);
                    return true;
                }
            }
            return at >= all;
        };
}

std::optional<Row> find_control(node::Shard& home, FindBy by, std::string_view value) {
    const std::vector<Row> rows = control_rows(home);
    const auto at =
        std::ranges::find(rows, value, by == FindBy::name ? &Row::name : &Row::identity);
    return at == rows.end() ? std::nullopt : std::optional{*at};
}

}  // namespace

std::size_t LinkSource::size() const {
    return size_of(survey_, kLinks);
}

void LinkSource::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    show_page(survey_, kLinks, offset, count, visit);
}

std::optional<Row> LinkSource::find(FindBy by, std::string_view value) const {
    std::optional<Row> row;
    if (by == FindBy::name) {
        const Finds called =
            finds([wanted = std::string{value}](std::uint64_t, std::string_view name) {
                return name == wanted;
            });
        for (std::size_t i = 0; i < survey_.size(); ++i) {
            auto found = find_on(survey_, i, "link called " + std::string{value}, called);
            row = row ? std::move(row) : std::move(found);
        }
    } else {
        row = find_numbered(survey_, "link", value, [](std::uint64_t id) {
            return finds([id](std::uint64_t each, std::string_view) { return each == id; });
        });
    }
    return row ? row : find_control(survey_.home(), by, value);
}

}  // namespace weft::router_mgmt

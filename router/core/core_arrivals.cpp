#include "common/wire/sections.hpp"
#include "router/core/core.hpp"
#include "router/core/outcome.hpp"

#include <algorithm>
#include <utility>

/// Deliveries that come in: where they go is decided with their first bytes.
namespace weft::router {
namespace {

/// Quick: true if `start`, the first bytes of a message, shows that no annotations follow. Most
/// messages begin with the header or the properties.
bool certainly_plain(Bytes start) {
    while (start.size() > 4 && start[0] == 0 && start[1] == 0x53) {
        if (start[2] >= static_cast<std::uint8_t>(wire::Section::properties)) {
            return true;
        }
        const bool header = start[2] == static_cast<std::uint8_t>(wire::Section::header);
        const bool empty = start[3] == static_cast<std::uint8_t>(wire::Code::list0);
        const bool small = start[3] == static_cast<std::uint8_t>(wire::Code::list8);
        const std::size_t size = empty ? 4 : small ? std::size_t{5} + start[4] : start.size();
        if (!header || size >= start.size()) {
            return false;
        }
        start = start.subspan(size);
    }
    return false;
}

}  // namespace

void Core::on_transfer(Link& link, const Arrival& arrival, std::uint64_t& context) {
    if (arrival.first) {
        start(link, arrival, context);
    } else if (link.current != nullptr) {
        proceed(link, *link.current, arrival, context);
    }
}

void Core::start(Link& link, const Arrival& arrival, std::uint64_t& context) {
    ++link.counters.deliveries;
    if (arrival.settled && !arrival.aborted) {
        ++link.counters.presettled;
        counters_.presettled += link.connection.is_relay() ? 0U : 1U;
    }
    link.connection.last_delivery = tenths_;
    if (link.connection.is_client()) {
        ++counters_.ingress;
    }
    if (arrival.aborted) {
        refuse(link, arrival, nullptr, DropReason::aborted, {});
        return;
    }
    if (pool_.held_bytes() >= options_.held_bytes_max || pool_.in_use() >= options_.deliveries_max)
        [[unlikely]] {
        refuse(link, arrival, nullptr, DropReason::router_full, kReleased);
        return;
    }
    const bool plain = certainly_plain(arrival.payload) && link.target.empty();
    const bool may_stream = arrival.more && link.address != nullptr && link.address->routable;
    if (link.address != nullptr && plain && !may_stream && !arrival.provenance.annotated)
        [[likely]] {
        route(link, link.address, arrival, nullptr, context);
    } else {
        find_head(link, arrival, nullptr, context);
    }
}

void Core::route(
    Link& link, Address* address, const Arrival& arrival, Delivery* known, std::uint64_t& context) {
    const bool relayed = link.connection.is_relay();
    if (address == nullptr || !(relayed ? address->reachable_here() : address->reachable())) {
        refuse(link, arrival, known, DropReason::no_consumer, kReleased);
        return;
    }
    if (link.connection.is_client()) {
        ++address->ingress;
    } else if (link.connection.in_process()) {
        ++address->from_process;
    }
    if (is_multicast(address)) {
        if (is_detour(link, arrival.provenance.origin)) {
            refuse(link, arrival, known, DropReason::duplicate, kReleased);
            return;
        }
        multicast(link, *address, arrival, known, context);
    } else {
        anycast(link, *address, arrival, known, context);
    }
}

/// Originals send multicasts along every path. One copy comes by the way that all routers take for
/// the origin; the others are duplicates.
bool Core::is_detour(const Link& link, RouterIndex origin) {
    const Trunk* trunk = link.connection.trunk;
    return trunk != nullptr && !trunk->weft && topology_ != nullptr &&
           !topology_->leads_here(origin, *trunk);
}

/// The Delivery of an arrival, in hand; made here, unless its head had to be waited for.
Delivery& Core::delivery_for(Link& link,
                             const Arrival& arrival,
                             Delivery* known,
                             std::uint64_t& context) {
    if (known != nullptr) {
        known->in_hand = true;
        return *known;
    }
    Delivery& delivery = *pool_.make();
    delivery.in = link.self;
    delivery.in_id = arrival.id;
    delivery.message_format = arrival.message_format;
    delivery.arrived = tenths_;
    delivery.number = next_number_++;
    delivery.settled = arrival.settled;
    delivery.whole = !arrival.more;
    delivery.received = arrival.payload.size();
    delivery.provenance = arrival.provenance;
    delivery.in_hand = true;
    if (link.connection.is_neighbour() && !link.streams) {
        delivery.credited = true;  // its producer's capacity bounds it, at its own router
        delivery.charged = false;
        delivery.undelivered = false;
    } else {
        ++link.outstanding;
        ++link.undelivered;
    }
    link.current = arrival.more ? &delivery : nullptr;
    context = reinterpret_cast<std::uint64_t>(&delivery);
    return delivery;
}

void Core::anycast(
    Link& link, Address& address, const Arrival& arrival, Delivery* known, std::uint64_t& context) {
    // Nobody asks again about a presettled message: if it goes out whole, it needs no Delivery.
    const bool light =
        known == nullptr && arrival.settled && !arrival.more && !arrival.provenance.annotated;
    const bool relayed = link.connection.is_relay();
    BranchList& waiting = relayed ? address.relayed : address.waiting;
    Delivery* delivery = known;
    const bool in_turn = waiting.empty() || overtakes_nothing(link, address, known);
    bool gone = false;
    while (in_turn && !gone) {
        const Way way = choose(address, relayed, arrival.provenance.origin);
        if (way.route != nullptr) {
            delivery = &delivery_for(link, arrival, delivery, context);
            send_over(delivery->branch, *way.route, arrival);
            gone = true;
            break;
        }
        if (way.link == nullptr) {
            break;
        }
        Link& out = *way.link;
        if (!light || out.annotates) {
            delivery = &delivery_for(link, arrival, delivery, context);
            gone = launch(delivery->branch, out, arrival);
            continue;
        }
        const Sent sent = send_settled(out, arrival);
        if (sent.complete) [[likely]] {
            offer_credit(link);
            return;
        }
        if (sent.started) {
            delivery = &delivery_for(link, arrival, nullptr, context);
            adopt(delivery->branch, out, sent);
            gone = true;
        }
    }
    if (!gone && !may_wait(address, relayed)) {
        refuse(link, arrival, delivery, DropReason::no_path, kReleased);
        return;
    }
    delivery = &delivery_for(link, arrival, delivery, context);
    if (!gone) {
        open_branch(delivery->branch, /*holds=*/true);
        wait(waiting, delivery->branch, priority_of(address, arrival));
    }
    keep_rest(*delivery, arrival.payload);
    let_out_of_hand(*delivery);
    offer_credit(link);
}

/// True if a message may take a way to another router although others wait for consumers here: none
/// of them is of the same producer. Those of neighbours that wait are of origins that have no way.
bool Core::overtakes_nothing(const Link& link, const Address& address, const Delivery* known) {
    return address.routable &&
           (link.connection.is_neighbour() || link.undelivered == (known != nullptr ? 1U : 0U));
}

void Core::multicast(
    Link& link, Address& address, const Arrival& arrival, Delivery* known, std::uint64_t& context) {
    const bool light = known == nullptr && arrival.settled && !arrival.more;
    const bool presettled =
        known != nullptr ? known->presettled() : arrival.settled || arrival.provenance.presettled;
    Delivery* delivery = known;
    bool first = true;
    bool taken = false;
    const bool relayed = link.connection.is_relay();
    const auto next_branch = [&]() -> Branch& {
        delivery = &delivery_for(link, arrival, delivery, context);
        return std::exchange(first, false) ? delivery->branch : *pool_.make_branch(*delivery);
    };
    for (Link* out : address.consumers) {
        if (!out->active || (relayed && out->outlet.relay)) {
            continue;
        }
        const bool stalled = out->stalled && !ready(*out);
        const bool full = stalled && out->outlet.outstanding >= kStalledQueueMax;
        if (full || (stalled && address.treatment.slow_consumer == SlowConsumer::drop)) {
            count_drop(out, full ? DropReason::consumer_queue_full : DropReason::slow_consumer,
                       presettled);
            taken = true;
            continue;
        }
        const bool lighter = light && !out->annotates && !arrival.provenance.annotated;
        Sent sent;
        if (lighter && ready(*out)) {
            sent = send_settled(*out, arrival);
            if (sent.complete) {
                taken = true;
                continue;
            }
        }
        Branch& branch = next_branch();
        if (lighter || !ready(*out) || !launch(branch, *out, arrival)) {
            adopt(branch, *out, sent);
        }
    }
    for (Route* route : routes_for(address, arrival.provenance.origin)) {
        send_over(next_branch(), *route, arrival);
    }
    if (first && !taken) {
        refuse(link, arrival, known, DropReason::no_path, kReleased);
        return;
    }
    if (delivery != nullptr || !light) {
        delivery = &delivery_for(link, arrival, delivery, context);
        keep_rest(*delivery, arrival.payload);
        let_out_of_hand(*delivery);
    }
    offer_credit(link);
}

/// The end of what began with delivery_for: concludes it if all its branches are closed already.
void Core::let_out_of_hand(Delivery& delivery) {
    delivery.in_hand = false;
    if (delivery.unsent_branches == 0) {
        no_longer_undelivered(delivery);
    }
    if (delivery.open_branches == 0) {
        const Buffer outcome = std::move(delivery.outcome);
        conclude(delivery, outcome.empty() ? kReleased : Bytes(outcome));
    } else if (delivery.holding == 0) {
        hold_no_longer(delivery);
    }
}

/// A further frame of a delivery that is under way.
void Core::proceed(Link& link, Delivery& delivery, const Arrival& arrival, std::uint64_t& context) {
    if (arrival.aborted) {
        abandon(delivery, DropReason::aborted);
        offer_credit(link);
        return;
    }
    delivery.whole = !arrival.more;
    if (arrival.settled && !delivery.settled) {
        delivery.settled = true;
        ++link.counters.presettled;
        counters_.presettled += link.connection.is_relay() ? 0U : 1U;
    }
    delivery.received += arrival.payload.size();
    if (delivery.whole) {
        link.current = nullptr;
    }
    if (delivery.headless) {
        keep(delivery, arrival.payload);
        if (delivery.whole || delivery.received >= delivery.look_at) {
            find_head(link, arrival, &delivery, context);
        }
        return;
    }
    delivery.in_hand = true;
    const std::uint64_t before = delivery.received - arrival.payload.size();
    for (Branch* branch = &delivery.branch; branch != nullptr; branch = next_of(*branch)) {
        if (branch->open && branch->link != nullptr && branch->sent == before &&
            !branch->link->outlet.full && &branch->link->queue.front() == branch &&
            (branch->started || branch->link->outlet.credit > 0)) {
            Link& out = *branch->link;
            if (pass_on(*branch, out, arrival.payload, arrival.more).complete) {
                completed(*branch);
                resume(out);
            }
        }
        if (too_large_to_wait(*branch)) {
            give_up(*branch);
        }
    }
    keep_rest(delivery, arrival.payload);
    charge_if_large(link, delivery);
    let_out_of_hand(delivery);
}

/// A message that a neighbour sends on a link for many may not take all memory: from some size on
/// it holds that link back.
void Core::charge_if_large(const Link& link, Delivery& delivery) {
    const std::uint64_t kept =
        delivery.first_chunk != nullptr ? delivery.received - delivery.dropped : 0;
    if (link.connection.is_neighbour() && !delivery.charged && kept > kUnchargedMax) {
        delivery.charged = true;
        hold(delivery, static_cast<std::ptrdiff_t>(kept));
    }
}

/// Lets an arrival go that has no consumer, or may have none.
void Core::refuse(
    Link& link, const Arrival& arrival, Delivery* known, DropReason reason, Bytes outcome) {
    count_drop(
        &link, reason,
        known != nullptr ? known->presettled() : arrival.settled || arrival.provenance.presettled);
    if (known != nullptr) {
        known->headless = false;
        conclude(*known, outcome);
    } else if (!arrival.settled && !arrival.aborted) {
        count_outcome(link, outcome);
        link.connection.port.update(link, arrival.id, outcome, /*settled=*/true);
    }
    offer_credit(link);
}

/// The rest of a delivery will never come in: takes back what can be, aborts what has begun.
void Core::abandon(Delivery& delivery, DropReason reason) {
    count_drop(find(delivery.in), reason, delivery.settled);
    delivery.settled = true;  // nobody waits for an outcome any more
    delivery.headless = false;
    delivery.in_hand = true;
    for (Branch* branch = &delivery.branch; branch != nullptr; branch = next_of(*branch)) {
        if (!branch->open) {
            continue;
        }
        Link* out = branch->link;
        if (branch->started) {
            out->connection.port.abort(*out);
        }
        close(*branch, {});
        if (out != nullptr) {
            resume(*out);
        }
    }
    let_out_of_hand(delivery);
}

}  // namespace weft::router

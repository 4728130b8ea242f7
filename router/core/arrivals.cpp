#include "router/core/arrivals.hpp"

#include "common/wire/delivery_state.hpp"
#include "common/wire/sections.hpp"
#include "common/wire/value_head.hpp"
#include "router/core/edge_links.hpp"
#include "router/core/far_demands.hpp"
#include "router/core/measure.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace weft::router {
namespace {

/// Quick: true if `start`, the first bytes of a message, shows that no annotations follow. Most
/// messages begin with the header or the properties.
bool is_certainly_plain(Bytes start) {
    using wire::MessageSection;
    while (start.size() > 4 && wire::has_descriptor8(start)) {
        const auto section = static_cast<MessageSection>(start[2]);
        if (section >= MessageSection::properties) {
            return true;
        }
        const bool empty = start[3] == static_cast<std::uint8_t>(wire::Code::list0);
        const bool small = start[3] == static_cast<std::uint8_t>(wire::Code::list8);
        const std::size_t size = empty ? 4 : small ? std::size_t{5} + start[4] : start.size();
        if (section != MessageSection::header || size >= start.size()) {
            return false;
        }
        start = start.subspan(size);
    }
    return false;
}

/// Where it waits, if it does.
WaitingLine& line_for(const Incoming& in, Address& address, Scope scope) {
    return in.large == 0 ? waiting_in(address, scope) : address.limits->line(scope);
}

/// What is not whole and may take a way that others need, over routers or to another loop, is kept
/// until so much of it is there that it is a stream.
bool may_stream(const Incoming& in, Address* address) {
    if (!in.arrival.more || address == nullptr) {
        return false;
    }
    return address->routable ||
           (address->wildcards != nullptr && address->wildcards->lead_to_routers(*address)) ||
           (address->reachable_elsewhere() && !is_multicast(address) &&
            !in.link.connection.traits.is_loop);
}

/// What an edge router brought goes to another loop once, and does not come back to where its own
/// consumers are.
constexpr std::uint8_t kCrossesOnce = kCrossingsMax - 1;

/// What comes by such a link is marked, wherever it goes from here: it is.
bool is_marked(const Link& link, const Provenance& provenance) {
    return (provenance.from_fallback || !link.from_fallback) &&
           (provenance.crossings == kCrossesOnce || !link.connection.traits.is_edge);
}
void mark(const Link& link, Provenance& provenance) {
    provenance.from_fallback |= link.from_fallback;
    if (link.connection.traits.is_edge) {
        provenance.crossings = kCrossesOnce;
    }
}

}  // namespace

void Arrivals::on_transfer(Link& link, const Arrival& arrival, std::uint64_t& context) {
    if (arrival.state.size() > kStateBytesMax) [[unlikely]] {
        const Buffer bare = wire::bare(arrival.state);
        Arrival shorter = arrival;
        shorter.state = bare;
        on_transfer(link, shorter, context);
        return;
    }
    if (arrival.first && link.marks && !is_marked(link, arrival.provenance)) [[unlikely]] {
        Arrival marked = arrival;
        mark(link, marked.provenance);
        on_transfer(link, marked, context);
        return;
    }
    if (arrival.first) {
        Incoming in{link, arrival, context};
        start(in);
    } else if (link.current != nullptr) {
        proceed(link, *link.current, arrival, context);
    }
}

void Arrivals::start(Incoming& in) {
    const Arrival& arrival = in.arrival;
    parts_.tally.came(in.link, arrival);
    if (arrival.aborted) {
        intake_.refuse(in, DropReason::aborted, {});
        return;
    }
    in.may_wait = parts_.allowance.may_wait(in.link);
    Address* const address = arrival.sent_to.empty() ? in.link.address : address_elsewhere(in);
    const Admission* const admission = in.link.connection.admission;
    const bool judged = admission != nullptr && admission->judges_user_ids();
    const bool known = arrival.head != nullptr ||
                       (!arrival.provenance.annotated && is_certainly_plain(arrival.payload));
    if (address != nullptr && known && !judged && in.link.target == nullptr &&
        !may_stream(in, address)) [[likely]] {
        route(in, address);
    } else {
        find_head(in);
    }
}

/// A further frame of a delivery that is under way.
void Arrivals::proceed(Link& link,
                       Delivery& delivery,
                       const Arrival& arrival,
                       std::uint64_t& context) {
    if (arrival.aborted) {
        parts_.inflow.abandon(delivery, DropReason::aborted);
        parts_.accounts.offer(link);
        return;
    }
    delivery.whole = !arrival.more;
    if (arrival.settled && !delivery.settled) {
        delivery.settled = true;
        if (!delivery.provenance.presettled) {
            parts_.tally.presettled(link);
        }
    }
    if (!arrival.state.empty()) [[unlikely]] {
        parts_.settlement.pass_state(delivery, arrival.state);
    }
    delivery.received += arrival.payload.size();
    if (delivery.whole) {
        link.current = nullptr;
    }
    if (delivery.is_headless()) {
        Incoming in{link, arrival, context, &delivery};
        parts_.accounts.keep(delivery, arrival.payload);
        if (!parts_.allowance.may_wait(link)) {
            intake_.refuse(in, DropReason::router_full, wire::kReleased);
        } else if (delivery.whole || delivery.received >= delivery.look_at) {
            find_head(in);
        }
        return;
    }
    parts_.inflow.go_on(link, delivery, arrival);
}

/// Looks for what must be known of the sections before the body; waits for more of them if cut off.
void Arrivals::find_head(Incoming& in) {
    Delivery* const known = in.delivery;
    Buffer gathered;
    Arrival whole = in.arrival;
    if (known != nullptr) {
        gathered = parts_.pool.gather(*known);
        whole.payload = gathered;
        whole.provenance = known->provenance;
        whole.message_format = known->message_format;
    }
    Head head;
    Buffer rewritten;
    const Target target = parts_.heads.read(in.link, whole, head, rewritten);
    if (target.cut_off) {
        // A head that comes byte by byte is not read again for each of them.
        await_more(in, whole.payload.size() + whole.payload.size() / 8);
        return;
    }
    if (!target.outcome.empty()) {
        intake_.refuse(in, target.reason, target.outcome);
        return;
    }
    if (whole.payload.size() < kStreamFrom && may_stream(in, target.address)) {
        await_more(in, kStreamFrom);
        return;
    }
    if (known != nullptr) {
        known->life = Delivery::Life::under_way;
        intake_.number(*known);
        parts_.accounts.charge(*known,
                               -static_cast<std::ptrdiff_t>(parts_.pool.drop_chunks(*known)));
        known->received = whole.payload.size();
        known->dropped = 0;
        known->provenance = whole.provenance;
    }
    Incoming read{in.link, whole, in.context, known};
    read.may_wait = in.may_wait;
    const bool elsewhere =
        !whole.sent_to.empty() || (known != nullptr && known->sent_to != nullptr);
    Address* const address = elsewhere ? address_elsewhere(read) : target.address;
    if (known != nullptr) {
        known->sent_to.reset();  // it was of use to find the address
    }
    route(read, address);
}

/// What came in so far is kept until there are `look_at` bytes of it, or all.
void Arrivals::await_more(Incoming& in, std::uint64_t look_at) {
    const bool is_new = in.delivery == nullptr;
    if (is_new && !in.may_wait) {
        intake_.refuse(in, DropReason::router_full, wire::kReleased);
        return;
    }
    Delivery& headless = intake_.delivery_of(in);
    headless.life = Delivery::Life::headless;
    headless.look_at = look_at;
    if (is_new) {
        if (!in.arrival.sent_to.empty()) {
            headless.sent_to =
                std::make_shared<const SentTo>(SentTo{.name = std::string(in.arrival.sent_to)});
        }
        parts_.accounts.keep(headless, in.arrival.payload);
    }
}

/// What another loop has sent here for an address that it names, and for who subscribed to that
/// with wildcards: the way that it came by may be one of theirs.
Address* Arrivals::address_elsewhere(const Incoming& in) const {
    return &parts_.heads.address_of(in.arrival.sent_to.empty()
                                        ? std::string_view(in.delivery->sent_to->name)
                                        : in.arrival.sent_to);
}

/// True if somebody may get it.
[[gnu::always_inline]] inline bool Arrivals::reaches(Incoming& in, const Address& address) {
    if (in.narrow || in.link.connection.traits.is_loop) [[unlikely]] {
        return reaches_some(in, address);
    }
    return address.reachable();
}

/// Of what an edge router brought, or its uplink, not all consumers of the address get it.
[[gnu::noinline]] void Arrivals::narrow(Incoming& in, const Address& address) {
    in.own = own_consumers(in.link.connection, address);
    in.narrow = in.arrival.provenance.stays_down || !in.own.empty();
}

void Arrivals::route(Incoming& in, Address* address) {
    const bool is_of_edge = in.link.connection.edge != nullptr || in.arrival.provenance.stays_down;
    if (is_of_edge && address != nullptr) [[unlikely]] {
        narrow(in, *address);
    }
    if (address == nullptr || !reaches(in, *address)) [[unlikely]] {
        if (address == nullptr || !falls_back(in, *address)) {
            if (address != nullptr) {
                note_way(in, *address);
            }
            intake_.refuse(in, DropReason::no_consumer, wire::kReleased);
            return;
        }
        parts_.tally.redirected(*address);
        address = address->fallback;
        narrow(in, *address);
    }
    Tally::entered(in.link, *address);
    if (!is_multicast(address)) [[likely]] {
        anycast(in, *address);
    } else if (parts_.routes.is_detour(in.link, in.origin())) {
        intake_.refuse(in, DropReason::duplicate, wire::kReleased);
    } else {
        multicast_.give(in, *address);
    }
}

/// What another loop brought for consumers that are gone is let out to others.
bool Arrivals::reaches_some(Incoming& in, const Address& address) {
    if (in.arrival.provenance.stays_down && !is_reachable_below(address)) {
        return false;
    }
    if (!in.own.empty()) {
        return reaches_others(in.link.connection, address);
    }
    if (!in.link.connection.traits.is_loop || address.reachable_here() ||
        in.arrival.provenance.for_wildcards) {
        return address.reachable();
    }
    return address.reachable() && !is_multicast(&address) && may_return(intake_.delivery_of(in));
}

/// True if the fallback of its address gets it. The copies of a multicast that other loops have are
/// judged there.
bool Arrivals::falls_back(Incoming& in, const Address& address) {
    const bool is_copy = in.link.connection.traits.is_loop && is_multicast(&address);
    const bool falls = !in.own.empty() ? address.fallback != nullptr : address.falls_back();
    return !in.arrival.provenance.from_fallback && !is_copy && falls &&
           reaches(in, *address.fallback);
}

void Arrivals::anycast(Incoming& in, Address& address) {
    Scope scope = scope_of(in);
    if (address.limits != nullptr) [[unlikely]] {
        const std::uint64_t size = size_of(in.arrival);
        in.large = size > address.limits->least() ? size : 0;
        if (scope == Scope::here && in.large > address.most_taken(scope) &&
            may_return(intake_.delivery_of(in))) {
            scope = Scope::all;  // too large for all here
        }
    }
    const bool fits = in.large == 0 || in.large <= address.most_taken(scope);
    const bool in_turn = line_for(in, address, scope).empty() || !fits ||
                         overtakes_nothing(in, address) || is_free(in, address, scope);
    if (!in_turn ||
        !(pass_in_turn(in, address, scope) || leaves_for_another_loop(in, address, scope))) {
        if (!fits) {
            note_way(in, address);
            intake_.refuse(in, DropReason::too_large, rejected_for_size());
            return;
        }
        if (!in.may_wait || !may_be_taken(in, address, scope)) {
            note_way(in, address);
            intake_.refuse(in, in.may_wait ? DropReason::no_path : DropReason::router_full,
                           wire::kReleased);
            return;
        }
        Branch& branch = intake_.delivery_of(in).branch;
        open(branch, /*claims=*/true);
        WaitingLine& line = line_for(in, address, scope);
        parts_.pool.count_steps(line.push(branch, priority_of(address, in.arrival)));
    }
    if (address.loops == nullptr) [[likely]] {
        parts_.settlement.end_decision(in);
        return;
    }
    note_way(in, address);
    parts_.settlement.end_decision(in);
    parts_.accounts.offer_containers(address);
}

/// Those that count what goes over routers for containers hear which way a message took.
void Arrivals::note_way(const Incoming& in, const Address& address) {
    if (address.loops != nullptr && address.loops->counts_ways()) {
        const bool leaves = in.delivery != nullptr && in.delivery->branch.route != nullptr;
        FarDemands{parts_.accounts}.note_way(address, in, leaves);
    }
}

/// What another loop brought, and no consumer here can take now, goes on to one that says that
/// its consumers can. False: none does.
[[gnu::noinline]] bool Arrivals::leaves_for_another_loop(Incoming& in,
                                                         Address& address,
                                                         Scope scope) {
    if (scope == Scope::all || !address.reachable_elsewhere() ||
        !may_cross(in.arrival.provenance)) {
        return false;
    }
    intake_.delivery_of(in);  // it knows how often it went between loops
    return pass_in_turn(in, address, Scope::all);
}

/// Gives a message to a consumer or neighbour that can take it now. False: none can.
[[gnu::always_inline]] inline bool Arrivals::pass_in_turn(Incoming& in,
                                                          Address& address,
                                                          Scope scope) {
    bool held_up = false;
    const bool passed = pass(in, address, scope, held_up);
    if (held_up) {
        parts_.accounts.offer_loops(address);
    }
    return passed;
}

/// What containers here bring, and no other router wants, is for consumers here.
[[gnu::always_inline]] inline Routes::Way Arrivals::choose(const Incoming& in,
                                                           Address& address,
                                                           Scope scope) {
    const bool stays = address.routable && in.link.on_demand && keeps_here(address);
    const RouterIndex origin = stays ? kNoRouter : in.origin();
    if (in.large == 0 && !in.narrow) [[likely]] {
        return parts_.routes.choose(address, scope, origin);
    }
    return choose_otherwise(in, address, scope, origin);
}

/// Of a message that not all consumers get: for its size, or as it is of their own router.
Routes::Way Arrivals::choose_otherwise(const Incoming& in,
                                       Address& address,
                                       Scope scope,
                                       RouterIndex origin) {
    if (in.arrival.provenance.stays_down) {
        return parts_.routes.choose_below(in.large, address, scope);
    }
    const PassedOver own{address, in.own};
    return in.large == 0 ? parts_.routes.choose(address, scope, origin)
                         : parts_.routes.choose_for(in.large, address, scope, origin);
}

/// True if consumers may take it later.
bool Arrivals::may_be_taken(const Incoming& in, Address& address, Scope scope) {
    const PassedOver own{address, in.own};
    return has_consumers(address, scope, in.arrival.provenance);
}

/// True if an edge router's consumer can take it now, although others wait: all that does is of
/// that router.
bool Arrivals::is_free(const Incoming& in, Address& address, Scope scope) {
    if (address.edge == nullptr) [[likely]] {
        return false;
    }
    const Routes::Way way = choose(in, address, scope);
    return way.link != nullptr && way.link->connection.edge != nullptr &&
           parts_.outgoing.is_fed(*way.link);
}

/// `held_up`: consumers wait for their gate now, and were not tried.
[[gnu::always_inline]] inline bool Arrivals::pass(Incoming& in,
                                                  Address& address,
                                                  Scope scope,
                                                  bool& held_up) {
    const Arrival& arrival = in.arrival;
    // Nobody asks again about a presettled message: if it goes out whole, it needs no Delivery.
    const bool light =
        in.delivery == nullptr && arrival.settled && !arrival.more && !arrival.provenance.annotated;
    bool again = false;
    for (;;) {  // who takes nothing is full, and not chosen again
        const Routes::Way way = choose(in, address, scope);
        if (way.route != nullptr) {
            if (!in.may_wait && !Outgoing::takes_now(*way.route, arrival)) {
                return false;
            }
            parts_.outgoing.send_over(intake_.delivery_of(in).branch, *way.route, arrival);
            return true;
        }
        if (way.link == nullptr) {
            return false;
        }
        Link& out = *way.link;
        if (std::exchange(again, true) && out.gate->shut) {
            Outgoing::wait_for_gate(out);  // as the one before it
            held_up = true;
            continue;
        }
        if (!light || out.annotates || out.asks_bringer) {
            Branch& branch = intake_.delivery_of(in).branch;
            const bool beside = arrival.more && out.outlet.relay;
            if (beside && parts_.outgoing.send_beside(branch, out, arrival)) [[unlikely]] {
                return true;
            }
            if (parts_.outgoing.launch(branch, out, arrival)) [[likely]] {
                return true;
            }
            continue;
        }
        const Sent sent = parts_.outgoing.send_settled(out, arrival);
        if (sent.complete) [[likely]] {
            return true;
        }
        if (sent.started) {
            parts_.outgoing.adopt(intake_.delivery_of(in).branch, out, sent);
            return true;
        }
    }
}

/// True if a message may take a way to another router although others wait for consumers here: none
/// of them is of the same producer. What waits of another router's messages has no other way, once
/// all was looked at.
bool Arrivals::overtakes_nothing(const Incoming& in, const Address& address) {
    const std::uint32_t own = in.delivery != nullptr ? 1 : 0;
    return address.routable &&
           (in.link.connection.traits.credit_on_receipt && in.link.address == nullptr
                ? !address.is_looked_through()
                : in.link.account.undelivered() == own);
}

}  // namespace weft::router

#include "router/core/arrivals.hpp"

#include "common/wire/delivery_state.hpp"
#include "common/wire/sections.hpp"
#include "router/core/far_demands.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace weft::router {
namespace {

/// As the header says it: 0 … 255.
std::uint8_t priority_in(const Arrival& message) {
    if (message.head != nullptr) {
        return message.head->facts.priority;
    }
    if (message.is_opaque()) {
        return wire::kPriorityDefault;
    }
    return wire::scan(message.payload, /*complete=*/true, wire::Until::bare_message).priority;
}

/// 0 … kPriorities − 1. A header may say any number; those above are as urgent as the highest that
/// is told apart. Spec: AMQP 1.0 §3.2.1
std::uint8_t priority_of(const Address& address, const Arrival& message) {
    const std::int8_t fixed = address.treatment.priority;
    const std::uint8_t wanted =
        fixed >= 0 ? static_cast<std::uint8_t>(fixed) : priority_in(message);
    return std::min<std::uint8_t>(wanted, kPriorities - 1);
}

/// Bytes of what came in, as a consumer sees it.
std::uint64_t size_of(const Arrival& message) {
    return message.payload.size() - HeadWriter::routers_bytes(message);
}

bool is_presettled(const Incoming& in) {
    return in.delivery != nullptr ? in.delivery->presettled() : in.presettled();
}

/// Where it waits, if it does.
WaitingLine& line_for(const Incoming& in, Address& address, Scope scope) {
    return in.large == 0 ? waiting_in(address, scope) : address.limits->line(scope);
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
    if (arrival.first && link.from_fallback && !arrival.provenance.from_fallback) [[unlikely]] {
        Arrival marked = arrival;  // wherever it goes from here
        marked.provenance.from_fallback = true;
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
        refuse(in, DropReason::aborted, {});
        return;
    }
    in.may_wait = parts_.allowance.may_wait(in.link);
    Address* const address = in.link.address;
    const bool known = arrival.head != nullptr ||
                       (!arrival.provenance.annotated && certainly_plain(arrival.payload));
    const bool may_stream = arrival.more && address != nullptr && address->routable;
    if (address != nullptr && known && in.link.target == nullptr && !may_stream) [[likely]] {
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
        parts_.outgoing.keep(delivery, arrival.payload);
        if (!parts_.allowance.may_wait(link)) {
            refuse(in, DropReason::router_full, wire::kReleased);
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
        refuse(in, target.reason, target.outcome);
        return;
    }
    if (in.arrival.more && target.address != nullptr && target.address->routable &&
        whole.payload.size() < kStreamFrom) {
        await_more(in, kStreamFrom);
        return;
    }
    if (known != nullptr) {
        known->life = Delivery::Life::under_way;
        known->number = next_number_++;  // its turn among others begins with its head
        parts_.accounts.charge(*known,
                               -static_cast<std::ptrdiff_t>(parts_.pool.drop_chunks(*known)));
        known->received = whole.payload.size();
        known->dropped = 0;
        known->provenance = whole.provenance;
    }
    Incoming read{in.link, whole, in.context, known};
    read.may_wait = in.may_wait;
    route(read, target.address);
}

/// What came in so far is kept until there are `look_at` bytes of it, or all.
void Arrivals::await_more(Incoming& in, std::uint64_t look_at) {
    const bool is_new = in.delivery == nullptr;
    if (is_new && !in.may_wait) {
        refuse(in, DropReason::router_full, wire::kReleased);
        return;
    }
    Delivery& headless = delivery_of(in);
    headless.life = Delivery::Life::headless;
    headless.look_at = look_at;
    if (is_new) {
        parts_.outgoing.keep(headless, in.arrival.payload);
    }
}

void Arrivals::route(Incoming& in, Address* address) {
    if (address == nullptr || !reaches(in, *address)) [[unlikely]] {
        if (address == nullptr || !falls_back(in, *address)) {
            if (address != nullptr) {
                note_way(in, *address);
            }
            refuse(in, DropReason::no_consumer, wire::kReleased);
            return;
        }
        parts_.tally.redirected(*address);
        address = address->fallback;
    }
    Tally::entered(in.link, *address);
    if (!is_multicast(address)) [[likely]] {
        anycast(in, *address);
    } else if (parts_.routes.is_detour(in.link, in.origin())) {
        refuse(in, DropReason::duplicate, wire::kReleased);
    } else {
        multicast(in, *address);
    }
}

/// True if somebody may get it. What another loop brought for consumers that are gone is let out to
/// others.
bool Arrivals::reaches(Incoming& in, const Address& address) {
    if (!in.link.connection.traits.is_loop || address.reachable_here()) {
        return address.reachable();
    }
    return address.reachable() && !is_multicast(&address) && may_return(delivery_of(in));
}

/// True if the fallback of its address gets it. The copies of a multicast that other loops have are
/// judged there.
bool Arrivals::falls_back(Incoming& in, const Address& address) {
    const bool is_copy = in.link.connection.traits.is_loop && is_multicast(&address);
    return !in.arrival.provenance.from_fallback && !is_copy && address.falls_back() &&
           reaches(in, *address.fallback);
}

Scope Arrivals::scope_of(const Incoming& in) {
    if (in.delivery != nullptr) {
        return router::scope_of(*in.delivery);
    }
    return in.link.connection.traits.is_loop ? Scope::here : Scope::all;
}

void Arrivals::anycast(Incoming& in, Address& address) {
    Scope scope = scope_of(in);
    if (address.limits != nullptr) [[unlikely]] {
        const std::uint64_t size = size_of(in.arrival);
        in.large = size > address.limits->least() ? size : 0;
        if (scope == Scope::here && in.large > address.most_taken(scope) &&
            may_return(delivery_of(in))) {
            scope = Scope::all;  // too large for all here
        }
    }
    const bool fits = in.large == 0 || in.large <= address.most_taken(scope);
    const bool in_turn =
        line_for(in, address, scope).empty() || !fits || overtakes_nothing(in, address);
    if (!in_turn || !(pass_in_turn(in, address, scope) || passes_on(in, address, scope))) {
        if (!fits) {
            note_way(in, address);
            refuse(in, DropReason::too_large, Outgoing::too_large());
            return;
        }
        if (!in.may_wait || !has_consumers(address, scope)) {
            note_way(in, address);
            refuse(in, in.may_wait ? DropReason::no_path : DropReason::router_full,
                   wire::kReleased);
            return;
        }
        Branch& branch = delivery_of(in).branch;
        open(branch, /*claims=*/true);
        WaitingLine& line = line_for(in, address, scope);
        parts_.pool.count_steps(line.push(branch, priority_of(address, in.arrival)));
    }
    if (address.loops == nullptr) [[likely]] {
        end_decision(in);
        return;
    }
    note_way(in, address);
    end_decision(in);
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
[[gnu::noinline]] bool Arrivals::passes_on(Incoming& in, Address& address, Scope scope) {
    if (scope == Scope::all || !address.reachable_elsewhere() ||
        !may_cross(in.arrival.provenance)) {
        return false;
    }
    delivery_of(in);  // it knows how often it went between loops
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
    return in.large == 0 ? parts_.routes.choose(address, scope, origin)
                         : parts_.routes.choose_for(in.large, address, scope, origin);
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
            if (!in.may_wait && !goes_at_once(*way.route, arrival)) {
                return false;
            }
            send_over(delivery_of(in).branch, *way.route, arrival);
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
        if (!light || out.annotates) {
            if (parts_.outgoing.launch(delivery_of(in).branch, out, arrival)) [[likely]] {
                return true;
            }
            continue;
        }
        const Sent sent = parts_.outgoing.send_settled(out, arrival);
        if (sent.complete) [[likely]] {
            return true;
        }
        if (sent.started) {
            parts_.outgoing.adopt(delivery_of(in).branch, out, sent);
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
           (in.link.connection.traits.from_router ? !address.is_looked_through()
                                                  : in.link.account.undelivered() == own);
}

/// The end of the decision: the producer hears what it may send.
[[gnu::always_inline]] inline void Arrivals::end_decision(const Incoming& in) {
    if (in.delivery == nullptr) {
        parts_.accounts.offer(in.link);
    } else {
        end_with_delivery(in);
    }
}

/// The same; what is not passed on is kept.
void Arrivals::end_with_delivery(const Incoming& in) {
    // One more is under way and one less may come: that is no news for a producer. For another
    // loop it is, which is offered what consumers here can take.
    const bool news = !in.delivery->claims.credit || in.link.connection.traits.is_loop;
    parts_.outgoing.keep_rest(*in.delivery, in.arrival.payload);
    parts_.settlement.review(*in.delivery);
    if (news) {
        parts_.accounts.offer(in.link);
    }
}

void Arrivals::multicast(Incoming& in, Address& address) {
    if (parts_.spreading.is_due(address)) [[unlikely]] {
        spread(in, address);
        return;
    }
    const bool light = in.delivery == nullptr && in.arrival.settled && !in.arrival.more;
    const Scope scope = scope_of(in);
    bool taken = false;
    for (Link& out : address.consumers()) {
        if (out.is_active() && !(scope == Scope::here && out.outlet.relay)) {
            copy_to(in, address, out, light);
            taken = true;
        }
    }
    taken |= copy_to_routers(in, address);
    in.link.port().spend(in.link, address.outlets.size());
    if (!taken) {
        refuse(in, DropReason::no_path, wire::kReleased);
        return;
    }
    if (!light && in.delivery == nullptr) {
        delivery_of(in);  // it was dropped for all: its producer is told so
    }
    if (in.delivery != nullptr && in.delivery->open_branches == 0 && in.delivery->outcome.empty()) {
        if (in.oversized) {
            in.delivery->outcome = Outgoing::too_large();
        } else {
            in.delivery->outcome.assign(wire::kReleased.begin(), wire::kReleased.end());
        }
    }
    end_decision(in);
}

/// Gives a multicast message to the neighbours who get a copy. False: there is none.
bool Arrivals::copy_to_routers(Incoming& in, Address& address) {
    bool taken = false;
    for (Route* route : parts_.routes.reached_from(address, in.origin())) {
        if (in.may_wait || goes_at_once(*route, in.arrival)) {
            send_over(next_branch(in, nullptr), *route, in.arrival);
        } else {
            drop_copy(in, *route->trunk->for_priority(0), DropReason::router_full);
        }
        taken = true;
    }
    return taken;
}

/// A multicast message for so many that they get it in slices: its own branch stands for them.
void Arrivals::spread(Incoming& in, Address& address) {
    if (!in.may_wait) {
        refuse(in, DropReason::router_full, wire::kReleased);
        return;
    }
    Delivery& delivery = delivery_of(in);
    in.branched = true;
    copy_to_routers(in, address);
    parts_.spreading.begin(delivery, address);
    end_decision(in);
}

/// Gives a consumer its copy of a multicast message, or drops that. `light`: it needs no Delivery
/// where it goes out whole.
void Arrivals::copy_to(Incoming& in, const Address& address, Link& out, bool light) {
    const Arrival& arrival = in.arrival;
    if (out.outlet.limited() && !out.outlet.relay && size_of(arrival) > out.outlet.bytes_max) {
        in.oversized = true;
        drop_copy(in, out, DropReason::too_large);
        return;
    }
    const bool takes = ready(out);
    if (const auto reason =
            parts_.spreading.objection(out, address, takes, is_presettled(in), in.may_wait)) {
        drop_copy(in, out, *reason);
        return;
    }
    const bool as_it_is = light && !out.annotates && !arrival.provenance.annotated;
    Sent sent;
    if (as_it_is && takes) {
        sent = parts_.outgoing.send_settled(out, arrival);
        if (sent.complete) {
            return;
        }
    }
    Branch& branch = next_branch(in, out.connection.share.get());
    if (as_it_is || !takes || !parts_.outgoing.launch(branch, out, arrival)) {
        parts_.outgoing.adopt(branch, out, sent);
    }
}

void Arrivals::drop_copy(const Incoming& in, Link& out, DropReason reason) {
    parts_.tally.drop(&out, reason, is_presettled(in));
}

/// True if the next router takes a message now.
bool Arrivals::goes_at_once(const Route& route, const Arrival& message) {
    return ready(*route.trunk->for_priority(priority_of(*route.address, message)));
}

/// The branch for the next copy, which `payer` pays for: null for a neighbour's.
Branch& Arrivals::next_branch(Incoming& in, Share* payer) {
    Delivery& delivery = delivery_of(in);
    if (!std::exchange(in.branched, true)) {
        return delivery.branch;
    }
    delivery.copied = true;
    return parts_.pool.make_copy(delivery, payer);
}

/// Gives a branch to a neighbour: at once if its link is free, after what it has already if not.
void Arrivals::send_over(Branch& branch, Route& route, const Arrival& arrival) {
    if (arrival.head == nullptr && !arrival.is_opaque()) {
        // It is asked for its priority, and by who writes a head for the next router.
        const Head head{.facts =
                            wire::scan(arrival.payload, !arrival.more, wire::Until::bare_message)};
        Arrival read = arrival;
        read.head = &head;
        send_over(branch, route, read);
        return;
    }
    Delivery& delivery = *branch.delivery;
    delivery.priority = priority_of(*route.address, arrival);
    Link& out = parts_.routes.link_for(delivery, route, delivery.priority);
    choose_way(branch, route);
    if (!ready(out) || !parts_.outgoing.launch(branch, out, arrival)) {
        parts_.outgoing.adopt(branch, out, {});
    }
}

/// Lets an arrival go that has no consumer, or may have none.
void Arrivals::refuse(const Incoming& in, DropReason reason, Bytes outcome) {
    Delivery* const known = in.delivery;
    parts_.tally.drop(&in.link, reason, is_presettled(in));
    if (known != nullptr) {
        known->life = Delivery::Life::under_way;
        parts_.settlement.conclude(*known, outcome);
    } else if (!in.arrival.settled && !in.arrival.aborted) {
        if (!in.presettled()) {
            parts_.tally.outcome(in.link, outcome);
        }
        in.link.port().update(in.link, in.arrival.id, outcome, /*settled=*/true);
    }
    parts_.accounts.offer(in.link);
}

/// The Delivery of an arrival; made here, unless its head had to be waited for.
Delivery& Arrivals::delivery_of(Incoming& in) {
    if (in.delivery != nullptr) {
        return *in.delivery;
    }
    const Arrival& arrival = in.arrival;
    Delivery& delivery = *parts_.pool.make(*in.link.connection.share);
    delivery.in = in.link.self;
    delivery.in_id = arrival.id;
    delivery.message_format = arrival.message_format;
    delivery.arrived = parts_.clock.tenths();
    delivery.number = next_number_++;
    delivery.settled = arrival.settled;
    delivery.whole = !arrival.more;
    delivery.received = arrival.payload.size();
    delivery.provenance = arrival.provenance;
    delivery.stays = in.link.connection.traits.is_loop;
    if (!arrival.state.empty()) [[unlikely]] {
        delivery.state = std::make_unique<Buffer>();
        parts_.pool.keep_state(delivery, *delivery.state, arrival.state);
    }
    Accounts::open(in.link, delivery);
    in.link.current = arrival.more ? &delivery : nullptr;
    in.context = reinterpret_cast<std::uint64_t>(&delivery);
    in.delivery = &delivery;
    return delivery;
}

}  // namespace weft::router

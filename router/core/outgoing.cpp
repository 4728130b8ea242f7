#include "router/core/outgoing.hpp"

#include "common/base/conditions.hpp"
#include "common/wire/delivery_state.hpp"
#include "router/core/far_demands.hpp"
#include "router/core/routes.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace weft::router {
namespace {

/// The one of two lines whose front goes next; null lines have none. Neither is passed over for
/// ever: each has at least one of sixteen turns.
WaitingLine* next_of(WaitingLine* one, WaitingLine* other, std::uint32_t passed_over) {
    if (one == nullptr || other == nullptr) {
        return one != nullptr ? one : other;
    }
    const bool before = goes_before(*one->front()->delivery, *other->front()->delivery);
    const bool overdue = passed_over + 1 >= WaitingLine::kRound;
    return before != overdue ? one : other;
}

void count_turn(bool both, std::uint32_t& passed_over) {
    const bool overdue = passed_over + 1 >= WaitingLine::kRound;
    passed_over = both && !overdue ? passed_over + 1 : 0;
}

WaitingLine* unless_empty(WaitingLine& line) {
    return line.empty() ? nullptr : &line;
}

/// True if a consumer may take what is next in a line of what other loops brought: it waits for
/// those here, but if none can take it another loop may.
bool may_take_relayed(const Link& link, const WaitingLine& line) {
    return !link.outlet.relay || may_cross(line.front()->delivery->provenance);
}

/// The line whose front a consumer is to take next, of what fits every consumer; null if nothing
/// waits for it.
WaitingLine* next_waiting(const Link& link) {
    Address& address = *link.address;
    WaitingLine* const waiting = unless_empty(address.waiting);
    WaitingLine* const relayed = address.relayed();
    if (relayed == nullptr || relayed->empty() || !may_take_relayed(link, *relayed)) {
        return waiting;
    }
    return next_of(waiting, relayed, address.loops->passed_over);
}

/// A consumer takes what is next in `line`.
Branch& take_from(WaitingLine& line, Address& address) {
    Branch& branch = line.take();
    if (Loops* const loops = address.loops.get()) {
        count_turn(!address.waiting.empty() && !loops->waiting.empty(), loops->passed_over);
    }
    if (SizeLimits* const limits = address.limits.get()) [[unlikely]] {
        const bool waiting = !limits->line(Scope::all).empty();
        const bool relayed = !limits->line(Scope::here).empty();
        count_turn(waiting && relayed, limits->passed_over);
    }
    return branch;
}

}  // namespace

bool Outgoing::launch(Branch& branch, Link& out, const Arrival& arrival) {
    open(branch, /*claims=*/true);
    assign(branch, out);
    Delivery& delivery = *branch.delivery;
    const Sent sent = pass_on(branch, arrival.payload, !delivery.whole, arrival.head);
    if (!sent.started) [[unlikely]] {
        --out.outlet.outstanding;  // as if it had not been tried
        out.outlet.changed();
        --delivery.open_branches;
        --delivery.unsent_branches;
        Settlement::waive(branch);
        branch.link = nullptr;
        branch.stage = Stage::closed;
        return false;
    }
    if (sent.complete) {
        settlement_.all_sent(branch);
    } else {
        (void)enqueue(branch);
    }
    return true;
}

/// Gives a branch's link its next bytes, or starts it there. `known`: what these begin with, if
/// that was read already.
[[gnu::always_inline]] inline Sent Outgoing::pass_on(Branch& branch,
                                                     Bytes payload,
                                                     bool more,
                                                     const Head* known) {
    Delivery& delivery = *branch.delivery;
    Link& out = *branch.link;
    const bool lagged = lags(branch);
    const bool begins = !branch.has_begun();
    OutgoingHead head{{.context = reinterpret_cast<std::uint64_t>(&branch),
                       .message_format = delivery.message_format,
                       .settled = branch.settled}};
    std::size_t replaced = 0;
    if (begins) {
        if (out.outlet.limited()) [[unlikely]] {
            delivery.routers_bytes =
                static_cast<std::uint32_t>(HeadWriter::routers_bytes(delivery, payload));
        }
        const bool presettled = delivery.presettled();
        const bool to_weft = out.connection.trunk != nullptr && out.connection.trunk->weft;
        head.settled = !to_weft && (presettled || out.presettles);
        head.state = delivery.state != nullptr ? Bytes(*delivery.state) : Bytes{};
        head.provenance = delivery.provenance;
        head.provenance.presettled = presettled;
        head.batchable = presettled && !head.settled && out.connection.traits.from_router;
        replaced = heads_.replace(branch, out, payload, known);
        head.prefix = heads_.prefix();
    }
    Sent sent = out.port().transfer(out, head, payload.subspan(replaced), more);
    if (begins && sent.started) {
        sent.taken += replaced;
        begun(branch, sent, head.settled);
    }
    branch.sent += sent.taken;
    if (is_copy(branch)) {
        DeliveryPool::sort(static_cast<Copy&>(branch));
    }
    if (sent.taken > 0 || sent.complete) {
        out.progress = clock_.tenths();
        out.stalled = false;
    }
    if (!branch.has_begun() || (!sent.complete && (!more || sent.taken < payload.size()))) {
        note_full(out, sent.held_up);
    }
    if (lagged && !lags(branch)) {
        accounts_.charge(delivery, -static_cast<std::ptrdiff_t>(pool_.catch_up(delivery)));
    }
    return sent;
}

/// The first bytes of a branch have left.
void Outgoing::begun(Branch& branch, const Sent& sent, bool settled) {
    branch.stage = Stage::sending;
    branch.settled = settled;
    branch.presettled = settled || branch.delivery->presettled();
    branch.id = sent.id;
    use_credit(*branch.link);
    tally_.sent(*branch.link, branch.presettled);
    if (branch.route != nullptr) {
        --branch.route->unsent;
        tally_.passed_on(*branch.route->address);
        branch.delivery->left = true;
    }
}

[[gnu::always_inline]] inline void Outgoing::use_credit(Link& out) {
    set_credit(out, out.outlet.credit - (out.connection.traits.in_process ? 0U : 1U));
    out.progress = clock_.tenths();
    out.stalled = false;
    if (out.outlet.credit == 0 && out.DrainHook::is_linked()) [[unlikely]] {
        out.DrainHook::unlink();  // it has all that it wanted, and waits for nobody
        out.address->loops->rested.push_back(out);
        put_off(*out.address);
    }
}

/// A consumer took less than it was given. Other loops are to send less.
void Outgoing::note_full(Link& out, bool held_up) {
    stand_in_line(out, held_up);
    offer_loops(out);
}

/// What a consumer can take has changed: those who are to send no more than that hear of it.
void Outgoing::offer_loops(const Link& consumer) {
    if (consumer.address == nullptr || is_multicast(consumer.address)) {
        return;
    }
    if (consumer.outlet.relay) {
        accounts_.offer_containers(*consumer.address);
    } else {
        accounts_.offer_loops(*consumer.address);
    }
}

void Outgoing::stand_in_line(Link& out, bool held_up) {
    set_full(out, true);  // I2
    // A neighbour's links are few, and each may be in a session of its own.
    out.gate->shut |= held_up && !out.connection.traits.from_router;
    if (!out.in_line()) {
        out.gate->join(out);
    }
}

Sent Outgoing::send_settled(Link& out, const Arrival& arrival) {
    const Sent sent = out.port().transfer(
        out,
        {{.message_format = arrival.message_format, .settled = true, .state = arrival.state},
         arrival.provenance},
        arrival.payload,
        /*more=*/false);
    if (sent.started) {
        use_credit(out);
        tally_.sent(out, true);
    }
    if (!sent.complete) {
        note_full(out, sent.held_up);
    }
    return sent;
}

void Outgoing::adopt(Branch& branch, Link& out, const Sent& sent) {
    open(branch, /*claims=*/!out.stalled || out.address == nullptr);
    assign(branch, out);
    branch.stage = sent.started ? Stage::sending : Stage::queued;
    branch.settled = branch.presettled = sent.started;
    branch.sent = sent.taken;
    branch.id = sent.id;
    if (is_copy(branch)) {
        DeliveryPool::sort(static_cast<Copy&>(branch));
    }
    (void)enqueue(branch);
}

bool Outgoing::continue_with(Branch& branch, const Arrival& arrival) {
    const std::uint64_t before = branch.delivery->received - arrival.payload.size();
    if (!branch.is_open() || branch.link == nullptr || branch.sent != before) {
        return false;
    }
    const Link& out = *branch.link;
    if (out.outlet.full || &out.queue.front() != &branch ||  // I1
        (!branch.has_begun() && (out.outlet.credit == 0 || is_searched(out)))) {
        return false;
    }
    return pass_on(branch, arrival.payload, arrival.more).complete;
}

void Outgoing::keep(Delivery& delivery, Bytes payload) {
    pool_.keep(delivery, payload);
    accounts_.charge(delivery, static_cast<std::ptrdiff_t>(payload.size()));
}

/// Passes on what is kept for a branch at the front of its link's queue; true once it is done with.
bool Outgoing::pump(Branch& branch) {
    Delivery& delivery = *branch.delivery;
    const Link& out = *branch.link;
    if (is_too_large(branch)) [[unlikely]] {
        give_up_large(branch);
        settlement_.review(delivery);
        return true;
    }
    const Chunk* chunk = delivery.first_chunk;
    std::uint64_t at = delivery.dropped;
    std::size_t passed_over = 0;
    for (; chunk != nullptr && at + chunk->size <= branch.sent; chunk = chunk->next) {
        at += chunk->size;
        ++passed_over;
    }
    pool_.count_steps(passed_over);
    bool complete = false;
    while (!complete && !out.outlet.full && (chunk != nullptr || delivery.whole)) {
        Bytes piece;
        const Chunk* next = nullptr;
        if (chunk != nullptr) {
            piece = Bytes{const_cast<Chunk*>(chunk)->bytes(), chunk->size}.subspan(
                static_cast<std::size_t>(branch.sent - at));
            at += chunk->size;
            next = chunk->next;
        }
        const bool more = next != nullptr || !delivery.whole;
        complete = pass_on(branch, piece, more).complete;
        chunk = next;
    }
    if (complete) {
        settlement_.all_sent(branch);
        settlement_.review(delivery);
    }
    return complete;
}

void Outgoing::pump(Link& link) {
    while (!link.queue.empty() && !link.outlet.full) {
        Branch& branch = link.queue.front();
        const bool may_begin = link.outlet.credit > 0 && !is_searched(link);
        if ((!branch.has_begun() && !may_begin) || !pump(branch)) {
            return;
        }
    }
}

/// As next_waiting(), of all that `link` takes.
WaitingLine* Outgoing::next_line(const Link& link) {
    SizeLimits* const limits = link.address->limits.get();
    if (limits == nullptr) [[likely]] {
        return next_waiting(link);
    }
    if (link.outlet.limited()) {
        pass_over_large(link);
    }
    const auto takeable = [&](WaitingLine& line) {
        const bool fits =
            !line.empty() && size_of(*line.front()->delivery) <= link.outlet.bytes_max;
        return fits ? &line : nullptr;
    };
    WaitingLine* relayed = takeable(limits->line(Scope::here));
    if (relayed != nullptr && !may_take_relayed(link, *relayed)) {
        relayed = nullptr;
    }
    WaitingLine* const large =
        next_of(takeable(limits->line(Scope::all)), relayed, limits->passed_over);
    WaitingLine* const usual = next_waiting(link);
    return next_of(usual == nullptr ? nullptr : takeable(*usual), large,
                   /*passed_over=*/0);  // in order
}

/// What is next and does not fit a consumer with a limit waits for others, or comes back if none
/// takes it: each is moved once.
void Outgoing::pass_over_large(const Link& link) {
    Address& address = *link.address;
    std::size_t left = kPassedOverMax;
    const auto pass_over = [&](WaitingLine& line, Scope scope, std::uint64_t bytes) {
        for (; !line.empty() && size_of(*line.front()->delivery) > bytes; --left) {
            if (left == 0) {
                put_off(address, line);
                return;
            }
            wait(address, line.take(), scope);
        }
    };
    for (const Scope scope : scopes_of(address)) {
        pass_over(waiting_in(address, scope), scope, link.outlet.bytes_max);
        pass_over(address.limits->line(scope), scope, address.most_taken(scope));
    }
}

void Outgoing::put_off(Address& address, WaitingLine& line) {
    if (!line.is_looked_at()) {
        line.look_again();
    }
    put_off(address);
}

void Outgoing::put_off(Address& address) {
    if (!std::exchange(address.followed, true)) {
        put_off_.push_back(&address);
    }
}

void Outgoing::wait(Address& address, Branch& branch, Scope scope) {
    Delivery& delivery = *branch.delivery;
    WaitingLine* line = &waiting_in(address, scope);
    if (SizeLimits* const limits = address.limits.get()) [[unlikely]] {
        const std::uint64_t size = size_of(delivery);
        if (size > address.most_taken(scope)) {
            give_up_large(branch);
            settlement_.review(delivery);
            return;
        }
        line = size > limits->least() ? &limits->line(scope) : line;
    }
    pool_.count_steps(line->push(branch, delivery.priority));
}

std::uint64_t Outgoing::size_of(Delivery& delivery) {
    if (delivery.provenance.annotated && delivery.routers_bytes == 0 && delivery.dropped == 0 &&
        delivery.first_chunk != nullptr) {
        const Bytes start{delivery.first_chunk->bytes(), delivery.first_chunk->size};
        delivery.routers_bytes =
            static_cast<std::uint32_t>(HeadWriter::routers_bytes(delivery, start));
    }
    return delivery.received - delivery.routers_bytes;
}

void Outgoing::feed(Link& link) {
    if (link.direction != Direction::out || link.address == nullptr) {
        return;
    }
    bool crosses = false;
    bool unblocks = false;
    while (WaitingLine* const line = ready(link) ? next_line(link) : nullptr) {
        Branch& branch = take_from(*line, *link.address);
        const Delivery& delivery = *branch.delivery;
        crosses |= delivery.stays && link.outlet.relay;
        unblocks |= delivery.stays && !may_cross(delivery.provenance);
        assign(branch, link);
        (void)enqueue(branch);
        if (!pump(branch) && !branch.has_begun()) {
            unassign(branch);
            line->put_back(branch);
            break;
        }
    }
    if (crosses && link.address->relayed()->empty()) {
        accounts_.offer_loops(*link.address);
    }
    if (unblocks) [[unlikely]] {
        feed_loops(*link.address);
    }
}

void Outgoing::feed_loops(const Address& address) {
    for (Link* exit : address.exits()) {
        feed(*exit);
    }
}

void Outgoing::resume(Link& link) {
    pump(link);
    feed(link);
    answer_drain(link);
    offer_loops(link);
}

void Outgoing::resume_all(const std::vector<Link*>& links) {
    for (Link* link : links) {
        resume(*link);
    }
}

void Outgoing::let_through(Gate& gate, std::size_t& left) {
    while (left > 0 && gate.due > 0) {
        --left;
        --gate.due;
        Link& link = static_cast<Link&>(gate.line.front());
        gate.leave(link);
        set_full(link, false);
        resume(link);
        if (gate.shut) {
            gate.due = 0;
        }
    }
}

/// Uses up the credit of a consumer that drains, once nothing is there that it could still get.
void Outgoing::answer_drain(Link& link) {
    if (!link.is_draining()) {
        return;
    }
    const bool more = (link.address != nullptr && next_line(link) != nullptr) ||
                      (!link.queue.empty() && !link.queue.back().has_begun());
    if (link.outlet.credit > 0 && (more || awaits_spread(link) || awaits_others(link))) {
        return;
    }
    link.drain = Drain::no;
    link.DrainHook::unlink();
    set_credit(link, 0);
    link.port().drained(link);
}

/// A message that is given to its address's consumers in slices is still to reach it.
bool Outgoing::awaits_spread(Link& link) {
    const Spread* const spread = link.address == nullptr ? nullptr : link.address->spread.get();
    if (spread == nullptr || spread->messages.empty()) {
        return false;
    }
    const bool is_reached = spread->number == spread->messages.front().delivery->number &&
                            link.position >= spread->left;
    const bool awaits = !is_reached || &spread->messages.front() != &spread->messages.back();
    if (awaits && !link.DrainHook::is_linked()) {
        link.address->with_loops().draining.push_back(link);
    }
    return awaits;
}

/// Before a consumer is told that there is nothing more, the other loops and the containers are
/// asked, once; before another loop is told so, the containers.
bool Outgoing::awaits_others(Link& link) {
    if (link.address == nullptr) {
        return false;
    }
    const bool expects = FarDemands{accounts_}.awaits_askers(*link.address, clock_.tenths());
    if (link.address->loops == nullptr && !expects) {
        return false;
    }
    const std::span<Link* const> loops =
        link.outlet.relay ? std::span<Link* const>{} : link.address->relays();
    if (!link.DrainHook::is_linked()) {
        link.address->with_loops().draining.push_back(link);
    }
    if (link.drain != Drain::others_asked) {
        link.drain = Drain::others_asked;
        link.port().spend(link, loops.size() + link.address->containers().size());
        std::ranges::for_each(loops, [this](Link* loop) { ask_for_rest(*loop); });
        accounts_.ask_containers(*link.address);
    }
    const bool awaits = expects || std::ranges::any_of(loops, &Link::rest_asked) ||
                        link.address->loops->rations.is_any_asked();
    if (!awaits) {
        link.DrainHook::unlink();
    }
    return awaits;
}

void Outgoing::ask_for_rest(Link& producer) {
    producer.rest_asked = producer.is_active();
    accounts_.offer(producer);
}

void Outgoing::sent_rest(Link& producer) {
    producer.rest_asked = false;
    Address& address = *producer.address;
    if (producer.on_demand && producer.is_active()) {
        accounts_.answered(producer);
    } else if (producer.on_demand) {
        FarDemands{accounts_}.containers_changed(address);
    }
    if (end_drains(address)) {
        return;  // once these are answered, all hear what is still wanted
    }
    if (producer.is_active()) {
        accounts_.offer(producer);
    } else {
        accounts_.offer_containers(address);  // what it had is for the others
    }
}

void Outgoing::look_at_rations(Address& address) {
    FarDemands{accounts_}.tick(address);
    tally_.containers_silent(address.loops->rations.tick());
    if (end_drains(address)) {
        put_off(address);
    } else {
        accounts_.offer_containers(address);
    }
}

/// Consumers that drain are to be answered once nobody is waited for. True: some are.
bool Outgoing::end_drains(Address& address) {
    Loops& loops = *address.loops;
    if (std::ranges::none_of(loops.producers, &Link::rest_asked) && !loops.rations.is_any_asked()) {
        loops.rested.splice(loops.rested.end(), loops.draining);
    }
    return !loops.rested.empty();
}

void Outgoing::answer_drains(Address& address, std::size_t& left) {
    if (address.loops == nullptr) {
        return;
    }
    DrainList& rested = address.loops->rested;
    for (; left > 0 && !rested.empty(); --left) {
        Link& consumer = rested.front();
        consumer.DrainHook::unlink();
        answer_drain(consumer);
    }
    if (rested.empty()) {
        accounts_.offer_loops(address);
    }
}

bool Outgoing::is_too_large_to_wait(const Branch& branch) {
    return branch.is_open() && branch.link != nullptr && branch.link->stalled &&
           is_multicast(branch.link->address) &&
           branch.delivery->received - branch.sent > kStalledMessageBytesMax;
}

void Outgoing::give_up(Branch& branch, DropReason reason) {
    const bool failed = branch.has_begun() && reason == DropReason::consumer_queue_full;
    give_up(branch, reason, failed ? wire::kModifiedFailed : wire::kReleased);
}

void Outgoing::give_up(Branch& branch, DropReason reason, Bytes outcome) {
    Link* const out = branch.link;  // null: it waits for one
    tally_.drop(out, reason, branch.delivery->presettled());
    if (branch.has_begun()) {
        out->port().abort(*out);
    }
    settlement_.close(branch, outcome);
}

bool Outgoing::is_too_large(const Branch& branch) {
    const Link* const out = branch.link;
    const bool limited = out != nullptr && out->outlet.limited();
    return limited && size_of(*branch.delivery) > out->outlet.bytes_max;
}

/// Of a multicast the other copies tell what becomes of it, if there are any.
void Outgoing::give_up_large(Branch& branch) {
    Delivery& delivery = *branch.delivery;
    const Buffer refused = too_large();
    const bool single = !delivery.copied;
    give_up(branch, DropReason::too_large, single ? Bytes(refused) : Bytes{});
    if (delivery.open_branches == 0 && delivery.outcome.empty()) {
        delivery.outcome = refused;
    }
}

Buffer Outgoing::too_large() {
    return wire::rejected(kMessageSizeExceeded, "no consumer takes so large a message");
}

}  // namespace weft::router

#include "router/core/outgoing.hpp"

#include "common/wire/sections.hpp"
#include "router/core/measure.hpp"
#include "router/core/wildcards.hpp"

namespace weft::router {

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
        if (delivery.sent_to != nullptr) [[unlikely]] {
            head.sent_to = delivery.sent_to->name;
        }
        head.batchable = presettled && !head.settled && out.connection.traits.from_router;
        replaced = heads_.replace(branch, out, payload, known);
        head.prefix = heads_.prefix();
    }
    Sent sent = out.port().transfer(out, head, payload.subspan(replaced), more);
    if (begins && sent.started) {
        sent.taken += replaced;
        begun(branch, sent, head.settled);
    } else if (sent.taken > 0 || sent.complete) {
        out.progress = clock_.tenths();
        out.stalled = false;
    }
    branch.sent += sent.taken;
    if (is_copy(branch)) {
        DeliveryPool::sort(static_cast<Copy&>(branch));
    }
    if (!branch.has_begun() || (!sent.complete && (!more || sent.taken < payload.size()))) {
        note_full(out, sent.held_up);
    }
    if (lagged && !lags(branch)) {
        accounts_.catch_up(delivery);
    }
    return sent;
}

/// The first bytes of a branch have left.
[[gnu::always_inline]] inline void Outgoing::begun(Branch& branch, const Sent& sent, bool settled) {
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
    if (out.outlet.credit == 0) {
        drains_.used_up(out);
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

bool Outgoing::takes_now(const Route& route, const Arrival& message) {
    return ready(*route.trunk->for_priority(priority_of(*route.address, message)));
}

void Outgoing::send_over(Branch& branch, Route& route, const Arrival& arrival) {
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
    Link& out = routes_.link_for(delivery, route, delivery.priority);
    choose_way(branch, route);
    if (!ready(out) || !launch(branch, out, arrival)) {
        adopt(branch, out, {});
    }
}

/// The link for a stream beside an exit that is ready, of whose credit it takes one delivery's.
Link* Outgoing::beside(Link& exit) {
    Link* const out = routes_.stream_beside(exit);
    if (out != nullptr) {
        tally_.streams_to_loop(/*shares=*/!out->queue.empty());
        out->outlet.bytes_max = exit.outlet.bytes_max;
        set_credit(*out, out->outlet.credit + 1);
        use_credit(exit);
    }
    return out;
}

bool Outgoing::send_beside(Branch& branch, Link& exit, const Arrival& arrival) {
    Link* const out = beside(exit);
    if (out == nullptr) {
        return false;
    }
    if (!ready(*out) || !launch(branch, *out, arrival)) {
        adopt(branch, *out, {});
    }
    return true;
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

/// Passes on what is kept for a branch at the front of its link's queue; true once it is done with.
bool Outgoing::pump(Branch& branch) {
    Delivery& delivery = *branch.delivery;
    const Link& out = *branch.link;
    if (is_too_large(branch)) [[unlikely]] {
        settlement_.give_up_large(branch);
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
    // One that has no bytes yet begins all the same: none is passed over for what is to come.
    while (!complete && !out.outlet.full &&
           (chunk != nullptr || delivery.whole || !branch.has_begun())) {
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

void Outgoing::feed(Link& link) {
    if (link.direction != Direction::out || link.address == nullptr) {
        return;
    }
    bool crosses = false;
    bool unblocks = false;
    while (WaitingLine* const line = ready(link) ? lines_.next(link) : nullptr) {
        Branch& branch = Lines::take(*line, link);
        const Delivery& delivery = *branch.delivery;
        crosses |= delivery.stays && link.outlet.relay;
        unblocks |= delivery.stays && !may_cross(delivery.provenance);
        const bool streams = !delivery.whole && link.outlet.relay && delivery.received > 0;
        if (Link* const stream = streams ? beside(link) : nullptr) {
            assign(branch, *stream);
            (void)enqueue(branch);
            pump(*stream);
            continue;
        }
        assign(branch, link);
        (void)enqueue(branch);
        if (!pump(branch) && !branch.has_begun()) {
            unassign(branch);
            lines_.put_back(*line, branch, link);
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
    drains_.answer(link);
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

}  // namespace weft::router

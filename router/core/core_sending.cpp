#include "common/base/assert.hpp"
#include "router/core/core.hpp"
#include "router/core/outcome.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

/// Deliveries that go out: at once where a consumer is ready, in pieces where it is not.
namespace weft::router {

/// `holds`: the producer's credit for it comes back only when the consumer is done with it.
void Core::open_branch(Branch& branch, bool holds) {
    Delivery& delivery = *branch.delivery;
    branch.open = true;
    branch.holds = holds;
    ++delivery.open_branches;
    ++delivery.unsent_branches;
    delivery.holding += holds ? 1 : 0;
}

void Core::assign(Branch& branch, Link& out) {
    branch.link = &out;
    ++out.outlet.outstanding;
}

/// Behind what has begun and what is older. Seldom looks at more than the last.
void Core::enqueue(Branch& branch, Link& out) {
    auto at = out.queue.end();
    while (at != out.queue.begin() && !std::prev(at)->started &&
           older(*branch.delivery, *std::prev(at)->delivery)) {
        --at;
    }
    out.queue.insert(at, branch);
    out.outlet.busy = true;
}

void Core::note_full(Link& out) {
    out.outlet.full = true;
    if (!out.backlogged) {
        out.backlogged = true;
        out.backlog_at = static_cast<std::uint32_t>(out.connection.backlog.size());
        out.connection.backlog.push_back(&out);
    }
}

void Core::count_sent(Link& out, bool settled) {
    if (out.connection.in_process()) {
        ++out.address->to_process;
    } else {
        --out.outlet.credit;
    }
    if (out.connection.is_client()) {
        ++counters_.egress;
        ++out.address->egress;
    }
    ++out.counters.deliveries;
    out.counters.presettled += settled ? 1 : 0;
    out.connection.last_delivery = tenths_;
    out.progress = tenths_;
    out.stalled = false;
}

/// Sends a whole presettled message of which no Delivery was made.
Sent Core::send_settled(Link& out, const Arrival& arrival) {
    const Sent sent = out.connection.port.transfer(
        out, {0, arrival.message_format, /*settled=*/true}, arrival.payload, /*more=*/false);
    if (sent.started) {
        count_sent(out, true);
    }
    if (!sent.complete) {
        note_full(out);
    }
    return sent;
}

/// Queues a branch for `out`, of which `sent` went out already.
void Core::adopt(Branch& branch, Link& out, const Sent& sent) {
    open_branch(branch, /*holds=*/!out.stalled || out.address == nullptr);
    assign(branch, out);
    branch.started = sent.started;
    branch.settled = sent.started;
    branch.sent = sent.taken;
    branch.id = sent.id;
    enqueue(branch, out);
}

std::uint8_t Core::priority_of(const Address& address, const Arrival& message) {
    if (address.treatment.priority >= 0) {
        return static_cast<std::uint8_t>(address.treatment.priority);
    }
    if (message.head != nullptr) {
        return message.head->facts.priority;
    }
    return wire::scan(message.payload, /*complete=*/true, wire::Until::bare_message).priority;
}

/// The more urgent comes first, then the older.
bool Core::goes_before(const Delivery& one, const Delivery& other) {
    return one.priority == other.priority ? older(one, other) : one.priority > other.priority;
}

void Core::wait(BranchList& waiting, Branch& branch, std::uint8_t priority) {
    Delivery& delivery = *branch.delivery;
    delivery.priority = priority;
    auto at = waiting.end();
    if (!waiting.empty() && goes_before(delivery, *waiting.back().delivery)) {
        // Among the urgent ones or the oldest, all in front.
        at = waiting.begin();
        while (!goes_before(delivery, *at->delivery)) {
            ++at;
        }
    }
    waiting.insert(at, branch);
}

/// Starts a delivery on a consumer that is ready. False: it took nothing after all.
bool Core::launch(Branch& branch, Link& out, const Arrival& arrival) {
    const Sent sent = pass_on(branch, out, arrival.payload, !branch.delivery->whole, arrival.head);
    if (!sent.started) {
        return false;
    }
    open_branch(branch, /*holds=*/true);
    assign(branch, out);
    if (sent.complete) {
        completed(branch);
    } else {
        enqueue(branch, out);
    }
    return true;
}

/// Gives `out` the next bytes of a branch, or starts it there. `known`: what these begin with, if
/// that was read already.
Sent Core::pass_on(Branch& branch, Link& out, Bytes payload, bool more, const Head* known) {
    Delivery& delivery = *branch.delivery;
    const bool lagged = lags(branch);
    OutgoingHead head{.context = reinterpret_cast<std::uint64_t>(&branch),
                      .message_format = delivery.message_format,
                      .settled = branch.settled};
    std::size_t replaced = 0;
    if (!branch.started) {
        const bool presettled = delivery.presettled();
        const bool to_weft = out.connection.trunk != nullptr && out.connection.trunk->weft;
        head.settled = !to_weft && (presettled || out.presettles);
        head.provenance = delivery.provenance;
        head.provenance.presettled = presettled;
        replaced = rewrite_head(branch, out, payload, known);
        head.prefix = head_;
    }
    Sent sent = out.connection.port.transfer(out, head, payload.subspan(replaced), more);
    if (sent.started && !branch.started) {
        branch.started = true;
        branch.settled = head.settled;
        branch.id = sent.id;
        sent.taken += replaced;
        count_sent(out, head.settled);
        if (branch.route != nullptr) {
            ++counters_.transit;
            ++branch.route->address->transit;
            delivery.left = true;
        }
    }
    branch.sent += sent.taken;
    if (sent.taken > 0 || sent.complete) {
        out.progress = tenths_;
        out.stalled = false;
    }
    if (!branch.started || (!sent.complete && (!more || sent.taken < payload.size()))) {
        note_full(out);
    }
    if (lagged && !lags(branch)) {
        caught_up(delivery);
    }
    return sent;
}

/// The last byte of a branch was passed on.
void Core::completed(Branch& branch) {
    Delivery& delivery = *branch.delivery;
    Link& out = *branch.link;
    if (branch.is_linked()) {
        branch.unlink();
        out.outlet.busy = !out.queue.empty();
    }
    branch.complete = true;
    if (--delivery.unsent_branches == 0) {
        no_longer_undelivered(delivery);
    }
    if (branch.settled) {
        close(branch, delivery.settled ? Bytes{} : kAccepted);
        return;
    }
    out.unsettled.push_back(branch);
    if (delivery.settled && !out.connection.is_neighbour()) {
        unhold(branch);
    }
}

/// Passes on what is kept for a branch at the front of its link's queue; true once it is complete.
bool Core::pump(Branch& branch) {
    Delivery& delivery = *branch.delivery;
    Link& out = *branch.link;
    const Chunk* chunk = delivery.first_chunk;
    std::uint64_t at = delivery.dropped;
    for (; chunk != nullptr && at + chunk->size <= branch.sent; chunk = chunk->next) {
        at += chunk->size;
    }
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
        complete = pass_on(branch, out, piece, more).complete;
        chunk = next;
    }
    if (complete) {
        delivery.in_hand = true;
        completed(branch);
        let_out_of_hand(delivery);
    }
    return complete;
}

void Core::pump_link(Link& link) {
    while (!link.queue.empty() && !link.outlet.full) {
        Branch& branch = link.queue.front();
        if ((!branch.started && link.outlet.credit == 0) || !pump(branch)) {
            return;
        }
    }
}

/// The list whose front a consumer is to take next; null if nothing waits for it.
BranchList* Core::next_waiting(const Link& link) const {
    Address& address = *link.address;
    if (address.relayed.empty() || link.outlet.relay) {
        return address.waiting.empty() ? nullptr : &address.waiting;
    }
    if (address.waiting.empty()) {
        return &address.relayed;
    }
    return goes_before(*address.waiting.front().delivery, *address.relayed.front().delivery)
               ? &address.waiting
               : &address.relayed;
}

/// Gives a consumer that is ready what waits at its address.
void Core::feed(Link& link) {
    if (link.direction != Direction::out || link.address == nullptr) {
        return;
    }
    while (BranchList* from = ready(link) ? next_waiting(link) : nullptr) {
        BranchList& waiting = *from;
        Branch& branch = waiting.front();
        branch.unlink();
        assign(branch, link);
        enqueue(branch, link);
        if (!pump(branch) && !branch.started) {
            unassign(branch);
            waiting.push_front(branch);
            return;
        }
    }
}

/// A consumer may take more than before.
void Core::resume(Link& link) {
    pump_link(link);
    feed(link);
    answer_drain(link);
    if (!link.outlet.relay && link.address != nullptr && !is_multicast(link.address)) {
        offer_relays(*link.address);
    }
}

/// Uses up the credit of a consumer that drains, once nothing is there that it could still get.
void Core::answer_drain(Link& link) {
    const bool more = (link.address != nullptr && next_waiting(link) != nullptr) ||
                      (!link.queue.empty() && !link.queue.back().started);
    if (!link.draining || (link.outlet.credit > 0 && (more || awaits_relays(link)))) {
        return;
    }
    link.draining = false;
    link.outlet.credit = 0;
    link.connection.port.drained(link);
}

/// Before a consumer is told that there is nothing more, the other loops are asked, once.
bool Core::awaits_relays(Link& link) {
    if (link.outlet.relay || link.address == nullptr || link.address->relays.empty()) {
        return false;
    }
    const std::vector<Link*>& relays = link.address->relays;
    if (!std::exchange(link.asked_relays, true)) {
        for (Link* relay : relays) {
            relay->drain_asked = relay->active;
            offer_credit(*relay);
        }
    }
    return std::ranges::any_of(relays, &Link::drain_asked);
}

/// Another loop has sent all it had, as it was asked to.
void Core::relay_drained(Link& relay) {
    relay.drain_asked = false;
    for (Link* consumer : relay.address->consumers) {
        if (consumer->draining) {
            answer_drain(*consumer);
        }
    }
    offer_credit(relay);
}

/// Keeps a frame of which some branch has not passed on all.
void Core::keep_rest(Delivery& delivery, Bytes payload) {
    if (delivery.first_chunk != nullptr) {  // whoever needs that has not passed on this either
        keep(delivery, payload);
        return;
    }
    for (const Branch* branch = &delivery.branch; branch != nullptr; branch = next_of(*branch)) {
        if (branch->open && branch->sent < delivery.received) {
            keep(delivery, payload);
            return;
        }
    }
}

void Core::keep(Delivery& delivery, Bytes payload) {
    pool_.keep(delivery, payload);
    hold(delivery, static_cast<std::ptrdiff_t>(payload.size()));
}

/// A branch that needed the first chunk no longer does.
void Core::caught_up(Delivery& delivery) {
    hold(delivery, -static_cast<std::ptrdiff_t>(pool_.catch_up(delivery)));
}

/// So many bytes more (or, negative, less) of a delivery wait, at its producer's expense.
void Core::hold(Delivery& delivery, std::ptrdiff_t bytes) {
    Link* in = bytes == 0 || !delivery.charged ? nullptr : find(delivery.in);
    if (in != nullptr) {
        in->held += static_cast<std::size_t>(bytes);
        in->connection.port.hold(*in, bytes);
    }
}

}  // namespace weft::router

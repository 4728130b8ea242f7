#include "common/wire/annotations.hpp"
#include "common/wire/sections.hpp"
#include "router/core/core.hpp"
#include "router/core/outcome.hpp"

/// Deliveries that come in: where they go is decided with their first bytes.
namespace weft::router {
namespace {

/// A head that is cut off is looked at again when it has grown by this share.
constexpr std::uint64_t kLookAgainShare = 8;

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

/// The message without the annotations that only routers write.
Buffer without_router_annotations(Bytes message, const wire::Range& annotations) {
    Buffer stripped;
    stripped.reserve(message.size());
    append(stripped, message.first(annotations.offset));
    wire::strip_router_annotations(stripped, annotations.of(message));
    append(stripped, message.subspan(annotations.offset + annotations.size));
    return stripped;
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
    const bool strip = link.connection.strip.in && !certainly_plain(arrival.payload);
    const bool nothing_yet = arrival.payload.empty() && arrival.more;
    if (link.address != nullptr && !strip && !nothing_yet) [[likely]] {
        route(link, link.address, arrival, nullptr, context);
    } else {
        find_head(link, arrival, nullptr, context);
    }
}

/// Looks for what must be known of the sections before the body; waits for more of them if cut off.
void Core::find_head(Link& link, const Arrival& arrival, Delivery* known, std::uint64_t& context) {
    Buffer gathered;
    Arrival whole = arrival;
    if (known != nullptr) {
        gathered = pool_.gather(*known);
        whole.payload = gathered;
    }
    const bool anonymous = link.address == nullptr;
    const auto until = anonymous ? wire::Until::to : wire::Until::bare_message;
    const wire::Facts facts = wire::scan(whole.payload, !arrival.more, until);
    if (facts.status == wire::Facts::Status::incomplete) {
        Delivery& headless = delivery_for(link, arrival, known, context);
        headless.headless = true;
        headless.looked_at = headless.received;
        if (known == nullptr) {
            keep(headless, arrival.payload);
        }
        headless.in_hand = false;  // let go as it is: it has no branches yet
        return;
    }
    if (facts.status == wire::Facts::Status::malformed) {
        refuse(link, arrival, known, DropReason::malformed,
               rejected(wire::kDecodeError, facts.reason));
        return;
    }
    Address* address = link.address;
    if (anonymous) {
        Error refusal;
        DropReason reason = DropReason::no_consumer;
        address = anonymous_target(link, facts.to.value_or(""), refusal, reason);
        if (!refusal.condition.empty()) {
            refuse(link, arrival, known, reason, rejected(refusal.condition, refusal.text));
            return;
        }
    }
    Buffer stripped;
    const Bytes annotations = facts.message_annotations.of(whole.payload);
    if (link.connection.strip.in && wire::may_have_router_annotations(annotations)) {
        stripped = without_router_annotations(whole.payload, facts.message_annotations);
        whole.payload = stripped;
    }
    if (known != nullptr) {
        known->headless = false;
        hold(*known, -static_cast<std::ptrdiff_t>(pool_.drop_chunks(*known)));
        known->received = whole.payload.size();
        known->dropped = 0;
    }
    route(link, address, whole, known, context);
}

/// The address in `to`, null if nobody uses it; `refusal` is set if the message may not go there.
Address* Core::anonymous_target(Link& link,
                                std::string_view to,
                                Error& refusal,
                                DropReason& reason) {
    std::string address(to);
    if (admission_ != nullptr) {
        auto verdict = admission_->admit({link.connection, to, false, false});
        if (!verdict) {
            refusal = std::move(verdict).error();
            reason = DropReason::refused;
            return nullptr;
        }
        address = std::move(verdict->address);
    }
    const AddressKey key = parse_address(address, options_.router_id);
    if (key.text.empty()) {
        refusal = {"amqp:invalid-field", "an anonymous sender's message needs an address in `to`"};
        reason = DropReason::no_address;
        return nullptr;
    }
    return addresses_.find(key.text);
}

void Core::route(
    Link& link, Address* address, const Arrival& arrival, Delivery* known, std::uint64_t& context) {
    const bool relayed = link.connection.is_relay();
    if (address == nullptr || (relayed ? address->active_here : address->active_consumers) == 0) {
        refuse(link, arrival, known, DropReason::no_consumer, kReleased);
        return;
    }
    if (!relayed) {
        ++(link.connection.in_process() ? address->from_process : address->ingress);
    }
    if (address->treatment.distribution == Distribution::multicast) {
        multicast(link, *address, arrival, known, context);
    } else {
        anycast(link, *address, arrival, known, context);
    }
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
    delivery.settled = arrival.settled;
    delivery.whole = !arrival.more;
    delivery.received = arrival.payload.size();
    delivery.in_hand = true;
    ++link.outstanding;
    ++link.undelivered;
    link.current = arrival.more ? &delivery : nullptr;
    context = reinterpret_cast<std::uint64_t>(&delivery);
    return delivery;
}

void Core::anycast(
    Link& link, Address& address, const Arrival& arrival, Delivery* known, std::uint64_t& context) {
    // Nobody asks again about a presettled message: if it goes out whole, it needs no Delivery.
    const bool light = known == nullptr && arrival.settled && !arrival.more;
    const bool relayed = link.connection.is_relay();
    BranchList& waiting = relayed ? address.relayed : address.waiting;
    Delivery* delivery = known;
    bool gone = false;
    while (waiting.empty() && !gone) {
        const auto chosen = choose_outlet(address.outlets, address.treatment.distribution,
                                          ++address.turn, relayed ? Scope::here : Scope::all);
        if (!chosen) {
            break;
        }
        Link& out = *address.consumers[*chosen];
        if (!light) {
            delivery = &delivery_for(link, arrival, delivery, context);
            gone = launch(delivery->branch, out, arrival.payload);
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
    delivery = &delivery_for(link, arrival, delivery, context);
    if (!gone) {
        open_branch(delivery->branch, /*holds=*/true);
        waiting.push_back(delivery->branch);
    }
    keep_rest(*delivery, arrival.payload);
    let_out_of_hand(*delivery);
    offer_credit(link);
}

void Core::multicast(
    Link& link, Address& address, const Arrival& arrival, Delivery* known, std::uint64_t& context) {
    const bool light = known == nullptr && arrival.settled && !arrival.more;
    const bool settled = known != nullptr ? known->settled : arrival.settled;
    Delivery* delivery = known;
    bool first = true;
    const bool relayed = link.connection.is_relay();
    for (Link* out : address.consumers) {
        if (!out->active || (relayed && out->outlet.relay)) {
            continue;
        }
        const bool stalled = out->stalled && !ready(*out);
        const bool full = stalled && out->outlet.outstanding >= kStalledQueueMax;
        if (full || (stalled && address.treatment.slow_consumer == SlowConsumer::drop)) {
            count_drop(out, full ? DropReason::consumer_queue_full : DropReason::slow_consumer,
                       settled);
            continue;
        }
        Sent sent;
        if (light && ready(*out)) {
            sent = send_settled(*out, arrival);
            if (sent.complete) {
                continue;
            }
        }
        delivery = &delivery_for(link, arrival, delivery, context);
        Branch& branch = first ? delivery->branch : *pool_.make_branch(*delivery);
        first = false;
        if (light || !ready(*out) || !launch(branch, *out, arrival.payload)) {
            adopt(branch, *out, sent);
        }
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
        uncredit(delivery);
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
        // Not for each byte of a head that comes byte by byte.
        const std::uint64_t more = delivery.received - delivery.looked_at;
        if (delivery.whole || more >= delivery.looked_at / kLookAgainShare) {
            find_head(link, arrival, &delivery, context);
        }
        return;
    }
    delivery.in_hand = true;
    const std::uint64_t before = delivery.received - arrival.payload.size();
    for (Branch* branch = &delivery.branch; branch != nullptr;
         branch = branch == &delivery.branch ? delivery.more_branches : branch->next) {
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
    let_out_of_hand(delivery);
}

/// Lets an arrival go that has no consumer, or may have none.
void Core::refuse(
    Link& link, const Arrival& arrival, Delivery* known, DropReason reason, Bytes outcome) {
    count_drop(&link, reason, known != nullptr ? known->settled : arrival.settled);
    if (known != nullptr) {
        known->headless = false;
        conclude(*known, outcome);
        return;
    }
    if (!arrival.settled && !arrival.aborted) {
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
    for (Branch* branch = &delivery.branch; branch != nullptr;
         branch = branch == &delivery.branch ? delivery.more_branches : branch->next) {
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

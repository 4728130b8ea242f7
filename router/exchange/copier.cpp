#include "router/exchange/copier.hpp"

#include "common/base/conditions.hpp"
#include "common/wire/delivery_state.hpp"

namespace weft::exchange {

std::size_t Copier::pass_on(Passage& passage, Instant now) {
    if (passage.life == Passage::Life::done || passage.aborted) {
        inlets_.drop_bytes(passage);
        passage.passed = passage.whole;
        abort_copies(passage, now);
        outcomes_.review(passage);
        return 1;
    }
    const bool first = passage.life == Passage::Life::arriving;
    if (first && !decide(passage)) {
        return 1;
    }
    const Bytes bytes = first ? Bytes(told_) : Bytes(passage.bytes);
    const std::size_t cost = send(passage, bytes, first, now);
    passed(passage);
    return cost;
}

/// False: more of it must come first, or it goes nowhere.
bool Copier::decide(Passage& passage) {
    Inlet* const inlet = passage.inlet;
    const MessageStart start = inlet->marker.read(passage.bytes, passage.whole, passage.format);
    if (start.status == MessageStart::Status::incomplete) {
        return false;
    }
    passage.life = Passage::Life::decided;
    ++inlet->exchange->counters.received;
    if (start.status != MessageStart::Status::complete) {
        refuse(passage, start.status, start.why);
        return false;
    }
    choose(passage, start.subject);
    if (passage.copies.empty()) {
        passage.outcome.assign(wire::kReleased.begin(), wire::kReleased.end());
        passed(passage);
        return false;
    }
    head_.facts = inlet->marker.write(told_, passage.bytes, start);
    return true;
}

void Copier::refuse(Passage& passage, MessageStart::Status status, std::string_view why) {
    ExchangeCounters& counters = passage.inlet->exchange->counters;
    ++counters.dropped;
    if (status == MessageStart::Status::looped) {
        ++counters.looped;
        passage.outcome.assign(wire::kReleased.begin(), wire::kReleased.end());
    } else {
        ++counters.rejected;
        const bool opaque = status == MessageStart::Status::opaque;
        passage.outcome = wire::rejected(opaque ? kNotImplemented : kDecodeError, why);
    }
    passed(passage);
}

void Copier::choose(Passage& passage, std::string_view subject) {
    Exchange& exchange = *passage.inlet->exchange;
    hops_.clear();
    exchange.choose(subject, hops_);
    for (NextHop* const hop : hops_) {
        (void)offer(passage, *hop);
    }
    if (passage.copies.empty() && exchange.alternate != nullptr &&
        offer(passage, *exchange.alternate)) {
        ++exchange.counters.diverted;
    }
    ++(passage.copies.empty() ? exchange.counters.dropped : exchange.counters.forwarded);
}

/// Makes a copy for a next hop. False: nobody is there, or it has as many as it may have.
bool Copier::offer(Passage& passage, NextHop& hop) {
    if (!ways_.is_reachable(hop)) {
        return false;
    }
    Way& way = ways_.of(hop);
    if (Ways::is_full(way)) {
        ++passage.inlet->exchange->counters.left_out;
        return false;
    }
    copies_.open(passage, way);
    ways_.begin_copy(way);
    return true;
}

/// Gives all copies that are open their next bytes.
std::size_t Copier::send(Passage& passage, Bytes bytes, bool first, Instant now) {
    sending_ = passage.copies;  // some may be answered at once
    for (const std::uint32_t number : sending_) {
        if (!copies_.is_of(number, passage)) {
            continue;
        }
        const Way& way = *copies_[number].way;
        if (way.stalled && way.held >= Inlet::kHeldMax && !first) {
            give_up(number, now);
            continue;
        }
        router::Arrival arrival{{.id = number,
                                 .first = first,
                                 .more = !passage.whole,
                                 .message_format = passage.format,
                                 .payload = bytes}};
        arrival.provenance.presettled = passage.presettled;
        if (first) {
            arrival.provenance.annotated = true;
            arrival.head = &head_;
        }
        std::uint64_t context = copies_[number].context;
        core_.on_transfer(*copies_[number].way->link, arrival, context, now);
        if (copies_.is_of(number, passage)) {
            copies_[number].context = context;
        }
    }
    return sending_.size() + 1;
}

/// No more of it comes: the core forgets what it has.
void Copier::abort_copies(Passage& passage, Instant now) {
    while (!passage.copies.empty()) {
        abort(passage.copies.back(), now);
    }
}

void Copier::abort(std::uint32_t number, Instant now) {
    router::Link& link = *copies_[number].way->link;
    std::uint64_t context = copies_[number].context;
    outcomes_.close(number);
    core_.on_transfer(link, {{.id = number, .first = false, .aborted = true}}, context, now);
}

/// A stalled next hop has more of a long message than may wait for it: it gets no more of that, and
/// is stalled still, though it holds less.
void Copier::give_up(std::uint32_t number, Instant now) {
    Way& way = *copies_[number].way;
    if (way.inlet != nullptr) {
        ++way.inlet->exchange->counters.left_out;
    }
    Outcomes::answer(*copies_[number].passage, wire::kModifiedFailed);
    abort(number, now);
    ways_.stall(way);
}

/// All that came of it, for now.
void Copier::passed(Passage& passage) {
    inlets_.drop_bytes(passage);
    passage.passed = passage.whole;
    outcomes_.review(passage);
}

}  // namespace weft::exchange

#include "router/node/relay.hpp"

#include "common/base/serial.hpp"

#include <utility>

namespace weft::node {

Relay::Relay(router::Core& core, std::size_t self, std::size_t loops, Hand hand)
    : core_{core},
      hand_{std::move(hand)},
      connection_{core.connect(*this, router::Traits::of_loop())},
      peers_(loops),
      self_{self} {
    core_.reach().set_demand(this);
}

Relay::~Relay() {
    core_.reach().set_demand(nullptr);
}

void Relay::put(std::size_t to, const Record& record, Bytes bytes) {
    Slab& slab = peers_[to].slab;
    slab.records.push_back(record);
    slab.records.back().size = static_cast<std::uint32_t>(bytes.size());
    append(slab.bytes, bytes);
}

void Relay::hand_over(Instant now) {
    now_ = now;
    std::erase_if(withdrawn_, [this](std::uint32_t id) { return detach_if_idle(id); });
    for (std::size_t to = 0; to < peers_.size(); ++to) {
        Peer& peer = peers_[to];
        for (Inlet* inlet : std::exchange(peer.inlets_with_news, {})) {
            inlet->news = false;
            put(to, {.kind = Record::Kind::credit,
                     .drain = inlet->drain,
                     .link = inlet->id,
                     .delivery = inlet->limit,
                     .number = static_cast<std::uint32_t>(std::exchange(inlet->passed_on, 0))});
        }
        if (!peer.slab.empty()) {
            hand_(to, std::exchange(peer.slab, {}));
        }
    }
}

/// Credit and room go out once a turn, whatever happened in it.
void Relay::tell(Inlet& inlet) {
    if (!std::exchange(inlet.news, true)) {
        peers_[inlet.peer].inlets_with_news.push_back(&inlet);
    }
}

void Relay::receive(std::size_t from, const Slab& slab, Instant now) {
    now_ = now;
    Bytes bytes = slab.bytes;
    const Record* announcement = nullptr;
    for (const Record& record : slab.records) {
        take(from, record, bytes.first(record.size));
        bytes = bytes.subspan(record.size);
        announcement = record.kind == Record::Kind::announce ? &record : announcement;
    }
    if (announcement != nullptr) {
        put(from, {.kind = Record::Kind::known, .delivery = announcement->delivery});
    }
}

// --- what the other loops know ------------------------------------------------------------------

bool Relay::others_know() const {
    for (std::size_t to = 0; to < peers_.size(); ++to) {
        if (to != self_ && peers_[to].known != announced_) {
            return false;
        }
    }
    return true;
}

void Relay::when_known(std::function<void()> f) {
    waiters_.push_back({.announced = announced_, .f = std::move(f)});
    run_waiters();
}

void Relay::run_waiters() {
    const auto is_known = [this](const Waiter& waiter) {
        for (std::size_t to = 0; to < peers_.size(); ++to) {
            if (to != self_ && precedes(peers_[to].known, waiter.announced)) {
                return false;
            }
        }
        return true;
    };
    constexpr int kTicksMax = 2;
    while (!waiters_.empty() &&
           (is_known(waiters_.front()) || waiters_.front().ticks >= kTicksMax)) {
        const Waiter waiter = std::move(waiters_.front());
        waiters_.pop_front();
        waiter.f();
    }
}

void Relay::tick() {
    for (Waiter& waiter : waiters_) {
        ++waiter.ticks;
    }
    run_waiters();
}

// --- core → other loops -------------------------------------------------------------------------

void Relay::on_demand(const router::Address& address, bool wanted) {
    announced_ += wanted ? 1U : 0U;
    for (std::size_t to = 0; to < peers_.size(); ++to) {
        if (to != self_) {
            put(to,
                {.kind = wanted ? Record::Kind::announce : Record::Kind::withdraw,
                 .treatment = address.treatment,
                 .delivery = announced_,
                 .number = address.active_here > 0 ? 0U : 1U},
                as_bytes(address.key.text));
        }
    }
}

wire::Sent Relay::transfer(router::Link& link,
                           const router::OutgoingHead& head,
                           Bytes payload,
                           bool more) {
    Outlet& outlet = outlet_of(link);
    if (outlet.in_flight >= kBytesMax) {
        outlet.starved = true;
        return {};
    }
    const bool first = outlet.current == 0;
    if (first) {
        outlet.next_delivery += outlet.next_delivery == 0 ? 1U : 0U;  // 0 is none
        outlet.current = outlet.next_delivery++;
        ++outlet.sent;
        if (!head.settled) {
            outlet.unsettled.emplace(outlet.current, head.context);
        }
    }
    const wire::DeliveryId id = outlet.current;
    outlet.current = more ? id : 0;
    outlet.in_flight += payload.size();
    put(outlet.peer,
        {.kind = Record::Kind::transfer,
         .first = first,
         .more = more,
         .settled = head.settled,
         .provenance = head.provenance,
         .link = outlet.id,
         .delivery = id,
         .message_format = head.message_format},
        payload);
    return {payload.size(), first, !more, id};
}

void Relay::abort(router::Link& link) {
    Outlet& outlet = outlet_of(link);
    outlet.unsettled.erase(outlet.current);
    put(outlet.peer, {.kind = Record::Kind::transfer,
                      .aborted = true,
                      .link = outlet.id,
                      .delivery = std::exchange(outlet.current, 0)});
}

void Relay::update(router::Link& link, wire::DeliveryId id, Bytes state, bool settled) {
    if (link.direction == router::Direction::in) {
        Inlet& inlet = inlet_of(link);
        if (settled) {
            inlet.unsettled.erase(id);
        }
        put(inlet.peer,
            {.kind = Record::Kind::to_producer,
             .settled = settled,
             .link = inlet.id,
             .delivery = id},
            state);
        return;
    }
    Outlet& outlet = outlet_of(link);
    if (settled) {
        outlet.unsettled.erase(id);
    }
    put(outlet.peer,
        {.kind = Record::Kind::to_consumer, .settled = settled, .link = outlet.id, .delivery = id},
        state);
}

void Relay::grant(router::Link& link, std::uint32_t credit, bool drain) {
    Inlet& inlet = inlet_of(link);
    inlet.limit = inlet.received + credit;
    inlet.drain = drain;
    tell(inlet);
}

void Relay::drained(router::Link& link) {
    Outlet& outlet = outlet_of(link);
    outlet.sent = outlet.limit;
    put(outlet.peer, {.kind = Record::Kind::drained, .link = outlet.id, .delivery = outlet.sent});
}

void Relay::hold(router::Link& link, std::ptrdiff_t bytes) {
    // What came in counts as passed on until the core says that it waits.
    Inlet& inlet = inlet_of(link);
    inlet.passed_on -= bytes;
    tell(inlet);
}

// --- other loops → core -------------------------------------------------------------------------

void Relay::take(std::size_t from, const Record& record, Bytes bytes) {
    switch (record.kind) {
        case Record::Kind::announce:
            announced(from, record, as_text(bytes));
            return;
        case Record::Kind::known:
            peers_[from].known = record.delivery;
            run_waiters();
            return;
        case Record::Kind::withdraw:
            withdrawn(from, as_text(bytes));
            return;
        case Record::Kind::attach:
            attach_inlet(from, record, as_text(bytes));
            return;
        case Record::Kind::detach:
            detach_inlet(from, record.link);
            return;
        case Record::Kind::transfer:
        case Record::Kind::to_consumer:
        case Record::Kind::drained: {
            const auto at = peers_[from].inlets.find(record.link);
            if (at != peers_[from].inlets.end()) {
                take_from_producer(*at->second, record, bytes);
            }
            return;
        }
        case Record::Kind::to_producer:
        case Record::Kind::credit: {
            const auto at = outlets_.find(record.link);
            if (at != outlets_.end()) {
                take_from_consumer(*at->second, record, bytes);
            }
            return;
        }
    }
}

void Relay::announced(std::size_t from, const Record& record, std::string_view key) {
    if (const auto known = peers_[from].outlets.find(std::string(key));
        known != peers_[from].outlets.end()) {
        known->second->link->outlet.cost = record.number;
        if (!std::exchange(known->second->wanted, true)) {
            core_.activate(*known->second->link, now_);
        }
        return;
    }
    auto outlet = std::make_unique<Outlet>();
    outlet->peer = from;
    outlet->id = next_outlet_++;
    outlet->link = &core_.attach_loop(connection_, router::Direction::out, key, record.treatment,
                                      reinterpret_cast<std::uintptr_t>(outlet.get()));
    outlet->link->outlet.cost = record.number;
    put(from, {.kind = Record::Kind::attach, .treatment = record.treatment, .link = outlet->id},
        as_bytes(key));
    peers_[from].outlets.emplace(key, outlet.get());
    core_.activate(*outlet->link, now_);
    outlets_.emplace(outlet->id, std::move(outlet));
}

void Relay::withdrawn(std::size_t from, std::string_view key) {
    const auto known = peers_[from].outlets.find(std::string(key));
    if (known != peers_[from].outlets.end()) {
        Outlet& outlet = *known->second;
        outlet.wanted = false;
        core_.deactivate(*outlet.link, now_);
        if (!std::exchange(outlet.leaving, true)) {
            withdrawn_.push_back(outlet.id);
        }
    }
}

/// A withdrawn outlet goes when nothing that was sent there can be answered any more. True: it is
/// gone, or wanted again.
bool Relay::detach_if_idle(std::uint32_t id) {
    Outlet& outlet = *outlets_.find(id)->second;
    if (outlet.wanted) {
        outlet.leaving = false;
        return true;
    }
    if (!outlet.unsettled.empty() || outlet.current != 0) {
        return false;
    }
    put(outlet.peer, {.kind = Record::Kind::detach, .link = id});
    peers_[outlet.peer].outlets.erase(outlet.link->address->key.text);
    core_.detach(*outlet.link, now_);
    outlets_.erase(id);
    return true;
}

void Relay::attach_inlet(std::size_t from, const Record& record, std::string_view key) {
    auto inlet = std::make_unique<Inlet>();
    inlet->peer = from;
    inlet->id = record.link;
    inlet->link = &core_.attach_loop(connection_, router::Direction::in, key, record.treatment,
                                     reinterpret_cast<std::uintptr_t>(inlet.get()));
    router::Link& link = *inlet->link;
    peers_[from].inlets.emplace(inlet->id, std::move(inlet));
    core_.activate(link, now_);
}

void Relay::detach_inlet(std::size_t from, std::uint32_t id) {
    const auto at = peers_[from].inlets.find(id);
    if (at == peers_[from].inlets.end()) {
        return;
    }
    core_.detach(*at->second->link, now_);
    std::erase(peers_[from].inlets_with_news, at->second.get());
    peers_[from].inlets.erase(at);
}

void Relay::take_from_producer(Inlet& inlet, const Record& record, Bytes bytes) {
    if (record.kind == Record::Kind::drained) {
        inlet.received = record.delivery;
        inlet.limit = inlet.received;
        core_.on_drained(*inlet.link, now_);
        return;
    }
    if (record.kind == Record::Kind::to_consumer) {
        const auto at = inlet.unsettled.find(record.delivery);
        if (at != inlet.unsettled.end()) {
            const std::uint64_t context = at->second;
            if (record.settled) {
                inlet.unsettled.erase(at);
            }
            core_.on_update(*inlet.link, {record.delivery, record.settled, bytes}, context, now_);
        }
        return;
    }
    if (record.first) {
        ++inlet.received;
        inlet.current = 0;
    }
    inlet.passed_on += record.size;
    tell(inlet);
    // The core may settle at once: what it has settled must not be remembered.
    if (record.first && !record.settled) {
        inlet.unsettled.emplace(record.delivery, 0);
    } else if (record.aborted) {
        inlet.unsettled.erase(record.delivery);  // nobody waits for its outcome
    }
    core_.on_transfer(*inlet.link,
                      {{.id = record.delivery,
                        .first = record.first,
                        .more = record.more,
                        .settled = record.settled,
                        .aborted = record.aborted,
                        .message_format = record.message_format,
                        .payload = bytes},
                       record.provenance},
                      inlet.current, now_);
    if (const auto at = inlet.unsettled.find(record.delivery); at != inlet.unsettled.end()) {
        at->second = inlet.current;
    }
}

void Relay::take_from_consumer(Outlet& outlet, const Record& record, Bytes bytes) {
    if (record.kind == Record::Kind::to_producer) {
        const auto at = outlet.unsettled.find(record.delivery);
        if (at == outlet.unsettled.end()) {
            return;
        }
        const std::uint64_t context = at->second;
        if (record.settled) {
            outlet.unsettled.erase(at);
        }
        core_.on_update(*outlet.link, {record.delivery, record.settled, bytes}, context, now_);
        return;
    }
    outlet.in_flight -= record.number;
    if (outlet.starved && outlet.in_flight < kBytesMax) {
        outlet.starved = false;
        core_.on_writable(connection_, now_);
    }
    outlet.limit = record.delivery;
    // Deliveries on the way when the limit was lowered have passed it.
    core_.on_credit(*outlet.link, ahead(outlet.limit, outlet.sent), record.drain, now_);
}

}  // namespace weft::node

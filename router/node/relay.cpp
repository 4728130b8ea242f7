#include "router/node/relay.hpp"

#include "router/core/bringer.hpp"

#include <utility>

namespace weft::node {

Relay::Relay(router::Core& core, std::size_t self, std::size_t loops, Hand hand)
    : core_{core},
      connection_{core.connect(*this, router::Traits::of_loop())},
      self_{self},
      loops_{loops},
      outbox_{loops, std::move(hand)},
      awareness_{self, loops},
      exits_{core, connection_, outbox_, loops},
      entries_{core, connection_, outbox_, loops} {
    core_.reach().set_demand(this);
}

Relay::~Relay() {
    core_.reach().set_demand(nullptr);
    if (self_ != 0) {
        core_.reach().set_supply(nullptr);
    }
}

void Relay::hand_over(Instant now) {
    exits_.leave_idle(now);
    entries_.tell_news();
    outbox_.hand_over();
}

std::uint64_t Relay::bringer_of(std::uint64_t context) const {
    const router::Delivery& delivery = *reinterpret_cast<const router::Branch*>(context)->delivery;
    const router::Link* const in = core_.links().find(delivery.in);
    return in != nullptr && &in->connection == &connection_ &&
                   in->direction == router::Direction::in
               ? Entries::bringer_of(*in, delivery.in_id)
               : 0;
}

void Relay::when_known(std::function<void()> f) {
    awareness_.wait(std::move(f));
    awareness_.run(steps_, kStepsMax);
}

void Relay::tick() {
    awareness_.tick();
    awareness_.run(steps_, kStepsMax);
}

// --- other loops → core -------------------------------------------------------------------------

/// However many slabs came meanwhile, each in a turn of its own: sockets are not looked at between
/// those turns.
void Relay::receive(std::size_t from, Slab slab, Instant now) {
    received_.push_back({.from = from, .slab = std::move(slab)});
    if (received_.size() == 1) {
        take_received(now);
    }
}

void Relay::go_on(Instant now) {
    steps_ = 0;
    awareness_.run(steps_, kStepsMax);
    exits_.go_on(now);
    take_received(now);
}

void Relay::take_received(Instant now) {
    while (!received_.empty() && steps_ < kStepsMax) {
        Received& received = received_.front();
        take_slab(received, now);
        if (received.records == received.slab.records.size()) {
            received_.pop_front();
        }
    }
}

void Relay::take_slab(Received& received, Instant now) {
    const Slab& slab = received.slab;
    const Record* announcement = nullptr;
    while (received.records < slab.records.size() && steps_ < kStepsMax) {
        const Record& record = slab.records[received.records++];
        const Bytes bytes = Bytes(slab.bytes).subspan(received.bytes, record.size);
        received.bytes += record.size;
        ++steps_;
        take_record(received.from, record, bytes, now);
        announcement = record.kind == Record::Kind::announce ? &record : announcement;
    }
    if (announcement != nullptr) {
        outbox_.put(received.from,
                    {.kind = Record::Kind::known, .delivery = announcement->delivery});
    }
}

void Relay::take_record(std::size_t from, const Record& record, Bytes bytes, Instant now) {
    switch (record.kind) {
        case Record::Kind::announce:
            exits_.announced(from, record, bytes, now);
            return;
        case Record::Kind::known:
            awareness_.learn(from, record.delivery);
            awareness_.run(steps_, kStepsMax);
            return;
        case Record::Kind::withdraw:
            exits_.withdrawn(from, as_text(bytes), now);
            return;
        case Record::Kind::supply:
            if (hear_supply_) {
                hear_supply_(as_text(bytes), record.more);
            }
            return;
        case Record::Kind::attach:
            entries_.attach(from, record, as_text(bytes), now);
            return;
        case Record::Kind::detach:
            entries_.detach(from, record.link, now);
            return;
        case Record::Kind::transfer:
        case Record::Kind::update_from_producer:
        case Record::Kind::drained:
            entries_.take_record(from, record, bytes, now);
            return;
        case Record::Kind::update_from_consumer:
        case Record::Kind::credit:
            exits_.take_record(record, bytes, now);
            return;
    }
}

// --- core → other loops -------------------------------------------------------------------------

void Relay::demand_changed(const router::Address& address, bool wanted) {
    if (wanted) {
        awareness_.announce();
    }
    const Announced announced{
        .most = address.routable ? router::kAnySize : address.most_taken(router::Scope::here),
        .asker = router::asker_of(address, router::Scope::here)};
    const Announced::Written head = announced.written();
    for (std::size_t to = 0; to < loops_; ++to) {
        if (to != self_) {
            outbox_.put(to,
                        {.kind = wanted ? Record::Kind::announce : Record::Kind::withdraw,
                         .treatment = address.treatment,
                         .delivery = awareness_.announced(),
                         .number = address.active_here > 0 ? 0U : 1U},
                        wanted ? Bytes(head) : Bytes{}, as_bytes(address.key.text));
        }
    }
}

void Relay::supply_changed(const router::Address& address, bool produced) {
    constexpr std::size_t kHome = 0;
    outbox_.put(kHome, {.kind = Record::Kind::supply, .more = produced},
                as_bytes(address.key.text));
}

wire::Sent Relay::transfer(router::Link& link,
                           const router::OutgoingHead& head,
                           Bytes payload,
                           bool more) {
    return exits_.transfer(link, head, payload, more);
}

bool Relay::attach(router::Link& link) {
    return exits_.attach(link);
}

router::Link* Relay::stream_beside(router::Link& link) {
    return Exits::stream_beside(link);
}

void Relay::spared(router::Link& link) {
    exits_.spared(link);
}

void Relay::abort(router::Link& link) {
    exits_.abort(link);
}

void Relay::update(router::Link& link, wire::DeliveryId id, Bytes state, bool settled) {
    if (link.direction == router::Direction::in) {
        entries_.update(link, id, state, settled);
    } else {
        exits_.update(link, id, state, settled);
    }
}

bool Relay::reads_slowly(const router::Link& link) const {
    const bool in = link.direction == router::Direction::in;
    return outbox_.is_wordy(in ? Entries::loop_of(link) : Exits::loop_of(link));
}

void Relay::grant(router::Link& link, std::uint32_t credit, bool drain) {
    entries_.grant(link, credit, drain);
}

void Relay::drain(router::Link& link) {
    entries_.grant(link, 0, /*drain=*/true);
}

void Relay::drained(router::Link& link) {
    exits_.drained(link);
}

void Relay::hold(router::Link& link, std::ptrdiff_t bytes) {
    entries_.hold(link, bytes);
}

void Relay::spend(router::Link&, std::size_t steps) {
    steps_ += steps;
}

}  // namespace weft::node

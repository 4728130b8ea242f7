#include "router/node/relay.hpp"

#include "common/base/serial.hpp"
#include "common/wire/big_endian.hpp"

#include <array>
#include <utility>

namespace weft::node {
namespace {

/// What an announcement says in front of its key.
struct Announced {
    static constexpr std::size_t kNumberBytes = sizeof(std::uint64_t);
    static constexpr std::size_t kBytes = 2 * kNumberBytes;
    using Written = std::array<std::uint8_t, kBytes>;

    static Announced read(Bytes bytes) {
        return {.most = wire::load_u64(bytes.data()),
                .asker = wire::load_u64(bytes.data() + kNumberBytes),
                .key = as_text(bytes.subspan(kBytes))};
    }
    Written written() const {
        Written bytes{};
        wire::store_u64(bytes.data(), most);
        wire::store_u64(bytes.data() + kNumberBytes, asker);
        return bytes;
    }

    std::uint64_t most = 0;  // bytes of a message
    std::uint64_t asker = 0;
    std::string_view key{};
};

}  // namespace

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

void Relay::put(std::size_t to, const Record& record, Bytes bytes, Bytes more_bytes) {
    Slab& slab = peers_[to].slab;
    slab.records.push_back(record);
    slab.records.back().size = static_cast<std::uint32_t>(bytes.size() + more_bytes.size());
    append(slab.bytes, bytes);
    append(slab.bytes, more_bytes);
}

void Relay::hand_over(Instant now) {
    now_ = now;
    for (const std::uint32_t id : std::exchange(leaving_, {})) {
        leave(*exits_.find(id)->second);
    }
    for (std::size_t to = 0; to < peers_.size(); ++to) {
        Peer& peer = peers_[to];
        for (Entry* entry : std::exchange(peer.entries_with_news, {})) {
            entry->news = false;
            put(to, {.kind = Record::Kind::credit,
                     .drain = entry->drain,
                     .link = entry->id,
                     .delivery = entry->limit,
                     .number = static_cast<std::uint32_t>(std::exchange(entry->passed_on, 0))});
        }
        if (!peer.slab.empty()) {
            hand_(to, std::exchange(peer.slab, {}));
        }
    }
}

/// Credit and room go out once a turn, whatever happened in it.
void Relay::tell(Entry& entry) {
    if (!std::exchange(entry.news, true)) {
        peers_[entry.peer].entries_with_news.push_back(&entry);
    }
}

/// However many slabs came meanwhile, each in a turn of its own: sockets are not looked at between
/// those turns.
void Relay::receive(std::size_t from, Slab slab, Instant now) {
    now_ = now;
    received_.push_back({.from = from, .slab = std::move(slab)});
    if (received_.size() == 1) {
        take_received();
    }
}

void Relay::go_on(Instant now) {
    now_ = now;
    steps_ = 0;
    run_waiters();
    take_received();
}

void Relay::take_received() {
    while (!received_.empty() && steps_ < kStepsMax) {
        Received& received = received_.front();
        take(received);
        if (received.records == received.slab.records.size()) {
            received_.pop_front();
        }
    }
}

void Relay::take(Received& received) {
    const Slab& slab = received.slab;
    const Record* announcement = nullptr;
    while (received.records < slab.records.size() && steps_ < kStepsMax) {
        const Record& record = slab.records[received.records++];
        const Bytes bytes = Bytes(slab.bytes).subspan(received.bytes, record.size);
        received.bytes += record.size;
        ++steps_;
        take(received.from, record, bytes);
        announcement = record.kind == Record::Kind::announce ? &record : announcement;
    }
    if (announcement != nullptr) {
        put(received.from, {.kind = Record::Kind::known, .delivery = announcement->delivery});
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
    constexpr std::uint32_t kTicksMax = 2;
    waiters_.push_back({.announced = announced_, .until = ticks_ + kTicksMax, .f = std::move(f)});
    run_waiters();
}

/// The others know, or it has waited for long enough.
bool Relay::may_run(const Waiter& waiter) const {
    if (!precedes(ticks_, waiter.until)) {
        return true;
    }
    for (std::size_t to = 0; to < peers_.size(); ++to) {
        if (to != self_ && precedes(peers_[to].known, waiter.announced)) {
            return false;
        }
    }
    return true;
}

/// What is left after the turn's steps is for `go_on`.
void Relay::run_waiters() {
    while (!waiters_.empty() && steps_ < kStepsMax && may_run(waiters_.front())) {
        const Waiter waiter = std::move(waiters_.front());
        waiters_.pop_front();
        steps_ += kStepsToAnswer;
        waiter.f();
    }
}

void Relay::tick() {
    ++ticks_;
    run_waiters();
}

// --- core → other loops -------------------------------------------------------------------------

void Relay::on_demand(const router::Address& address, bool wanted) {
    announced_ += wanted ? 1U : 0U;
    const Announced announced{
        .most = address.routable ? router::kAnySize : address.most_taken(router::Scope::here),
        .asker = router::asker_of(address, router::Scope::here)};
    const Announced::Written head = announced.written();
    for (std::size_t to = 0; to < peers_.size(); ++to) {
        if (to != self_) {
            put(to,
                {.kind = wanted ? Record::Kind::announce : Record::Kind::withdraw,
                 .treatment = address.treatment,
                 .delivery = announced_,
                 .number = address.active_here > 0 ? 0U : 1U},
                wanted ? Bytes(head) : Bytes{}, as_bytes(address.key.text));
        }
    }
}

wire::Sent Relay::transfer(router::Link& link,
                           const router::OutgoingHead& head,
                           Bytes payload,
                           bool more) {
    Exit& exit = exit_of(link);
    if (exit.in_flight >= kBytesMax) {
        exit.starved = true;
        return {};
    }
    const bool first = exit.current == 0;
    if (first) {
        exit.current = exit.last_delivery = next_number(exit.last_delivery, exit.unsettled);
        ++exit.sent;
        if (!head.settled) {
            exit.unsettled.put(exit.current, head.context);
        }
    }
    const wire::DeliveryId id = exit.current;
    exit.current = more ? id : 0;
    leave_if_idle(exit);
    const Bytes state = first ? head.state : Bytes{};
    router::Provenance provenance = head.provenance;
    ++provenance.crossings;
    exit.in_flight += state.size() + payload.size();
    put(exit.peer,
        {.kind = Record::Kind::transfer,
         .first = first,
         .more = more,
         .settled = head.settled,
         .provenance = provenance,
         .link = exit.id,
         .delivery = id,
         .message_format = head.message_format,
         .number = static_cast<std::uint32_t>(state.size())},
        state, payload);
    return {.taken = payload.size(), .started = first, .complete = !more, .id = id};
}

void Relay::abort(router::Link& link) {
    Exit& exit = exit_of(link);
    exit.unsettled.erase(exit.current);
    put(exit.peer, {.kind = Record::Kind::transfer,
                    .aborted = true,
                    .link = exit.id,
                    .delivery = std::exchange(exit.current, 0)});
    leave_if_idle(exit);
}

void Relay::update(router::Link& link, wire::DeliveryId id, Bytes state, bool settled) {
    if (link.direction == router::Direction::in) {
        Entry& entry = entry_of(link);
        if (settled) {
            entry.unsettled.erase(id);
        }
        put(entry.peer,
            {.kind = Record::Kind::to_exit, .settled = settled, .link = entry.id, .delivery = id},
            state);
        return;
    }
    Exit& exit = exit_of(link);
    if (settled) {
        exit.unsettled.erase(id);
        leave_if_idle(exit);
    }
    put(exit.peer,
        {.kind = Record::Kind::to_entry, .settled = settled, .link = exit.id, .delivery = id},
        state);
}

bool Relay::reads_slowly(const router::Link& link) const {
    const bool in = link.direction == router::Direction::in;
    const std::size_t peer = in ? entry_of(link).peer : exit_of(link).peer;
    const Slab& slab = peers_[peer].slab;
    return slab.bytes.size() + slab.records.size() * sizeof(Record) >= kTalkMax;
}

void Relay::grant(router::Link& link, std::uint32_t credit, bool drain) {
    Entry& entry = entry_of(link);
    entry.limit = entry.received + credit;
    entry.drain = drain;
    tell(entry);
}

void Relay::drain(router::Link& link) {
    grant(link, 0, /*drain=*/true);
}

void Relay::drained(router::Link& link) {
    Exit& exit = exit_of(link);
    exit.sent += ahead(exit.limit, exit.sent);  // more may be on the way than it allows now
    put(exit.peer, {.kind = Record::Kind::drained, .link = exit.id, .delivery = exit.sent});
}

void Relay::hold(router::Link& link, std::ptrdiff_t bytes) {
    // What came in counts as passed on until the core says that it waits.
    Entry& entry = entry_of(link);
    entry.passed_on -= bytes;
    tell(entry);
}

void Relay::spend(router::Link&, std::size_t steps) {
    steps_ += steps;
}

// --- other loops → core -------------------------------------------------------------------------

void Relay::take(std::size_t from, const Record& record, Bytes bytes) {
    switch (record.kind) {
        case Record::Kind::announce:
            announced(from, record, bytes);
            return;
        case Record::Kind::known:
            peers_[from].known = record.delivery;
            run_waiters();
            return;
        case Record::Kind::withdraw:
            withdrawn(from, as_text(bytes));
            return;
        case Record::Kind::attach:
            attach_entry(from, record, as_text(bytes));
            return;
        case Record::Kind::detach:
            detach_entry(from, record.link);
            return;
        case Record::Kind::transfer:
        case Record::Kind::to_entry:
        case Record::Kind::drained: {
            const auto at = peers_[from].entries.find(record.link);
            if (at != peers_[from].entries.end()) {
                take_at_entry(*at->second, record, bytes);
            }
            return;
        }
        case Record::Kind::to_exit:
        case Record::Kind::credit: {
            const auto at = exits_.find(record.link);
            if (at != exits_.end()) {
                take_at_exit(*at->second, record, bytes);
            }
            return;
        }
    }
}

void Relay::announced(std::size_t from, const Record& record, Bytes bytes) {
    const auto [most, asker, key] = Announced::read(bytes);
    const auto known = peers_[from].exits.find(key);
    const bool is_new = known == peers_[from].exits.end();
    Exit& exit = is_new ? make_exit(from, record, key) : *known->second;
    exit.link->asker = asker;
    exit.link->outlet.cost = record.number;
    exit.link->outlet.changed();
    core_.reach().set_limit(*exit.link, most);
    if (!std::exchange(exit.wanted, true)) {
        core_.activate(*exit.link, now_);
    }
}

Relay::Exit& Relay::make_exit(std::size_t from, const Record& record, std::string_view key) {
    auto exit = std::make_unique<Exit>();
    exit->peer = from;
    exit->id = last_exit_ = next_number(last_exit_, exits_);
    exit->link = &core_.attach_loop(connection_, router::Direction::out, key, record.treatment,
                                    reinterpret_cast<std::uintptr_t>(exit.get()));
    put(from, {.kind = Record::Kind::attach, .treatment = record.treatment, .link = exit->id},
        as_bytes(key));
    peers_[from].exits.emplace(key, exit.get());
    return *exits_.emplace(exit->id, std::move(exit)).first->second;
}

void Relay::withdrawn(std::size_t from, std::string_view key) {
    const auto known = peers_[from].exits.find(key);
    if (known != peers_[from].exits.end()) {
        Exit& exit = *known->second;
        exit.wanted = false;
        core_.deactivate(*exit.link, now_);
        leave_if_idle(exit);
    }
}

/// A withdrawn exit goes, at the end of the turn, when nothing that was sent there can be answered
/// any more.
void Relay::leave_if_idle(Exit& exit) {
    if (exit.is_idle() && !std::exchange(exit.leaving, true)) {
        leaving_.push_back(exit.id);
    }
}

void Relay::leave(Exit& exit) {
    exit.leaving = false;
    if (!exit.is_idle()) {
        return;
    }
    put(exit.peer, {.kind = Record::Kind::detach, .link = exit.id});
    peers_[exit.peer].exits.erase(exit.link->address->key.text);
    core_.detach(*exit.link, now_);
    exits_.erase(exit.id);
}

void Relay::attach_entry(std::size_t from, const Record& record, std::string_view key) {
    auto entry = std::make_unique<Entry>();
    entry->peer = from;
    entry->id = record.link;
    entry->link = &core_.attach_loop(connection_, router::Direction::in, key, record.treatment,
                                     reinterpret_cast<std::uintptr_t>(entry.get()));
    router::Link& link = *entry->link;
    peers_[from].entries.emplace(entry->id, std::move(entry));
    core_.activate(link, now_);
}

void Relay::detach_entry(std::size_t from, std::uint32_t id) {
    const auto at = peers_[from].entries.find(id);
    if (at == peers_[from].entries.end()) {
        return;
    }
    core_.detach(*at->second->link, now_);
    if (at->second->news) {
        std::erase(peers_[from].entries_with_news, at->second.get());
    }
    peers_[from].entries.erase(at);
}

void Relay::take_at_entry(Entry& entry, const Record& record, Bytes bytes) {
    if (record.kind == Record::Kind::drained) {
        const std::uint32_t given_back = ahead(record.delivery, entry.received);
        entry.received += given_back;
        if (may_have_more(entry, given_back)) {
            return;
        }
        entry.limit = entry.received;
        core_.on_drained(*entry.link, now_);
        return;
    }
    if (record.kind == Record::Kind::to_entry) {
        if (const std::uint64_t* const known = entry.unsettled.find(record.delivery)) {
            const std::uint64_t context = *known;
            if (record.settled) {
                entry.unsettled.erase(record.delivery);
            }
            core_.on_update(*entry.link, {record.delivery, record.settled, bytes}, context, now_);
        }
        return;
    }
    if (record.first) {
        ++entry.received;
        entry.current = 0;
    }
    entry.passed_on += record.size;
    tell(entry);
    // The core may settle at once: what it has settled must not be remembered.
    if (record.first && !record.settled) {
        entry.unsettled.put(record.delivery, 0);
    } else if (record.aborted) {
        entry.unsettled.erase(record.delivery);  // nobody waits for its outcome
    }
    core_.on_transfer(*entry.link,
                      {{.id = record.delivery,
                        .first = record.first,
                        .more = record.more,
                        .settled = record.settled,
                        .aborted = record.aborted,
                        .message_format = record.message_format,
                        .state = bytes.first(record.number),
                        .payload = bytes.subspan(record.number)},
                       record.provenance},
                      entry.current, now_);
    if (!record.settled && entry.unsettled.contains(record.delivery)) {
        entry.unsettled.put(record.delivery, entry.current);
    }
}

/// It was drained, but used all the credit that it had then, and has been granted more since: it is
/// drained of that, too. One that always has more is not waited for.
bool Relay::may_have_more(Entry& entry, std::uint32_t given_back) {
    const bool granted_more = entry.drain && precedes(entry.received, entry.limit);
    if (given_back == 0 && granted_more && entry.drained_early < kAskedAgainMax) {
        ++entry.drained_early;
        return true;
    }
    entry.drained_early = 0;
    return false;
}

void Relay::take_at_exit(Exit& exit, const Record& record, Bytes bytes) {
    if (record.kind == Record::Kind::to_exit) {
        const std::uint64_t* const known = exit.unsettled.find(record.delivery);
        if (known == nullptr) {
            return;
        }
        const std::uint64_t context = *known;
        if (record.settled) {
            exit.unsettled.erase(record.delivery);
            leave_if_idle(exit);
        }
        core_.on_update(*exit.link, {record.delivery, record.settled, bytes}, context, now_);
        return;
    }
    exit.in_flight -= record.number;
    if (exit.starved && exit.in_flight < kBytesMax) {
        exit.starved = false;
        core_.on_writable(connection_, now_);
    }
    exit.limit = record.delivery;
    // Deliveries on the way when the limit was lowered have passed it.
    core_.on_credit(*exit.link, ahead(exit.limit, exit.sent), record.drain, now_);
}

}  // namespace weft::node

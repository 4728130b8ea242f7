#include "router/node/exits.hpp"

#include "common/base/serial.hpp"

#include <utility>

namespace weft::node {

wire::Sent Exits::transfer(router::Link& link,
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
    outbox_.put(exit.peer,
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

void Exits::abort(router::Link& link) {
    Exit& exit = exit_of(link);
    exit.unsettled.erase(exit.current);
    outbox_.put(exit.peer, {.kind = Record::Kind::transfer,
                            .aborted = true,
                            .link = exit.id,
                            .delivery = std::exchange(exit.current, 0)});
    leave_if_idle(exit);
}

void Exits::update(router::Link& link, wire::DeliveryId id, Bytes state, bool settled) {
    Exit& exit = exit_of(link);
    if (settled) {
        exit.unsettled.erase(id);
        leave_if_idle(exit);
    }
    outbox_.put(
        exit.peer,
        {.kind = Record::Kind::to_entry, .settled = settled, .link = exit.id, .delivery = id},
        state);
}

void Exits::drained(router::Link& link) {
    Exit& exit = exit_of(link);
    exit.sent += ahead(exit.limit, exit.sent);  // more may be on the way than it allows now
    outbox_.put(exit.peer, {.kind = Record::Kind::drained, .link = exit.id, .delivery = exit.sent});
}

void Exits::announced(std::size_t from, const Record& record, Bytes bytes, Instant now) {
    const auto [most, asker, key] = Announced::read(bytes);
    const auto known = keys_[from].find(key);
    const bool is_new = known == keys_[from].end();
    Exit& exit = is_new ? make(from, record, key) : *known->second;
    exit.link->asker = asker;
    exit.link->outlet.cost = record.number;
    exit.link->outlet.changed();
    core_.reach().set_limit(*exit.link, most);
    if (!std::exchange(exit.wanted, true)) {
        core_.activate(*exit.link, now);
    }
}

Exits::Exit& Exits::make(std::size_t from, const Record& record, std::string_view key) {
    auto exit = std::make_unique<Exit>();
    exit->peer = from;
    exit->id = last_ = next_number(last_, exits_);
    exit->link = &core_.attach_loop(connection_, router::Direction::out, key, record.treatment,
                                    reinterpret_cast<std::uintptr_t>(exit.get()));
    outbox_.put(from,
                {.kind = Record::Kind::attach, .treatment = record.treatment, .link = exit->id},
                as_bytes(key));
    keys_[from].emplace(key, exit.get());
    return *exits_.emplace(exit->id, std::move(exit)).first->second;
}

void Exits::withdrawn(std::size_t from, std::string_view key, Instant now) {
    const auto known = keys_[from].find(key);
    if (known != keys_[from].end()) {
        Exit& exit = *known->second;
        exit.wanted = false;
        core_.deactivate(*exit.link, now);
        leave_if_idle(exit);
    }
}

void Exits::take(const Record& record, Bytes bytes, Instant now) {
    const auto at = exits_.find(record.link);
    if (at != exits_.end()) {
        take(*at->second, record, bytes, now);
    }
}

void Exits::take(Exit& exit, const Record& record, Bytes bytes, Instant now) {
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
        core_.on_update(*exit.link, {record.delivery, record.settled, bytes}, context, now);
        return;
    }
    exit.in_flight -= record.number;
    if (exit.starved && exit.in_flight < kBytesMax) {
        exit.starved = false;
        core_.on_writable(connection_, now);
    }
    exit.limit = record.delivery;
    // Deliveries on the way when the limit was lowered have passed it.
    core_.on_credit(*exit.link, ahead(exit.limit, exit.sent), record.drain, now);
}

void Exits::leave_if_idle(Exit& exit) {
    if (exit.is_idle() && !std::exchange(exit.leaving, true)) {
        leaving_.push_back(exit.id);
    }
}

void Exits::leave_idle(Instant now) {
    for (const std::uint32_t id : std::exchange(leaving_, {})) {
        leave(*exits_.find(id)->second, now);
    }
}

void Exits::leave(Exit& exit, Instant now) {
    exit.leaving = false;
    if (!exit.is_idle()) {
        return;
    }
    outbox_.put(exit.peer, {.kind = Record::Kind::detach, .link = exit.id});
    keys_[exit.peer].erase(exit.link->address->key.text);
    core_.detach(*exit.link, now);
    exits_.erase(exit.id);
}

}  // namespace weft::node

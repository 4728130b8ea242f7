#include "router/node/exits.hpp"

#include "common/wire/big_endian.hpp"
#include "router/core/address.hpp"
#include "router/core/bringer.hpp"

#include <algorithm>
#include <utility>

namespace weft::node {

/// What stands in front of the delivery that starts: the connection that brought it; 0: it is gone.
Buffer Exits::bringer_of(const router::OutgoingHead& head) const {
    const router::Connection* const from = router::bringer(core_.links(), head.context);
    Buffer bytes(sizeof(std::uint64_t));
    wire::store_u64(bytes.data(), from == nullptr ? 0 : from->id);
    return bytes;
}

/// The name of an address, with its size; of an empty one nothing.
void Exits::append_name(Buffer& out, std::string_view name) {
    if (!name.empty()) {
        out.resize(out.size() + sizeof(std::uint16_t));
        wire::store_u16(out.data() + out.size() - sizeof(std::uint16_t),
                        static_cast<std::uint16_t>(name.size()));
        append(out, as_bytes(name));
    }
}

wire::Sent Exits::transfer(router::Link& link,
                           const router::OutgoingHead& head,
                           Bytes payload,
                           bool more) {
    Exit& exit = exit_of(link);
    if (exit.room <= 0) {
        exit.starved = true;
        return {.started = exit.current != 0, .id = exit.current};
    }
    const bool first = exit.current == 0;
    if (first) {
        exit.current = exit.last_delivery = next_number(exit.last_delivery, exit.unsettled);
        if (exit.main == nullptr) {
            ++exit.sent;
        } else {
            ++exit.main->sent;
            --exit.main->kept;
        }
        if (!head.settled) {
            exit.unsettled.put(exit.current, head.context);
        }
    }
    const wire::DeliveryId id = exit.current;
    exit.current = more ? id : 0;
    leave_if_idle(exit);
    const bool named = first && exit.names_bringers;
    const bool addressed = first && !head.sent_to.empty();
    const Bytes state = first ? head.state : Bytes{};
    Buffer all;
    if (named || addressed) [[unlikely]] {
        all = named ? bringer_of(head) : Buffer{};
        append_name(all, addressed ? head.sent_to : std::string_view{});
        append(all, state);
    }
    const Bytes front = named || addressed ? Bytes{all} : state;
    router::Provenance provenance = head.provenance;
    ++provenance.crossings;
    provenance.for_wildcards = addressed;
    exit.room -= static_cast<std::ptrdiff_t>(front.size() + payload.size());
    outbox_.put(exit.loop,
                {.kind = Record::Kind::transfer,
                 .first = first,
                 .more = more,
                 .settled = head.settled,
                 .named = named,
                 .provenance = provenance,
                 .link = exit.id,
                 .delivery = id,
                 .message_format = head.message_format,
                 .number = static_cast<std::uint32_t>(state.size())},
                front, payload);
    return {.taken = payload.size(), .started = true, .complete = !more, .id = id};
}

void Exits::abort(router::Link& link) {
    Exit& exit = exit_of(link);
    exit.unsettled.erase(exit.current);
    outbox_.put(exit.loop, {.kind = Record::Kind::transfer,
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
    outbox_.put(exit.loop,
                {.kind = Record::Kind::update_from_producer,
                 .settled = settled,
                 .link = exit.id,
                 .delivery = id},
                state);
}

void Exits::drained(router::Link& link) {
    Exit& exit = exit_of(link);
    exit.sent += ahead(exit.limit, exit.sent);  // more may be on the way than it allows now
    outbox_.put(exit.loop, {.kind = Record::Kind::drained,
                            .link = exit.id,
                            .delivery = exit.sent,
                            .asked = exit.asked});
}

void Exits::announced(std::size_t from, const Record& record, Bytes bytes, Instant now) {
    const auto [most, asker, key] = Announced::read(bytes);
    const auto known = keys_[from].find(key);
    const bool is_new = known == keys_[from].end();
    Exit& exit = is_new ? make_main(from, record, key) : *known->second;
    exit.link->asker = asker;
    exit.link->outlet.cost = record.number;
    exit.link->outlet.changed();
    core_.reach().set_limit(*exit.link, most);
    if (!std::exchange(exit.wanted, true)) {
        core_.activate(*exit.link, now);
    }
}

Exits::Exit& Exits::make(std::size_t loop, bool names_bringers) {
    auto exit = std::make_unique<Exit>();
    exit->loop = loop;
    exit->id = last_ = next_number(last_, exits_);
    exit->names_bringers = names_bringers;
    return *exits_.emplace(exit->id, std::move(exit)).first->second;
}

Exits::Exit& Exits::make_main(std::size_t from, const Record& record, std::string_view key) {
    Exit& exit = make(from, router::is_management({.text = std::string(key)}));
    exit.link = &core_.attach_loop(connection_, router::Direction::out, key, record.treatment,
                                   reinterpret_cast<std::uintptr_t>(&exit),
                                   {.loop = static_cast<std::uint32_t>(from)});
    exit.link->asks_bringer = exit.names_bringers;
    outbox_.put(from,
                {.kind = Record::Kind::attach, .treatment = record.treatment, .link = exit.id},
                as_bytes(key));
    keys_[from].emplace(key, &exit);
    return exit;
}

/// A stream's: the core made it with the word for the exit.
bool Exits::attach(router::Link& link) {
    Exit& main = exit_of(link);
    Exit& exit = make(main.loop, main.names_bringers);
    exit.link = &link;
    exit.main = &main;
    exit.room = kStreamBytesMax;
    main.streams.push_back(&exit);
    ++main.kept;
    link.port_link = reinterpret_cast<std::uintptr_t>(&exit);
    link.asks_bringer = exit.names_bringers;
    const router::Address& address = *main.link->address;
    outbox_.put(main.loop,
                {.kind = Record::Kind::attach,
                 .treatment = address.treatment,
                 .link = exit.id,
                 .number = main.id},
                as_bytes(address.key.text));
    return true;
}

router::Link* Exits::stream_beside(const router::Link& link) {
    Exit& main = exit_of(link);
    const auto idle = std::ranges::find_if(main.streams, [](const Exit* stream) {
        return stream->link->queue.empty() && stream->room > 0;
    });
    if (idle == main.streams.end() && main.streams.size() < kStreamsMax) {
        return nullptr;
    }
    ++main.kept;
    return idle != main.streams.end()
               ? (*idle)->link
               : main.streams[++main.next_stream % main.streams.size()]->link;
}

void Exits::spared(router::Link& link) {
    Exit& exit = exit_of(link);
    Exit& main = *exit.main;
    --main.kept;
    if (!std::exchange(main.spared, true)) {
        spared_.push_back(main.id);
    }
    leave_if_idle(exit);
}

void Exits::go_on(Instant now) {
    for (const std::uint32_t id : std::exchange(spared_, {})) {
        if (const auto at = exits_.find(id); at != exits_.end()) {
            Exit& exit = *at->second;
            exit.spared = false;
            core_.on_credit(*exit.link, exit.credit(), exit.link->is_draining(), now);
        }
    }
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

void Exits::take_record(const Record& record, Bytes bytes, Instant now) {
    const auto at = exits_.find(record.link);
    if (at == exits_.end()) {
        return;
    }
    if (record.kind == Record::Kind::credit) {
        take_credit(*at->second, record, now);
    } else {
        take_update(*at->second, record, bytes, now);
    }
}

void Exits::take_update(Exit& exit, const Record& record, Bytes state, Instant now) {
    const std::uint64_t* const known = exit.unsettled.find(record.delivery);
    if (known == nullptr) {
        return;
    }
    const std::uint64_t context = *known;
    if (record.settled) {
        exit.unsettled.erase(record.delivery);
        leave_if_idle(exit);
    }
    core_.on_update(*exit.link, {record.delivery, record.settled, state}, context, now);
}

void Exits::take_credit(Exit& exit, const Record& record, Instant now) {
    exit.room += record.number;
    if (exit.starved && exit.room > 0) {
        exit.starved = false;
        core_.on_writable(connection_, now);
    }
    if (exit.main != nullptr) {
        leave_if_idle(exit);  // others that shared it may be gone
        return;
    }
    exit.limit = record.delivery;
    exit.asked = record.drain ? record.asked : exit.asked;
    core_.on_credit(*exit.link, exit.credit(), record.drain, now);
}

void Exits::leave_if_idle(Exit& exit) {
    if (exit.is_idle() && !std::exchange(exit.leaving, true)) {
        leaving_.push_back(exit.id);
    }
}

void Exits::leave_idle(Instant now) {
    while (!leaving_.empty()) {  // the last stream takes its exit with it
        for (const std::uint32_t id : std::exchange(leaving_, {})) {
            leave(*exits_.find(id)->second, now);
        }
    }
}

void Exits::leave(Exit& exit, Instant now) {
    exit.leaving = false;
    if (!exit.may_leave()) {
        return;
    }
    outbox_.put(exit.loop, {.kind = Record::Kind::detach, .link = exit.id});
    if (exit.main == nullptr) {
        keys_[exit.loop].erase(exit.link->address->key.text);
    } else {
        std::erase(exit.main->streams, &exit);
        leave_if_idle(*exit.main);
    }
    core_.detach(*exit.link, now);
    exits_.erase(exit.id);
}

}  // namespace weft::node

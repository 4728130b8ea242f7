#include "router/node/entries.hpp"

#include "common/base/serial.hpp"
#include "common/wire/big_endian.hpp"

#include <utility>

namespace weft::node {

void Entries::update(router::Link& link, wire::DeliveryId id, Bytes state, bool settled) {
    Entry& entry = entry_of(link);
    if (settled) {
        entry.unsettled.erase(id);
    }
    outbox_.put(entry.loop,
                {.kind = Record::Kind::update_from_consumer,
                 .settled = settled,
                 .link = entry.id,
                 .delivery = id},
                state);
}

void Entries::grant(router::Link& link, std::uint32_t credit, bool drain) {
    Entry& entry = entry_of(link);
    entry.limit = entry.received + credit;
    entry.drain = drain;
    tell(entry);
}

void Entries::hold(router::Link& link, std::ptrdiff_t bytes) {
    // What came in counts as passed on until the core says that it waits.
    Entry& entry = entry_of(link);
    entry.passed_on -= bytes;
    tell(entry);
}

void Entries::attach(std::size_t from, const Record& record, std::string_view key, Instant now) {
    auto entry = std::make_unique<Entry>();
    entry->loop = from;
    entry->id = record.link;
    const bool streams = record.number != 0;
    if (streams) {
        entry->main = loops_[from].entries.find(record.number)->second.get();
    }
    entry->link =
        &core_.attach_loop(connection_, router::Direction::in, key, record.treatment,
                           reinterpret_cast<std::uintptr_t>(entry.get()), {.streams = streams});
    router::Link& link = *entry->link;
    loops_[from].entries.emplace(entry->id, std::move(entry));
    core_.activate(link, now);
}

void Entries::detach(std::size_t from, std::uint32_t id, Instant now) {
    const auto at = loops_[from].entries.find(id);
    if (at == loops_[from].entries.end()) {
        return;
    }
    core_.detach(*at->second->link, now);
    if (at->second->news) {
        std::erase(loops_[from].with_news, at->second.get());
    }
    loops_[from].entries.erase(at);
}

void Entries::take_record(std::size_t from, const Record& record, Bytes bytes, Instant now) {
    const auto at = loops_[from].entries.find(record.link);
    if (at == loops_[from].entries.end()) {
        return;
    }
    Entry& entry = *at->second;
    if (record.kind == Record::Kind::transfer) {
        take_transfer(entry, record, bytes, now);
    } else if (record.kind == Record::Kind::update_from_producer) {
        take_update(entry, record, bytes, now);
    } else {
        take_drained(entry, record, now);
    }
}

std::uint64_t Entries::bringer_of(const router::Link& link, wire::DeliveryId id) {
    const Entry& entry = entry_of(link);
    for (std::size_t back = 1; back <= entry.named.size(); ++back) {  // numbers come around
        const Named& named = entry.named[(entry.named_ever - back) % kNamedMax];
        if (named.delivery == id) {
            return named.bringer;
        }
    }
    return 0;
}

void Entries::note_bringer(Entry& entry, const Named& named) {
    if (entry.named.size() < kNamedMax) {
        entry.named.push_back(named);
    } else {
        entry.named[entry.named_ever % kNamedMax] = named;
    }
    ++entry.named_ever;
}

void Entries::take_transfer(Entry& entry, const Record& record, Bytes bytes, Instant now) {
    if (record.first) {
        ++(entry.main == nullptr ? entry : *entry.main).received;
        entry.current = 0;
    }
    if (record.named) {
        note_bringer(entry, {record.delivery, wire::load_u64(bytes.data())});
        bytes = bytes.subspan(sizeof(std::uint64_t));
    }
    std::string_view sent_to;
    if (record.first && record.provenance.for_wildcards) [[unlikely]] {
        const std::size_t size = wire::load_u16(bytes.data());
        sent_to = as_text(bytes.subspan(sizeof(std::uint16_t), size));
        bytes = bytes.subspan(sizeof(std::uint16_t) + size);
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
                       record.provenance,
                       /*head=*/nullptr,
                       sent_to},
                      entry.current, now);
    if (!record.settled && entry.unsettled.contains(record.delivery)) {
        entry.unsettled.put(record.delivery, entry.current);
    }
}

void Entries::take_update(Entry& entry, const Record& record, Bytes state, Instant now) {
    if (const std::uint64_t* const known = entry.unsettled.find(record.delivery)) {
        const std::uint64_t context = *known;
        if (record.settled) {
            entry.unsettled.erase(record.delivery);
        }
        core_.on_update(*entry.link, {record.delivery, record.settled, state}, context, now);
    }
}

void Entries::take_drained(Entry& entry, const Record& record, Instant now) {
    const std::uint32_t given_back = ahead(record.delivery, entry.received);
    entry.received += given_back;
    if (record.asked != entry.link->asked) {  // it gave back what it is allowed again meanwhile
        entry.limit += given_back;
        tell(entry);
        core_.on_drained(*entry.link, now, record.asked);
        return;
    }
    if (!may_have_more(entry, given_back)) {
        entry.limit = entry.received;
        core_.on_drained(*entry.link, now);
    }
}

/// It was drained, but used all the credit that it had then, and has been granted more since: it is
/// drained of that, too. One that always has more is not waited for.
bool Entries::may_have_more(Entry& entry, std::uint32_t given_back) {
    const bool granted_more = entry.drain && precedes(entry.received, entry.limit);
    if (given_back == 0 && granted_more && entry.drained_early < kAskedAgainMax) {
        ++entry.drained_early;
        return true;
    }
    entry.drained_early = 0;
    return false;
}

void Entries::tell(Entry& entry) {
    if (!std::exchange(entry.news, true)) {
        loops_[entry.loop].with_news.push_back(&entry);
    }
}

void Entries::tell_news() {
    for (std::size_t to = 0; to < loops_.size(); ++to) {
        for (Entry* const entry : std::exchange(loops_[to].with_news, {})) {
            entry->news = false;
            outbox_.put(to,
                        {.kind = Record::Kind::credit,
                         .drain = entry->drain,
                         .link = entry->id,
                         .delivery = entry->limit,
                         .number = static_cast<std::uint32_t>(std::exchange(entry->passed_on, 0)),
                         .asked = entry->link->asked});
        }
    }
}

}  // namespace weft::node

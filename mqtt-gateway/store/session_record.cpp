#include "mqtt-gateway/store/session_record.hpp"

#include "common/wire/reader.hpp"
#include "common/wire/writer.hpp"

#include <memory>

namespace weft::mqtt_store {
namespace {

using wire::Reader;
using wire::Writer;

constexpr std::uint32_t kVersion = 1;

void put(Writer& writer, const SharedMessage& message) {
    writer.binary(message->encoded());
}

SharedMessage message_in(Reader& reader) {
    const auto encoded = reader.binary();
    auto message = encoded ? mqtt_mapping::KeptMessage::read({encoded->begin(), encoded->end()})
                           : std::nullopt;
    return message ? std::make_shared<const mqtt_mapping::KeptMessage>(*std::move(message))
                   : nullptr;
}

void put(Writer& writer, const StoredSubscription& each) {
    const auto list = writer.begin_list();
    writer.string(each.filter);
    writer.uint(each.identifier);
    writer.ubyte(static_cast<std::uint8_t>(each.qos));
    writer.boolean(each.no_local);
    writer.boolean(each.retain_as_published);
    writer.ubyte(static_cast<std::uint8_t>(each.retain_handling));
    writer.boolean(each.retained_due);
    writer.end_shortest(list);
}

bool read(Reader& from, StoredSubscription& to) {
    std::uint32_t count = 0;
    Reader list = from.list(count);
    const auto filter = list.string();
    const auto identifier = list.uint();
    const auto qos = list.ubyte();
    const auto no_local = list.boolean();
    const auto as_published = list.boolean();
    const auto handling = list.ubyte();
    const auto due = list.boolean();
    if (!filter || !identifier || !qos || *qos > 2 || !handling || *handling > 2 || !due) {
        return false;
    }
    to = {.filter = std::string{*filter},
          .identifier = *identifier,
          .qos = static_cast<mqtt::Qos>(*qos),
          .no_local = no_local.value_or(false),
          .retain_as_published = as_published.value_or(false),
          .retain_handling = static_cast<mqtt::RetainHandling>(*handling),
          .retained_due = *due};
    return true;
}

void put_row(Writer& writer, const SessionRow& row) {
    writer.string(row.client_id);
    writer.ulong(row.birth);
    writer.ulong(row.epoch);
    writer.uint(row.expiry_seconds);
    writer.long_(row.expires);
    writer.ulong(row.serial_base);
    if (row.will) {
        put(writer, row.will->message);
        writer.uint(row.will->delay_seconds);
    } else {
        writer.null();
        writer.null();
    }
}

bool read_row(Reader& list, SessionRow& row) {
    const auto client_id = list.string();
    const auto birth = list.ulong();
    const auto epoch = list.ulong();
    const auto expiry = list.uint();
    const auto expires = list.integer();
    const auto base = list.ulong();
    if (!client_id || !birth || !epoch || !expiry || !expires || !base) {
        return false;
    }
    row = {.client_id = std::string{*client_id},
           .birth = *birth,
           .epoch = *epoch,
           .expiry_seconds = *expiry,
           .expires = *expires,
           .serial_base = *base};
    SharedMessage will = message_in(list);
    const auto delay = list.uint();
    if (will && delay) {
        row.will = StoredWill{.message = std::move(will), .delay_seconds = *delay};
    }
    return true;
}

bool read_incoming(Reader& from, SessionRecord& to) {
    std::uint32_t count = 0;
    Reader list = from.list(count);
    while (list.ok() && !list.done()) {
        const auto packet = list.ushort();
        const auto serial = list.ulong();
        const auto taken = list.boolean();
        if (!packet || !serial || !taken) {
            return false;
        }
        to.incoming[*packet] = {.packet = *packet, .serial = *serial, .taken = *taken};
    }
    return list.ok();
}

bool read_outgoing(Reader& from, SessionRecord& to) {
    std::uint32_t count = 0;
    Reader list = from.list(count);
    while (list.ok() && !list.done()) {
        const auto packet = list.ushort();
        if (!packet) {
            return false;
        }
        to.outgoing.insert(*packet);
    }
    return list.ok();
}

bool read_fired(Reader& from, SessionRecord& to) {
    std::uint32_t count = 0;
    Reader list = from.list(count);
    while (list.ok() && !list.done()) {
        const auto name = list.string();
        SharedMessage message = message_in(list);
        if (!name || !message) {
            return false;
        }
        (void)to.add_fired({.message_id = std::string{*name}, .message = std::move(message)});
    }
    return list.ok();
}

bool read_subscriptions(Reader& from, SessionRecord& to) {
    std::uint32_t count = 0;
    Reader list = from.list(count);
    while (list.ok() && !list.done()) {
        StoredSubscription each;
        if (!read(list, each)) {
            return false;
        }
        to.subscriptions.insert_or_assign(each.filter, std::move(each));
    }
    return list.ok();
}

}  // namespace

void SessionRecord::set_serials(std::uint64_t base, const std::vector<IncomingId>& under_way) {
    row.serial_base = base;
    std::erase_if(incoming, [](const auto& each) { return !each.second.taken; });
    for (const IncomingId& each : under_way) {
        incoming.try_emplace(each.packet, each);
    }
}

void SessionRecord::put_outgoing(const OutgoingId& id) {
    if (id.held) {
        outgoing.insert(id.packet);
    } else {
        outgoing.erase(id.packet);
    }
}

WillNumber SessionRecord::add_fired(FiredWill will) {
    const std::uint64_t last =
        fired.empty() ? 0 : static_cast<std::uint64_t>(std::prev(fired.end())->first);
    const WillNumber number{last + 1};
    fired.emplace(number, std::move(will));
    return number;
}

void SessionRecord::end() {
    const std::string client_id = row.client_id;
    *this = {.fired = std::move(fired), .is_over = true};
    row.client_id = client_id;
}

KnownSession SessionRecord::known(SessionNumber number) const {
    KnownSession known{.number = number, .row = row};
    for (const auto& [filter, each] : subscriptions) {
        known.subscriptions.push_back(each);
    }
    for (const auto& [packet, each] : incoming) {
        known.incoming.push_back(each);
    }
    known.outgoing.assign(outgoing.begin(), outgoing.end());
    return known;
}

void append_record(Buffer& out, const SessionRecord& record) {
    Writer writer{out};
    const auto all = writer.begin_list();
    writer.uint(kVersion);
    writer.boolean(record.is_over);
    put_row(writer, record.row);
    const auto subscriptions = writer.begin_list();
    for (const auto& [filter, each] : record.subscriptions) {
        put(writer, each);
    }
    writer.end_shortest(subscriptions);
    const auto incoming = writer.begin_list();
    for (const auto& [packet, each] : record.incoming) {
        writer.ushort(packet);
        writer.ulong(each.serial);
        writer.boolean(each.taken);
    }
    writer.end_shortest(incoming);
    const auto outgoing = writer.begin_list();
    for (const mqtt::PacketId packet : record.outgoing) {
        writer.ushort(packet);
    }
    writer.end_shortest(outgoing);
    const auto fired = writer.begin_list();
    for (const auto& [number, will] : record.fired) {
        writer.string(will.message_id);
        put(writer, will.message);
    }
    writer.end_shortest(fired);
    writer.end_shortest(all);
}

std::optional<SessionRecord> read_record(Bytes encoded) {
    Reader outer{encoded};
    std::uint32_t count = 0;
    Reader list = outer.list(count);
    SessionRecord record;
    const auto version = list.uint();
    const auto is_over = list.boolean();
    if (version != kVersion || !is_over || !read_row(list, record.row) ||
        !read_subscriptions(list, record) || !read_incoming(list, record) ||
        !read_outgoing(list, record) || !read_fired(list, record)) {
        return std::nullopt;
    }
    record.is_over = *is_over;
    return record;
}

}  // namespace weft::mqtt_store

#include "mqtt-gateway/node/keeper.hpp"

#include "mqtt-gateway/codec/property_writer.hpp"
#include "mqtt-gateway/mapping/path.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>

namespace weft::gateway {
namespace {

using mqtt_mapping::KeptMessage;
using mqtt_mapping::kForever;
using mqtt_mapping::WallTime;
using mqtt_store::SessionNumber;

WallTime in_seconds(WallTime wall, std::uint32_t seconds) {
    return seconds == session::kNeverExpires ? kForever : wall + WallTime{seconds} * 1000;
}

std::optional<mqtt_store::StoredWill> will_of(const session::Session& session,
                                              const Moment& moment) {
    if (!session.will()) {
        return std::nullopt;
    }
    const session::WillMessage& will = *session.will();
    auto kept = KeptMessage::from(packet_of(will), session.client_id(), kForever);
    if (!kept) {
        return std::nullopt;  // its topic or properties are no packet: it was not taken as a will
    }
    const bool away = !session.is_connected();
    return mqtt_store::StoredWill{
        .message = std::make_shared<const KeptMessage>(*std::move(kept)),
        .delay_seconds = will.delay_seconds,
        .due = away ? in_seconds(moment.wall, will.delay_seconds) : kForever};
}

mqtt_store::SessionRow row_of(const session::Session& session, const Moment& moment) {
    const bool away = !session.is_connected();
    return {.client_id = session.client_id(),
            .birth = session.life().birth,
            .epoch = session.life().epoch,
            .expiry_seconds = session.life().expiry_seconds,
            .expires = away ? in_seconds(moment.wall, session.life().expiry_seconds) : kForever,
            .will = will_of(session, moment),
            .serial_base = session.incoming().serials().base()};
}

mqtt_store::IncomingId id_of(const session::Use& use, bool taken) {
    return {.packet = use.id, .serial = use.serial, .taken = taken};
}

session::WillMessage will_of(const mqtt_store::StoredWill& stored) {
    const mqtt::Publish publish = stored.message->publish();
    session::WillMessage will;
    will.topic = publish.topic;
    will.payload.assign(publish.payload.begin(), publish.payload.end());
    mqtt::PropertyWriter writer{will.property_bytes};
    for (mqtt::Properties::Cursor all = publish.properties.all(); const auto each = all.next();) {
        writer.copy(*each);
    }
    will.properties = writer.written();
    will.qos = publish.qos;
    will.retain = publish.retain;
    will.delay_seconds = stored.delay_seconds;
    return will;
}

}  // namespace

session::SessionRow row_of(const mqtt_store::KnownSession& known) {
    session::SessionRow row;
    row.life = {.birth = known.row.birth,
                .epoch = known.row.epoch,
                .expiry_seconds = known.row.expiry_seconds};
    row.serial_base = known.row.serial_base;
    for (const mqtt_store::IncomingId& each : known.incoming) {
        row.incoming.push_back(
            {.use = {.id = each.packet, .serial = each.serial}, .taken = each.taken});
    }
    row.outgoing = known.outgoing;
    for (const mqtt_store::StoredSubscription& each : known.subscriptions) {
        row.subscriptions.push_back(
            {.filter = each.filter,
             .qos = each.qos,
             .no_local = each.no_local,
             .retain_as_published = each.retain_as_published,
             .retain_handling = each.retain_handling,
             .retained = each.retained_due ? session::Retained::due : session::Retained::none,
             .identifier = each.identifier});
    }
    if (known.row.will) {
        row.will = will_of(*known.row.will);
    }
    return row;
}

/// Of a device that was there when the gateway ended: since now.
Instant since(const mqtt_store::KnownSession& known, const Moment& moment) {
    if (known.row.expires == kForever) {
        return moment.now;
    }
    return moment.instant_of(known.row.expires) - std::chrono::seconds{known.row.expiry_seconds};
}

std::uint64_t row_bytes(const Device* known, std::string_view client_id, std::size_t will) {
    const bool has_row = known != nullptr && known->stored != SessionNumber{};
    return has_row && will == 0 ? 0 : mqtt_store::session_bytes(client_id.size(), will);
}

/// As if its filter were the longest.
std::uint64_t row_bytes(const Device& device, session::SubscriptionNumber granted) {
    const session::SubscriptionEntry* entry = device.session.subscriptions().find(granted);
    const bool has_row = entry != nullptr && entry->granted;
    return has_row || !device.is_kept() ? 0 : mqtt_store::disk_bytes(mqtt_mapping::kFilterBytesMax);
}

Result<mqtt_store::Known> Keeper::open(const mqtt_store::Store::Options& options) {
    WEFT_TRY(store_,
             mqtt_store::Store::open(
                 loop_, options,
                 {.stored = [this](mqtt_store::Store::Ticket through) { on_stored(through); },
                  .failed = [this](const Error& error) { events_.failed(error); }}));
    if (!retained_.is_shared()) {
        store_place_ = std::make_unique<StorePlace>(*store_);
        retained_.use(*store_place_);
    }
    return store_->take_known();
}

// --- sessions -----------------------------------------------------------------------------------

/// All that was asked. Of what a store that has failed is asked nothing ever is.
bool Keeper::is_durable() const {
    return !store_ || (!store_->has_failed() && store_->asked() <= stored_);
}

void Keeper::await(Waiting waiting) {
    if (!store_->has_failed()) {
        waiting.ticket = store_->asked();
        waiting_.push_back(waiting);
    }
}

mqtt_store::SessionRecord* Keeper::record_of(const Device& device) {
    const bool has_record = rows_ != nullptr && device.stored != SessionNumber{};
    return has_record ? &rows_->change(device.session.client_id()) : nullptr;
}

void Keeper::answer(const Device& device, session::StoreTicket ticket) {
    if (ticket == 0) {
        return;
    }
    if (rows_ != nullptr) {
        rows_->await(device.session.client_id(), device.id, ticket);
    } else if (is_durable()) {
        events_.stored(device.id, ticket);
    } else {
        await({.device = device.id, .session_ticket = ticket});
    }
}

void Keeper::on_stored(mqtt_store::Store::Ticket through) {
    stored_ = through;
    while (!waiting_.empty() && waiting_.front().ticket <= through) {
        const Waiting done = waiting_.front();
        waiting_.pop_front();
        if (done.device != 0) {
            events_.stored(done.device, done.session_ticket);
        } else {
            events_.kept(done.arrival);
        }
    }
    if (store_place_) {
        retained_.on_stored(through);
    }
    events_.told();
}

void Keeper::perform(Device& device, const session::StoreSession& asked, const Moment& moment) {
    if (rows_ != nullptr) {
        mqtt_store::SessionRecord& record = rows_->change(device.session.client_id());
        record.row = row_of(device.session, moment);
        record.is_over = false;
        device.stored = SessionNumber{1};
    } else if (store_) {
        mqtt_store::SessionRow row = row_of(device.session, moment);
        if (device.stored == SessionNumber{}) {
            device.stored = store_->add_session(std::move(row));
        } else {
            store_->set_session(device.stored, std::move(row));
        }
    }
    answer(device, asked.ticket);
}

void Keeper::perform(Device& device, const session::StoreSubscription& asked) {
    const session::SubscriptionEntry* entry = device.session.subscriptions().find(asked.number);
    if (entry != nullptr && device.stored != SessionNumber{}) {
        mqtt_store::StoredSubscription stored{
            .filter = entry->filter,
            .identifier = entry->identifier,
            .qos = entry->qos,
            .no_local = entry->no_local,
            .retain_as_published = entry->retain_as_published,
            .retain_handling = entry->retain_handling,
            .retained_due = entry->retained != session::Retained::none};
        if (mqtt_store::SessionRecord* record = record_of(device)) {
            record->subscriptions.insert_or_assign(entry->filter, std::move(stored));
        } else if (store_) {
            store_->subscribe(device.stored, std::move(stored));
        }
    }
    answer(device, asked.ticket);
}

void Keeper::perform(Device& device, const session::ForgetSubscription& asked) {
    if (mqtt_store::SessionRecord* record = record_of(device)) {
        record->subscriptions.erase(std::string{asked.filter});
    } else if (store_ && device.stored != SessionNumber{}) {
        store_->unsubscribe(device.stored, std::string{asked.filter});
    }
    answer(device, asked.ticket);
}

void Keeper::perform(Device& device, const session::StoreIncoming& asked) {
    if (mqtt_store::SessionRecord* record = record_of(device)) {
        record->incoming.insert_or_assign(asked.use.id, id_of(asked.use, asked.taken));
    } else if (store_ && device.stored != SessionNumber{}) {
        store_->put_incoming(device.stored, id_of(asked.use, asked.taken));
    }
    answer(device, asked.ticket);
}

void Keeper::perform(Device& device, const session::StoreSerials& asked) {
    std::vector<mqtt_store::IncomingId> under_way;
    for (const session::Use& use : asked.under_way) {
        under_way.push_back(id_of(use, /*taken=*/false));
    }
    if (mqtt_store::SessionRecord* record = record_of(device)) {
        record->set_serials(asked.base, under_way);
    } else if (store_ && device.stored != SessionNumber{}) {
        store_->set_serials(device.stored, asked.base, std::move(under_way));
    }
    answer(device, asked.ticket);
}

void Keeper::perform(Device& device, const session::StoreOutgoing& asked) {
    if (mqtt_store::SessionRecord* record = record_of(device)) {
        record->put_outgoing({.packet = asked.id, .held = true});
    } else if (store_ && device.stored != SessionNumber{}) {
        store_->put_outgoing(
            device.stored,
            {.packet = asked.id, .held = true, .entry = device.remove_from_queue(asked.token)});
    }
    answer(device, asked.ticket);
}

void Keeper::perform(Device& device, const session::AwaitStore& asked) {
    answer(device, asked.ticket);
}

void Keeper::perform(Device& device, const session::ForgetOutgoing& asked) {
    if (mqtt_store::SessionRecord* record = record_of(device)) {
        record->put_outgoing({.packet = asked.id});
    } else if (store_ && device.stored != SessionNumber{}) {
        store_->put_outgoing(device.stored, {.packet = asked.id});
    }
}

void Keeper::perform(Device& device, const session::EraseSession&) {
    if (mqtt_store::SessionRecord* record = record_of(device)) {
        record->end();
    } else if (store_ && device.stored != SessionNumber{}) {
        store_->drop_session(device.stored);
    }
    device.stored = SessionNumber{};
    device.queue = {};
}

// --- queues -------------------------------------------------------------------------------------

mqtt_store::EntryNumber Keeper::queue(Device& device,
                                      mqtt_store::SharedMessage message,
                                      mqtt_store::Store::Copies copies) {
    const auto queued = store_->queue(device.stored, std::move(message), copies);
    if (queued.answer != mqtt_store::Store::Queued::Answer::kept) {
        return 0;
    }
    device.queue.last = queued.number;
    return queued.number;
}

void Keeper::remove(const Device& device, mqtt_store::EntryNumber entry) {
    if (store_ && device.stored != SessionNumber{}) {
        store_->remove(device.stored, entry);
    }
}

void Keeper::keep(const Arrival& arrival) {
    if (is_durable()) {
        events_.kept(arrival);
    } else {
        await({.arrival = arrival});
    }
}

void Keeper::read_on(Device& device, std::size_t most, Read read) {
    if (!store_ || device.queue.reading || device.queue.is_read() || most == 0) {
        return;
    }
    device.queue.reading = true;
    Reading asked{.device = device.id,
                  .session = device.stored,
                  .after = device.queue.read,
                  .last = device.queue.last};
    store_->read_queue(device.stored, device.queue.read, most,
                       [asked, read = std::move(read)](mqtt_store::QueueReading reading) mutable {
                           asked.read = std::move(reading);
                           read(asked);
                       });
}

// --- wills ---------------------------------------------------------------------------------------

mqtt_store::WillNumber Keeper::keep_will(mqtt_store::FiredWill will) {
    if (!will.message) {
        return {};
    }
    if (rows_ != nullptr) {
        const std::string client_id{will.message->client_id()};
        return rows_->add_fired(client_id, std::move(will));
    }
    return store_ ? store_->add_will(std::move(will)) : mqtt_store::WillNumber{};
}

void Keeper::forget_will(mqtt_store::WillNumber will) {
    if (rows_ != nullptr) {
        rows_->remove_fired(will);
    } else if (store_ && will != mqtt_store::WillNumber{}) {
        store_->remove_will(will);
    }
}

void Keeper::sweep(WallTime now, std::function<void(std::size_t swept)> done) {
    if (store_) {
        store_->sweep(now, std::move(done));
    }
}

void Keeper::when_idle(std::function<void()> idle) {
    if (store_) {
        store_->when_idle(std::move(idle));
    } else {
        idle();
    }
}

}  // namespace weft::gateway

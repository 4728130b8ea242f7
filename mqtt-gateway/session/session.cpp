#include "mqtt-gateway/session/session.hpp"

#include "common/base/assert.hpp"
#include "mqtt-gateway/codec/topic.hpp"
#include "mqtt-gateway/session/topic_match.hpp"

#include <algorithm>
#include <utility>

namespace weft::session {
namespace {

using mqtt::Qos;
using mqtt::Reason;

Instant in_seconds(Instant now, std::uint32_t seconds) {
    return seconds == kNeverExpires ? kNever : now + std::chrono::seconds{seconds};
}

bool has_wildcard(std::string_view filter) {
    return filter.find_first_of("+#") != std::string_view::npos;
}

}  // namespace

Session::Session(std::string client_id,
                 std::uint64_t birth,
                 const Settings& settings,
                 Counters& counters)
    : client_id_{std::move(client_id)},
      settings_{settings},
      counters_{counters},
      life_{.birth = birth},
      will_{counters},
      incoming_{settings, counters},
      outgoing_{settings, counters} {}

Session::Session(std::string client_id,
                 const Settings& settings,
                 Counters& counters,
                 SessionRow row,
                 Instant now)
    : Session{std::move(client_id), row.life.birth, settings, counters} {
    is_present_ = true;
    is_loaded_ = true;
    is_stored_ = true;
    life_ = row.life;
    store_.needed = life_.expiry_seconds != 0;
    for (SubscriptionEntry& entry : row.subscriptions) {
        entry.granted = true;
        subscriptions_.add(std::move(entry));
    }
    incoming_.restore_base(row.serial_base);
    for (const SessionRow::Incoming& each : row.incoming) {
        incoming_.restore(each.use, each.taken);
    }
    Output none;
    for (const mqtt::PacketId id : row.outgoing) {
        outgoing_.restore(id, nullptr, none);
    }
    will_.set(std::move(row.will));
    await_end(now);
}

Turn Session::turn(Instant now, Output& out) {
    const bool open = peer_ != nullptr && peer_->is_open();
    return {.now = now, .out = out, .peer = open ? peer_ : nullptr, .store = store_};
}

/// What every input ends with: who closed the connection loses it.
void Session::after(Instant now, Output& out) {
    note_retained(out);
    if (peer_ == nullptr) {
        return;
    }
    if (peer_->is_closed()) {
        detach({}, now, out);
    } else {
        peer_->keep_alive().pause(!is_reading(), now);
    }
}

// --- the connection ------------------------------------------------------------------------------

void Session::attach(Peer& peer, Greeting greeting, Instant now, Output& out) {
    WEFT_CHECK(peer_ == nullptr && greeting.client_id == client_id_);  // S1
    const bool loses_row = greeting.clean_start && is_stored_;
    if (greeting.clean_start) {
        const bool had = is_present_;
        discard(turn(now, out));
        if (!had) {
            out.actions.emplace_back(EraseSession{});  // nobody looked for a row
        }
    } else {
        will_.reset();  // it was delayed, and the client is back. Spec: MQTT 5 [MQTT-3.1.3-9]
    }
    resumes_ = is_present_;
    is_present_ = true;
    will_at_ = kNever;
    ends_at_ = kNever;
    peer_ = &peer;
    peer.set_session(true);
    ++life_.epoch;
    life_.expiry_seconds = greeting.expiry;
    will_.set(std::exchange(greeting.will, std::nullopt));
    is_accepted_ = false;
    greeting_.emplace(std::move(greeting));
    store_.needed = life_.expiry_seconds != 0;
    store_row(out);
    if (loses_row && !is_stored_) {  // the client is told so once it is so
        row_ticket_ = store_.ask_anyway();
        out.actions.emplace_back(AwaitStore{row_ticket_});
    }
    if (is_loaded_) {
        attach_subscriptions(out);
    }
    greet(now, out);
}

/// The row, if there is one, or there has to be one.
void Session::store_row(Output& out) {
    if (is_stored_ || life_.expiry_seconds != 0 || will_) {
        is_stored_ = true;
        row_ticket_ = store_.ask_anyway();
        out.actions.emplace_back(StoreSession{.ticket = row_ticket_});
    }
}

/// Those of a session that was loaded: nobody has attached them yet.
void Session::attach_subscriptions(Output& out) {
    is_loaded_ = false;
    for (const SubscriptionEntry& entry : subscriptions_.all()) {
        const mqtt::TopicFilter parts = mqtt::split(entry.filter);
        out.actions.emplace_back(Subscribe{.ticket = {.subscription = entry.number},
                                           .filter = parts.filter,
                                           .group = parts.share,
                                           .qos = entry.qos,
                                           .existing = true,
                                           .send_retained = entry.retained == Retained::due});
    }
}

/// CONNACK, once the store knows, and what is to be sent again.
void Session::greet(Instant now, Output& out) {
    if (!greeting_ || !store_.is_durable(row_ticket_)) {
        return;
    }
    const Greeting greeting = std::move(*greeting_);
    greeting_.reset();
    peer_->send_connack(greeting, resumes_, out);
    peer_->keep_alive().hear(now);
    is_accepted_ = peer_->is_open();
    if (is_accepted_) {
        ++counters_.connected;
        counters_.resumed += resumes_ ? 1 : 0;
        outgoing_.resend(turn(now, out));
    }
    after(now, out);
}

void Session::detach(const Departure& departure, Instant now, Output& out) {
    if (!departure.fires_will || !is_accepted_) {
        will_.reset();
    }
    peer_->set_session(false);
    peer_ = nullptr;
    greeting_.reset();
    requests_.clear();
    incoming_.on_detached(turn(now, out));
    outgoing_.on_detached(turn(now, out));
    if (departure.expiry_seconds) {
        life_.expiry_seconds = *departure.expiry_seconds;
    }
    await_end(now);
    if (life_.expiry_seconds != 0) {
        fire_due_will(now, out);
        store_row(out);
    } else {
        end(now, out);
    }
}

/// Spec: MQTT 5 §3.1.3.2.2: the will waits no longer than the session.
void Session::await_end(Instant now) {
    ends_at_ = in_seconds(now, life_.expiry_seconds);
    will_at_ =
        will_ ? in_seconds(now, std::min(will()->delay_seconds, life_.expiry_seconds)) : kNever;
}

void Session::fire_due_will(Instant now, Output& out) {
    if (will_ && will_at_ <= now) {
        ++counters_.wills_fired;
        out.actions.emplace_back(FireWill{.will = will_.take(), .epoch = life_.epoch});
        will_at_ = kNever;
    }
}

void Session::end(Instant now, Output& out) {
    WEFT_CHECK(peer_ == nullptr);
    discard(turn(now, out));
    out.actions.emplace_back(Ended{});
}

/// All that it has. Its will does not wait for more. Spec: MQTT 5 [MQTT-3.1.2-10]
void Session::discard(const Turn& turn) {
    if (!is_present_) {
        return;
    }
    ++counters_.ended;
    will_at_ = will_ ? turn.now : kNever;
    fire_due_will(turn.now, turn.out);
    for (const SubscriptionEntry& entry : subscriptions_.all()) {
        turn.out.actions.emplace_back(Unsubscribe{.ticket = {.subscription = entry.number}});
    }
    subscriptions_.clear();
    requests_.clear();
    incoming_.clear(turn);
    outgoing_.clear(turn);
    if (is_stored_) {
        turn.out.actions.emplace_back(EraseSession{});
    }
    is_stored_ = false;
    is_loaded_ = false;
    is_present_ = false;
    ends_at_ = kNever;
}

bool Session::is_reading() const {
    if (peer_ == nullptr || !peer_->is_open()) {
        return false;
    }
    return requests_.size() < settings_.requests_max && (peer_->is_v5() || !incoming_.is_full()) &&
           store_.is_durable(incoming_.serials_asked());
}

// --- publishes -----------------------------------------------------------------------------------

void Session::on_publish(const mqtt::Publish& publish,
                         std::string_view topic,
                         Instant now,
                         Output& out) {
    incoming_.publish(publish, topic, turn(now, out));
    after(now, out);
}

void Session::on_ack(const mqtt::Ack& ack, Instant now, Output& out) {
    const Turn given = turn(now, out);
    if (ack.type == mqtt::PacketType::pubrel) {
        incoming_.on_pubrel(ack.id, given);
    } else if (!outgoing_.on_ack(ack, given)) {
        ++counters_.faults;
        peer_->close(Reason::protocol_error, "an acknowledgement does not fit the message", out);
    }
    after(now, out);
}

void Session::on_published(
    PublishTicket ticket, Taken taken, std::string_view why, Instant now, Output& out) {
    incoming_.on_published(ticket, taken, why, turn(now, out));
    after(now, out);
}

// --- deliveries ----------------------------------------------------------------------------------

void Session::deliver(const Delivery& delivery, Instant now, Output& out) {
    if (!delivery.message) {
        outgoing_.restore(delivery.id, turn(now, out).peer, out);
        after(now, out);
        return;
    }
    const Message& message = *delivery.message;
    const bool own = !message.publisher.empty() && message.publisher == client_id_;
    bool wanted = false;
    bool retain = delivery.retained;
    Qos qos = Qos::at_most_once;
    out.identifiers.clear();
    const auto consider = [&](const SubscriptionEntry& entry) {
        if (!entry.granted || (entry.no_local && own)) {
            return;
        }
        wanted = true;
        retain = retain || (entry.retain_as_published && message.retain);
        qos = std::max(qos, std::min(entry.qos, message.qos));
        if (entry.identifier != 0) {
            out.identifiers.push_back(entry.identifier);
        }
    };
    for (const SubscriptionNumber number : delivery.subscriptions) {
        if (const SubscriptionEntry* entry = subscriptions_.find(number)) {
            consider(*entry);
        }
    }
    if (delivery.subscriptions.empty()) {
        for (const SubscriptionEntry& entry : subscriptions_.all()) {
            if (!entry.is_shared() && matches(entry.filter, message.topic)) {
                consider(entry);
            }
        }
    }
    if (!wanted) {
        drop_unmatched(delivery, now, out);
        return;
    }
    outgoing_.deliver({.message = delivery.message,
                       .token = delivery.token,
                       .qos = qos,
                       .retain = retain,
                       .identifiers = out.identifiers,
                       .id = delivery.id,
                       .again = delivery.again},
                      turn(now, out));
    after(now, out);
}

/// What was in the session's queue is nobody else's. What came for certain subscriptions may be for
/// others; to those that are there, and leave it out (No Local), it would come again and again.
void Session::drop_unmatched(const Delivery& delivery, Instant now, Output& out) {
    ++counters_.unmatched;
    if (delivery.token == DeliveryToken{}) {
        return;
    }
    if (delivery.again) {  // of its queue
        outgoing_.give_up(delivery.token, delivery.message->qos, delivery.id, turn(now, out));
        after(now, out);
        return;
    }
    Settlement settlement = Settlement::accepted;
    if (!delivery.subscriptions.empty()) {
        const bool left_out = std::ranges::any_of(
            delivery.subscriptions,
            [this](SubscriptionNumber number) { return subscriptions_.find(number) != nullptr; });
        settlement = left_out ? Settlement::unwanted : Settlement::released;
    }
    out.actions.emplace_back(Settle{.token = delivery.token, .settlement = settlement});
}

void Session::on_uncongested(Instant now, Output& out) {
    outgoing_.send_waiting(turn(now, out));
    after(now, out);
}

// --- subscriptions -------------------------------------------------------------------------------

void Session::on_subscribe(const mqtt::Subscribe& subscribe, Instant now, Output& out) {
    if (refuse_id(subscribe.id, subscribe.entries.count(), Requests::Kind::subscribe, now, out)) {
        return;
    }
    const std::uint32_t identifier =
        subscribe.properties.number(mqtt::PropertyId::subscription_identifier).value_or(0);
    const std::uint32_t request =
        requests_.open(Requests::Kind::subscribe, subscribe.id, subscribe.entries.count());
    std::uint32_t place = 0;
    for (mqtt::Subscriptions entries = subscribe.entries; const auto wanted = entries.next();) {
        const auto reason = place < settings_.request_entries_max
                                ? refusal_of(*wanted, identifier)
                                : std::optional(Reason::quota_exceeded);
        if (reason) {
            ++counters_.subscriptions_refused;
            requests_.answer(request, place, *reason);
        } else {
            subscribe_to(*wanted, identifier, {.request = request, .entry = place}, out);
        }
        ++place;
    }
    requests_.send_ready(turn(now, out));
    after(now, out);
}

std::optional<Reason> Session::refusal_of(const mqtt::Subscription& wanted,
                                          std::uint32_t identifier) {
    const mqtt::TopicFilter parts = mqtt::split(wanted.filter);
    if (parts.shared() && !settings_.shared_available) {
        return Reason::shared_subscriptions_not_supported;
    }
    if (has_wildcard(parts.filter) && !settings_.wildcards_available) {
        return Reason::wildcard_subscriptions_not_supported;
    }
    if (identifier != 0 && !settings_.subscription_identifiers_available) {
        return Reason::subscription_identifiers_not_supported;
    }
    const bool room = subscriptions_.size() < settings_.subscriptions_max &&
                      subscriptions_.levels() < settings_.subscription_levels_max;
    if (!room && subscriptions_.find(wanted.filter) == nullptr) {
        return Reason::quota_exceeded;
    }
    return std::nullopt;
}

/// Spec: MQTT 5 §3.8.4
void Session::subscribe_to(const mqtt::Subscription& wanted,
                           std::uint32_t identifier,
                           SubscribeTicket ticket,
                           Output& out) {
    SubscriptionEntry* entry = subscriptions_.find(wanted.filter);
    const bool existing = entry != nullptr;
    if (!existing) {
        entry = &subscriptions_.add({.filter = std::string{wanted.filter}});
    }
    entry->qos = std::min(wanted.qos, settings_.qos_max);
    entry->no_local = wanted.no_local;
    entry->retain_as_published = wanted.retain_as_published;
    entry->retain_handling = wanted.retain_handling;
    entry->identifier = identifier;
    ticket.subscription = entry->number;
    const mqtt::TopicFilter parts = mqtt::split(wanted.filter);
    const bool wants_retained =
        !parts.shared() &&
        (wanted.retain_handling == mqtt::RetainHandling::send ||
         (wanted.retain_handling == mqtt::RetainHandling::send_if_new && !existing));
    if (wants_retained) {
        entry->retained = Retained::asked;
    }
    out.actions.emplace_back(Subscribe{.ticket = ticket,
                                       .filter = parts.filter,
                                       .group = parts.share,
                                       .qos = entry->qos,
                                       .existing = existing,
                                       .send_retained = wants_retained});
}

void Session::on_subscribed(const SubscribeTicket& ticket,
                            Reason reason,
                            Instant now,
                            Output& out) {
    SubscriptionEntry* entry = subscriptions_.find(ticket.subscription);
    if (is_failure(reason)) {
        lose(entry, ticket, out);
    } else if (entry != nullptr) {
        WEFT_CHECK(reason <= Reason::granted_qos_2);
        entry->granted = true;
        entry->qos = static_cast<Qos>(reason);
        if (entry->retained == Retained::asked) {
            entry->retained = Retained::due;
        }
        if (const StoreTicket asked = ticket.request != 0 ? store_.ask() : 0) {
            out.actions.emplace_back(StoreSubscription{.ticket = asked, .number = entry->number});
            requests_.wait_for(ticket.request, asked);
        }
    }
    requests_.answer(ticket.request, ticket.entry, reason);
    if (const Turn given = turn(now, out); given.peer != nullptr) {
        requests_.send_ready(given);
    }
    after(now, out);
}

void Session::on_retained_given(SubscriptionNumber number, Instant now, Output& out) {
    SubscriptionEntry* entry = subscriptions_.find(number);
    if (entry != nullptr && entry->retained == Retained::due) {
        entry->retained = Retained::given;
        retained_given_ = true;
    }
    after(now, out);
}

/// The device has all that nobody but this session knows of: among it what was retained.
void Session::note_retained(Output& out) {
    if (!retained_given_ || outgoing_.unowned() != 0) {
        return;
    }
    retained_given_ = false;
    for (SubscriptionEntry& entry : subscriptions_.all()) {
        if (entry.retained != Retained::given) {
            continue;
        }
        entry.retained = Retained::none;
        if (const StoreTicket asked = store_.ask()) {
            out.actions.emplace_back(StoreSubscription{.ticket = asked, .number = entry.number});
        }
    }
}

/// The mesh refuses. What it granted before stays, unless it was loaded and is refused now.
void Session::lose(SubscriptionEntry* entry, const SubscribeTicket& ticket, Output& out) {
    const bool loaded = ticket.request == 0;
    ++(loaded ? counters_.subscriptions_lost : counters_.subscriptions_refused);
    if (entry == nullptr || (entry->granted && !loaded)) {
        return;
    }
    if (const StoreTicket asked = loaded ? store_.ask() : 0) {
        out.text = entry->filter;  // which is gone when this is carried out
        out.actions.emplace_back(ForgetSubscription{.ticket = asked, .filter = out.text});
    }
    subscriptions_.remove(entry->number);
}

void Session::on_unsubscribe(const mqtt::Unsubscribe& unsubscribe, Instant now, Output& out) {
    constexpr auto kKind = Requests::Kind::unsubscribe;
    if (refuse_id(unsubscribe.id, unsubscribe.entries.count(), kKind, now, out)) {
        return;
    }
    const std::uint32_t request =
        requests_.open(kKind, unsubscribe.id, unsubscribe.entries.count());
    std::uint32_t place = 0;
    for (mqtt::Filters entries = unsubscribe.entries; const auto filter = entries.next();) {
        if (const SubscriptionEntry* entry = subscriptions_.find(*filter)) {
            const SubscriptionNumber number = entry->number;
            subscriptions_.remove(number);
            out.actions.emplace_back(Unsubscribe{
                .ticket = {.request = request, .subscription = number, .entry = place}});
            if (const StoreTicket asked = store_.ask()) {
                out.actions.emplace_back(ForgetSubscription{.ticket = asked, .filter = *filter});
                requests_.wait_for(request, asked);
            }
        } else {
            requests_.answer(request, place, Reason::no_subscription_existed);
        }
        ++place;
    }
    requests_.send_ready(turn(now, out));
    after(now, out);
}

void Session::on_unsubscribed(const SubscribeTicket& ticket, Instant now, Output& out) {
    requests_.answer(ticket.request, ticket.entry, Reason::success);
    if (const Turn given = turn(now, out); given.peer != nullptr) {
        requests_.send_ready(given);
    }
    after(now, out);
}

/// Its packet identifier is that of a request which has no answer yet. True: it was refused.
bool Session::refuse_id(
    mqtt::PacketId id, std::size_t entries, Requests::Kind kind, Instant now, Output& out) {
    if (!requests_.has_id(id)) {
        return false;
    }
    const Buffer codes(entries, static_cast<std::uint8_t>(Reason::packet_identifier_in_use));
    if (!peer_->is_v5()) {
        ++counters_.faults;
        peer_->close(Reason::packet_identifier_in_use, "a packet identifier is in use already",
                     out);
    } else if (kind == Requests::Kind::subscribe) {
        peer_->send_suback(id, codes, out);
    } else {
        peer_->send_unsuback(id, codes, out);
    }
    after(now, out);
    return true;
}

// --- the store, time
// -------------------------------------------------------------------------------

void Session::on_stored(StoreTicket upto, Instant now, Output& out) {
    store_.on_stored(upto);
    greet(now, out);
    const Turn given = turn(now, out);
    incoming_.on_stored(given);
    outgoing_.on_stored(given);
    if (given.peer != nullptr) {
        requests_.send_ready(given);
    }
    after(now, out);
}

void Session::on_time(Instant now, Output& out) {
    incoming_.on_time(turn(now, out));
    after(now, out);
    if (peer_ != nullptr) {
        return;
    }
    if (ends_at_ <= now && is_present_) {
        end(now, out);
    } else if (will_ && will_at_ <= now) {
        fire_due_will(now, out);
        store_row(out);
    }
}

Instant Session::deadline() const {
    const Instant own = peer_ == nullptr ? std::min(will_at_, ends_at_) : kNever;
    return std::min(own, incoming_.deadline());
}

}  // namespace weft::session

#include "mqtt-gateway/session/incoming.hpp"

#include "common/base/assert.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace weft::session {
namespace {

using mqtt::PacketType;
using mqtt::Qos;
using mqtt::Reason;

PacketType answer_to(Qos qos) {
    return qos == Qos::at_least_once ? PacketType::puback : PacketType::pubrec;
}

/// What PUBACK and PUBREC say in MQTT 5. There is none for messages that are too large.
Reason reason_of(Taken taken) {
    switch (taken) {
        case Taken::accepted:
            return Reason::success;
        case Taken::no_subscribers:
            return Reason::no_matching_subscribers;
        case Taken::unauthorized:
            return Reason::not_authorized;
        case Taken::not_found:
            return Reason::topic_name_invalid;
        case Taken::too_large:
        case Taken::resource_limit:
        case Taken::no_consumer:
            return Reason::quota_exceeded;
        case Taken::invalid:
            return Reason::payload_format_invalid;
        case Taken::undeliverable:
        case Taken::refused:
        case Taken::unknown:
        case Taken::late:
            break;
    }
    return Reason::implementation_specific_error;
}

void send_answer(
    Qos qos, mqtt::PacketId id, Reason reason, std::string_view why, const Turn& turn) {
    if (turn.peer != nullptr) {
        turn.peer->send_ack(answer_to(qos), id, reason, why, turn.out);
    }
}

}  // namespace

void Incoming::publish(const mqtt::Publish& publish, std::string_view topic, const Turn& turn) {
    const bool refused = topic.starts_with('$') && settings_.dollar_publish != DollarPublish::pass;
    if (publish.qos != Qos::at_most_once && repeat(publish, turn)) {
        return;
    }
    if (refused) {
        refuse_topic(publish, turn);
        return;
    }
    Publish asked{.topic = topic,
                  .payload = publish.payload,
                  .properties = publish.properties,
                  .qos = publish.qos,
                  .retain = publish.retain};
    if (publish.qos != Qos::at_most_once) {
        if (!is_within_limits(turn)) {
            return;
        }
        asked.ticket = PublishTicket{++last_ticket_};
        ++unacknowledged_;
        publishes_.push_back({.ticket = asked.ticket, .id = publish.id, .qos = publish.qos});
        if (publish.qos == Qos::exactly_once) {
            asked.use = serials_.use_of(publish.id);
            is_up_to_date_ = is_up_to_date_ || !publish.dup;
        }
    }
    ++counters_.published;
    turn.out.actions.emplace_back(asked);
}

/// Spec: MQTT 5 §3.3.4, [MQTT-3.3.4-9]
bool Incoming::is_within_limits(const Turn& turn) {
    if (turn.peer->is_v5() && unacknowledged_ >= settings_.receive_maximum) {
        ++counters_.faults;
        turn.peer->close(Reason::receive_maximum_exceeded,
                         "more publishes are unacknowledged than the receive maximum", turn.out);
        return false;
    }
    if (received_.size() >= settings_.incoming_ids_max) {
        ++counters_.faults;
        turn.peer->close(Reason::quota_exceeded, "too many QoS 2 publishes wait for PUBREL",
                         turn.out);
        return false;
    }
    return true;
}

/// What came by an older connection, and now again, counts for this one.
bool Incoming::count_again(bool& counted, const Turn& turn) {
    if (counted) {
        return true;
    }
    if (!is_within_limits(turn)) {
        return false;
    }
    counted = true;
    ++unacknowledged_;
    return true;
}

/// Its id is in use: true, and it was dealt with. Spec: MQTT 5 [MQTT-4.3.3-10], [MQTT-2.2.1-3]
bool Incoming::repeat(const mqtt::Publish& publish, const Turn& turn) {
    if (const std::size_t at = find_received(publish.id); at != received_.size()) {
        if (publish.qos != Qos::exactly_once) {
            refuse_id(publish, turn);
        } else if (count_again(received_[at].counted, turn)) {
            send_answer(publish.qos, publish.id, Reason::success, {}, turn);
        }
        return true;
    }
    const auto found = std::ranges::find(publishes_, publish.id, &Publishing::id);
    if (found == publishes_.end()) {
        return false;
    }
    if (found->qos != publish.qos) {
        refuse_id(publish, turn);
    } else if (publish.qos == Qos::exactly_once) {
        // It is answered when the mesh has it.
        const bool first = !found->counted;
        found->repeats += count_again(found->counted, turn) && !first ? 1U : 0U;
    } else if (!publish.dup) {
        ++counters_.faults;
        turn.peer->close(Reason::protocol_error, "a packet identifier is in use already", turn.out);
    }
    return true;
}

void Incoming::refuse_id(const mqtt::Publish& publish, const Turn& turn) {
    if (turn.peer->is_v5()) {
        send_answer(publish.qos, publish.id, Reason::packet_identifier_in_use, {}, turn);
    } else {
        ++counters_.faults;
        turn.peer->close(Reason::packet_identifier_in_use, "a packet identifier is in use already",
                         turn.out);
    }
}

void Incoming::refuse_topic(const mqtt::Publish& publish, const Turn& turn) {
    constexpr std::string_view kWhy = "topics that begin with '$' are not for clients";
    ++counters_.publishes_refused;
    if (!turn.peer->is_v5() && settings_.dollar_publish == DollarPublish::close) {
        turn.peer->close(Reason::topic_name_invalid, kWhy, turn.out);
    } else if (publish.qos == Qos::at_most_once) {
        ++counters_.publishes_dropped;
    } else if (turn.peer->is_v5()) {
        send_answer(publish.qos, publish.id, Reason::topic_name_invalid, kWhy, turn);
    } else {
        ++counters_.publishes_dropped;
        send_answer(publish.qos, publish.id, Reason::success, {}, turn);
    }
}

void Incoming::on_published(PublishTicket ticket,
                            Taken taken,
                            std::string_view why,
                            const Turn& turn) {
    const auto found = std::ranges::find(publishes_, ticket, &Publishing::ticket);
    if (found == publishes_.end() || found->stage != Stage::publishing) {
        return;
    }
    const auto at = static_cast<std::size_t>(found - publishes_.begin());
    found->taken = taken;
    if (taken == Taken::accepted || taken == Taken::no_subscribers) {
        take(at, reason_of(taken), turn);
    } else if (is_final(taken)) {
        refuse(at, taken, why, turn);
    } else if (taken == Taken::late) {
        wait_on(why, turn);
    } else if (taken == Taken::unknown || settings_.on_no_consumer == NoConsumer::hold) {
        hold(at, taken, turn);
    } else if (settings_.on_no_consumer == NoConsumer::close) {
        give_up(at, turn);
    } else {
        ++counters_.publishes_dropped;
        turn.out.actions.emplace_back(Abandon{.ticket = ticket});
        take(at, Reason::no_matching_subscribers, turn);
    }
}

/// The mesh has it, or it counts as if. `reason`: a success.
void Incoming::take(std::size_t at, Reason reason, const Turn& turn) {
    Publishing& publish = publishes_[at];
    if (publish.qos == Qos::at_least_once) {
        const Publishing done = remove(at);
        unacknowledged_ -= done.counted ? 1 : 0;
        send_answer(done.qos, done.id, reason, {}, turn);
        return;
    }
    publish.taken = reason == Reason::success ? Taken::accepted : Taken::no_subscribers;
    publish.store = turn.store.ask();
    if (publish.store == 0) {
        receive(at, turn);
        return;
    }
    publish.stage = Stage::storing;
    unstored_.add(publish.store, publish.id);
    turn.out.actions.emplace_back(
        StoreIncoming{.ticket = publish.store, .use = serials_.use_of(publish.id), .taken = true});
}

/// QoS 2: the id is kept until PUBREL.
void Incoming::receive(std::size_t at, const Turn& turn) {
    const Publishing done = remove(at);
    const auto place = std::ranges::lower_bound(received_, done.id, {}, &Received::id);
    received_.insert(place, {.id = done.id, .counted = done.counted});
    for (std::uint32_t i = 0; i <= done.repeats; ++i) {
        send_answer(done.qos, done.id, reason_of(done.taken), {}, turn);
    }
}

void Incoming::refuse(std::size_t at, Taken taken, std::string_view why, const Turn& turn) {
    ++counters_.publishes_refused;
    if (turn.peer == nullptr) {
        remove(at);  // QoS 2: the client sends it again, and hears then
    } else if (turn.peer->is_v5()) {
        answer_failure(at, reason_of(taken), why, turn);
    } else if (settings_.on_reject == Rejected::ack) {
        ++counters_.publishes_dropped;
        take(at, Reason::success, turn);
    } else {
        remove(at);
        turn.peer->close(reason_of(taken), why.empty() ? "the mesh refused a publish" : why,
                         turn.out);
    }
}

/// MQTT 5: the id is free then. A lost connection may have left a copy of the message somewhere, so
/// that the next one under that id must have another name. Spec: MQTT 5 §4.3.3
void Incoming::answer_failure(std::size_t at,
                              Reason reason,
                              std::string_view why,
                              const Turn& turn) {
    Publishing& publish = publishes_[at];
    publish.reason = reason;
    publish.why = why;
    if (publish.qos == Qos::exactly_once) {
        publish.stage = Stage::freeing;
        publish.store = free(publish.id, turn);
        shorten_serials(turn);
        if (publish.store != 0) {
            return;
        }
    }
    send_failure(at, turn);
}

void Incoming::send_failure(std::size_t at, const Turn& turn) {
    const Publishing done = remove(at);
    unacknowledged_ -= done.counted ? 1 : 0;
    send_answer(done.qos, done.id, done.reason, done.why, turn);
}

/// A client may use it again once this is durable; 0: at once.
StoreTicket Incoming::free(mqtt::PacketId id, const Turn& turn) {
    const Use next = serials_.free(id);
    const StoreTicket asked = turn.store.ask();
    if (asked != 0) {
        unstored_.add(asked, id);
        turn.out.actions.emplace_back(StoreIncoming{.ticket = asked, .use = next});
    }
    return asked;
}

/// Of free ids there are up to 65,535. What the client sent before this connection, to a gateway
/// that was killed, comes again before anything new; until then it keeps its name, too.
void Incoming::shorten_serials(const Turn& turn) {
    if (!serials_.is_long(is_up_to_date_)) {
        return;
    }
    std::vector<mqtt::PacketId> under_way;
    for (const Publishing& publish : publishes_) {
        if (publish.qos == Qos::exactly_once && publish.stage != Stage::freeing) {
            under_way.push_back(publish.id);
        }
    }
    const std::size_t unstored = under_way.size();  // those behind them have rows
    for (const Received& received : received_) {
        if (received.forgetting == 0) {
            under_way.push_back(received.id);
        }
    }
    StoreSerials asked;
    for (const mqtt::PacketId id : std::span{under_way}.first(unstored)) {
        asked.under_way.push_back(serials_.use_of(id));
    }
    std::ranges::sort(under_way);
    serials_.compact(under_way);
    asked.base = serials_.base();
    if (turn.store.needed) {
        asked.ticket = serials_asked_ = turn.store.ask();
        turn.out.actions.emplace_back(std::move(asked));
    }
}

/// It can't be taken back: its id is kept, so that what the client sends again is no second one.
void Incoming::wait_on(std::string_view why, const Turn& turn) {
    ++counters_.publish_timeouts;
    if (turn.peer != nullptr) {
        turn.peer->close(Reason::quota_exceeded, why, turn.out);
    }
}

void Incoming::hold(std::size_t at, Taken taken, const Turn& turn) {
    Publishing& publish = publishes_[at];
    publish.taken = taken;
    if (publish.pause == Duration{}) {
        publish.give_up = turn.now + settings_.publish_timeout;
    }
    if (turn.now >= publish.give_up) {
        give_up(at, turn);
        return;
    }
    publish.stage = Stage::held;
    publish.pause =
        publish.pause == Duration{} ? kRetryFirst : std::min(2 * publish.pause, kRetryMax);
    publish.again = std::min(turn.now + publish.pause, publish.give_up);
}

void Incoming::give_up(std::size_t at, const Turn& turn) {
    constexpr std::string_view kNobody = "nobody takes messages from this address now";
    constexpr std::string_view kLost = "the mesh did not answer in time";
    const bool lost = publishes_[at].taken == Taken::unknown;
    ++counters_.publish_timeouts;
    turn.out.actions.emplace_back(Abandon{.ticket = publishes_[at].ticket});
    if (turn.peer == nullptr) {
        remove(at);
    } else if (lost || !turn.peer->is_v5()) {
        // MQTT 5 has "server unavailable" for CONNACK only.
        remove(at);
        turn.peer->close(lost ? Reason::server_busy : Reason::quota_exceeded,
                         lost ? kLost : kNobody, turn.out);
    } else {
        answer_failure(at, Reason::quota_exceeded, kNobody, turn);
    }
}

void Incoming::on_pubrel(mqtt::PacketId id, const Turn& turn) {
    const std::size_t at = find_received(id);
    if (at == received_.size()) {
        turn.peer->send_ack(PacketType::pubcomp, id, Reason::packet_identifier_not_found, {},
                            turn.out);
        return;
    }
    Received& received = received_[at];
    if (received.forgetting != 0) {
        return;  // PUBCOMP is under way
    }
    received.forgetting = free(id, turn);
    if (received.forgetting == 0) {
        complete(at, turn);
    }
    shorten_serials(turn);
}

void Incoming::complete(std::size_t at, const Turn& turn) {
    const Received done = received_[at];
    received_.erase(received_.begin() + static_cast<std::ptrdiff_t>(at));
    unacknowledged_ -= done.counted ? 1 : 0;
    if (turn.peer != nullptr) {
        turn.peer->send_ack(PacketType::pubcomp, done.id, Reason::success, {}, turn.out);
    }
}

void Incoming::on_stored(const Turn& turn) {
    while (const mqtt::PacketId id = unstored_.take(turn.store)) {
        if (const std::size_t at = find_received(id); at != received_.size()) {  // P1
            complete(at, turn);
            continue;
        }
        const auto found = std::ranges::find(publishes_, id, &Publishing::id);
        WEFT_CHECK(found != publishes_.end());
        const auto at = static_cast<std::size_t>(found - publishes_.begin());
        WEFT_CHECK(found->stage == Stage::storing || found->stage == Stage::freeing);
        found->stage == Stage::storing ? receive(at, turn) : send_failure(at, turn);
    }
}

void Incoming::on_time(const Turn& turn) {
    for (std::size_t at = 0; at < publishes_.size();) {
        Publishing& publish = publishes_[at];
        const bool due = publish.stage == Stage::held && publish.again <= turn.now;
        if (due && publish.give_up <= turn.now) {
            give_up(at, turn);
            if (turn.peer != nullptr && turn.peer->is_closed()) {
                return;
            }
            continue;
        }
        if (due) {
            publish.stage = Stage::publishing;
            ++counters_.publish_retries;
            turn.out.actions.emplace_back(Republish{.ticket = publish.ticket});
        }
        ++at;
    }
}

Instant Incoming::deadline() const {
    Instant first = kNever;
    for (const Publishing& publish : publishes_) {
        if (publish.stage == Stage::held) {
            first = std::min(first, publish.again);
        }
    }
    return first;
}

void Incoming::on_detached(const Turn& turn) {
    for (Publishing& publish : publishes_) {
        publish.counted = false;
        publish.repeats = 0;
        if (publish.qos == Qos::at_least_once) {
            turn.out.actions.emplace_back(Abandon{.ticket = publish.ticket});
        }
    }
    std::erase_if(publishes_,
                  [](const Publishing& publish) { return publish.qos == Qos::at_least_once; });
    for (Received& received : received_) {
        received.counted = false;
    }
    unacknowledged_ = 0;
    is_up_to_date_ = false;
}

void Incoming::clear(const Turn& turn) {
    for (const Publishing& publish : publishes_) {
        if (publish.stage != Stage::storing && publish.stage != Stage::freeing) {
            turn.out.actions.emplace_back(Abandon{.ticket = publish.ticket});
        }
    }
    publishes_ = {};
    received_ = {};
    unstored_.clear();
    serials_.compact({});  // who begins anew has the same birth
    unacknowledged_ = 0;
}

void Incoming::restore(Use use, bool taken) {
    serials_.restore(use);
    if (!taken) {
        return;
    }
    const auto place = std::ranges::lower_bound(received_, use.id, {}, &Received::id);
    if (place == received_.end() || place->id != use.id) {
        received_.insert(place, {.id = use.id, .counted = false});
    }
}

Incoming::Publishing Incoming::remove(std::size_t at) {
    Publishing removed = std::move(publishes_[at]);
    publishes_.erase(publishes_.begin() + static_cast<std::ptrdiff_t>(at));
    return removed;
}

std::size_t Incoming::find_received(mqtt::PacketId id) const {
    const auto at = std::ranges::lower_bound(received_, id, {}, &Received::id);
    return at != received_.end() && at->id == id ? static_cast<std::size_t>(at - received_.begin())
                                                 : received_.size();
}

}  // namespace weft::session

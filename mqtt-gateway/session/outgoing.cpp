#include "mqtt-gateway/session/outgoing.hpp"

#include "common/base/assert.hpp"
#include "mqtt-gateway/session/shares.hpp"

#include <algorithm>
#include <utility>

namespace weft::session {
namespace {

using mqtt::PacketType;
using mqtt::Qos;
using mqtt::Reason;

void settle(DeliveryToken token, Settlement settlement, const Turn& turn) {
    if (token != DeliveryToken{}) {
        turn.out.actions.emplace_back(Settle{.token = token, .settlement = settlement});
    }
}

bool is_expired(const Message& message, Instant now) {
    return message.expires <= now;
}

}  // namespace

Outgoing::~Outgoing() {
    counters_.queued_bytes -= bytes_;
}

void Outgoing::deliver(const Merged& merged, const Turn& turn) {
    if (is_expired(*merged.message, turn.now)) {
        ++counters_.dropped_expired;
        give_up(merged.token, merged.again ? merged.qos : Qos::at_most_once, merged.id, turn);
        return;
    }
    const bool online = turn.peer != nullptr;
    if (merged.qos == Qos::at_most_once) {
        online ? deliver_at_most_once(merged, turn) : drop_offline(merged, turn);
        return;
    }
    if (!online && merged.token != DeliveryToken{}) {
        settle(merged.token, Settlement::released, turn);  // the mesh keeps it
        return;
    }
    const bool has_id = is_free(merged.id);
    // The one that credit was told for: refused for its id, it would be read again without end.
    const bool is_next = online && waiting() == 0 && takes_more(*turn.peer);
    const bool at_once = is_next && has_id;
    if (!is_next && !can_keep(*merged.message, online)) {
        ++counters_.dropped_full;
        settle(merged.token, Settlement::released, turn);
        return;
    }
    Kept kept{.message = merged.message,
              .token = merged.token,
              .qos = merged.qos,
              .retain = merged.retain,
              .identifiers = {merged.identifiers.begin(), merged.identifiers.end()},
              .id = merged.id,
              .again = merged.again};
    charge(kept);
    if (merged.again && has_id && waiting() == 0) {
        flights_.push_back({.id = merged.id, .again = true, .kept = std::move(kept)});
        ++unsent_;
        (void)reserve(flights_.back(), turn);
        send_waiting(turn);
    } else if (at_once) {
        start(std::move(kept), turn);
    } else {
        counters_.id_waits += has_id ? 0 : 1;
        waiting_.push_back(std::move(kept));
    }
}

/// One that the device may have begun to take from another gateway is as if it had: D4.
void Outgoing::give_up(DeliveryToken token, Qos begun, mqtt::PacketId id, const Turn& turn) {
    const bool may_have_id = begun == Qos::exactly_once && id != 0 && is_free(id);
    const StoreTicket asked = may_have_id ? turn.store.ask() : 0;
    if (asked == 0) {
        settle(token, Settlement::accepted, turn);
        return;
    }
    flights_.push_back(
        {.id = id, .stage = Stage::storing, .kept = {.token = token, .qos = Qos::exactly_once}});
    unstored_.add(asked, id);
    turn.out.actions.emplace_back(StoreOutgoing{.ticket = asked, .id = id, .token = token});
}

void Outgoing::deliver_at_most_once(const Merged& merged, const Turn& turn) {
    if (turn.peer->is_congested()) {
        ++counters_.dropped_congested;
        settle(merged.token, Settlement::released, turn);
        return;
    }
    const Delivered delivered{.message = merged.message.get(),
                              .retain = merged.retain,
                              .identifiers = merged.identifiers};
    if (turn.peer->send_publish(delivered, turn.now, turn.out) == mqtt::Encoded::written) {
        ++counters_.delivered;
        settle(merged.token, Settlement::accepted, turn);
    } else {
        ++counters_.dropped_too_large;
        settle(merged.token, Settlement::rejected, turn);
    }
}

void Outgoing::drop_offline(const Merged& merged, const Turn& turn) {
    ++counters_.dropped_offline;
    settle(merged.token, Settlement::released, turn);
}

bool Outgoing::has_room(const Peer& peer) const {
    return !peer.is_congested() && flights_.size() < peer.window() &&
           (flights_.empty() || bytes_ <= settings_.queue_bytes_max);
}

/// Of what it has not yet. One message in flight is everybody's, whatever others have.
bool Outgoing::takes_more(const Peer& peer) const {
    return has_room(peer) && (flights_.empty() || leaves_to_others(0, true));
}

bool Outgoing::can_keep(const Message& message, bool online) const {
    const std::size_t size = message.bytes();
    return waiting() < settings_.queue_messages_max && bytes_ + size <= settings_.queue_bytes_max &&
           leaves_to_others(size, online);
}

/// What waits a moment for its window, of a device that is there, does not depend on others.
bool Outgoing::leaves_to_others(std::size_t more, bool online) const {
    const std::size_t max = settings_.all_queues_bytes_max;
    const std::size_t moment = online ? std::min(kMomentBytes, max / kSharesMin) : 0;
    return bytes_ + more <= moment || has_share(bytes_, counters_.queued_bytes, more, max);
}

/// There is room for it, and its id is free.
void Outgoing::start(Kept kept, const Turn& turn) {
    const mqtt::PacketId id = kept.id == 0 ? next_id() : kept.id;
    flights_.push_back({.id = id, .again = kept.again, .kept = std::move(kept)});
    ++unsent_;
    Flight& flight = flights_.back();
    if (!reserve(flight, turn) && unsent_ == 1 && !send(flight, turn)) {  // D1
        reject(flights_.size() - 1, turn);
    }
}

/// D4. False: there is nothing to wait for.
bool Outgoing::reserve(Flight& flight, const Turn& turn) {
    const bool is_given = flight.kept.id == 0;
    const StoreTicket asked = flight.kept.qos == Qos::exactly_once ? turn.store.ask() : 0;
    if (asked == 0) {
        return false;
    }
    flight.stage = Stage::reserving;
    flight.reserved = is_given;
    unstored_.add(asked, flight.id);
    if (is_given) {
        turn.out.actions.emplace_back(StoreOutgoing{.ticket = asked, .id = flight.id});
    } else {
        turn.out.actions.emplace_back(AwaitStore{.ticket = asked});
    }
    return true;
}

/// False: the device takes no packet that large. Spec: MQTT 5 [MQTT-3.1.2-25]
bool Outgoing::send(Flight& flight, const Turn& turn) {
    const Delivered delivered{.message = flight.kept.message.get(),
                              .qos = flight.kept.qos,
                              .retain = flight.kept.retain,
                              .dup = flight.again,
                              .id = flight.id,
                              .identifiers = flight.kept.identifiers};
    if (turn.peer->send_publish(delivered, turn.now, turn.out) != mqtt::Encoded::written) {
        ++counters_.dropped_too_large;
        return false;
    }
    ++counters_.delivered;
    counters_.resent += flight.again ? 1 : 0;
    flight.stage = Stage::sent;
    --unsent_;
    return true;
}

void Outgoing::send_unsent(const Turn& turn) {
    for (std::size_t at = 0; unsent_ != 0 && at < flights_.size();) {
        const std::size_t active = flights_.size() - unsent_;
        if (turn.peer->is_congested() || active >= turn.peer->window() ||
            flights_[at].stage == Stage::reserving) {
            return;
        }
        if (flights_[at].stage == Stage::unsent && !send(flights_[at], turn)) {
            reject(at, turn);
        } else {
            ++at;
        }
    }
}

void Outgoing::send_waiting(const Turn& turn) {
    if (turn.peer == nullptr) {
        return;
    }
    send_unsent(turn);
    while (head_ < waiting_.size() && has_room(*turn.peer) && is_free(waiting_[head_].id)) {
        Kept kept = std::move(waiting_[head_++]);
        if (is_expired(*kept.message, turn.now)) {
            ++counters_.dropped_expired;
            give_up(kept.token, kept.again ? kept.qos : Qos::at_most_once, kept.id, turn);
            let_go(kept);
        } else {
            start(std::move(kept), turn);
        }
    }
    if (head_ == waiting_.size()) {
        waiting_.clear();
        head_ = 0;
    } else if (head_ > waiting_.size() / 2) {
        waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(head_));
        head_ = 0;
    }
}

bool Outgoing::on_ack(const mqtt::Ack& ack, const Turn& turn) {
    const std::size_t at = find(ack.id);
    if (at == flights_.size()) {
        ++counters_.acks_unknown;
        if (ack.type == PacketType::pubrec && !is_failure(ack.reason)) {
            send_pubrel(ack.id, Reason::packet_identifier_not_found, turn);
        }
        return true;
    }
    bool fits = false;
    if (ack.type == PacketType::puback) {
        fits = on_puback(at, ack.reason, turn);
    } else if (ack.type == PacketType::pubrec) {
        fits = on_pubrec(at, ack.reason, turn);
    } else {
        fits = on_pubcomp(at, turn);
    }
    send_waiting(turn);
    return fits;
}

bool Outgoing::on_puback(std::size_t at, Reason reason, const Turn& turn) {
    const Flight& flight = flights_[at];
    if (flight.kept.qos != Qos::at_least_once || !was_sent(flight)) {
        return false;
    }
    if (is_failure(reason)) {
        ++counters_.device_rejected;
        reject(at, turn);
        return true;
    }
    settle(flight.kept.token, Settlement::accepted, turn);
    erase(at);
    return true;
}

bool Outgoing::on_pubrec(std::size_t at, Reason reason, const Turn& turn) {
    Flight& flight = flights_[at];
    if (flight.kept.qos != Qos::exactly_once || !was_sent(flight)) {
        return false;
    }
    if (flight.stage == Stage::releasing) {
        send_pubrel(flight.id, Reason::success, turn);
        return true;
    }
    if (flight.stage == Stage::storing || flight.stage == Stage::reserving) {
        return true;  // PUBREL is under way, or PUBLISH, which it answers once more
    }
    if (is_failure(reason)) {
        ++counters_.device_rejected;
        reject(at, turn);
        return true;
    }
    unsent_ -= flight.stage == Stage::unsent ? 1 : 0;
    const StoreTicket asked = flight.reserved ? 0 : turn.store.ask();
    if (asked == 0) {
        release(flight, turn);
        return true;
    }
    flight.stage = Stage::storing;
    unstored_.add(asked, flight.id);
    turn.out.actions.emplace_back(
        StoreOutgoing{.ticket = asked, .id = flight.id, .token = flight.kept.token});
    return true;
}

bool Outgoing::on_pubcomp(std::size_t at, const Turn& turn) {
    if (flights_[at].stage != Stage::releasing) {
        return false;
    }
    if (turn.store.needed) {
        turn.out.actions.emplace_back(ForgetOutgoing{.id = flights_[at].id});
    }
    erase(at);
    return true;
}

/// It will never get there.
void Outgoing::reject(std::size_t at, const Turn& turn) {
    settle(flights_[at].kept.token, Settlement::rejected, turn);
    if (flights_[at].reserved) {
        turn.out.actions.emplace_back(ForgetOutgoing{.id = flights_[at].id});
    }
    erase(at);
}

/// The device has it: only the id is kept.
void Outgoing::release(Flight& flight, const Turn& turn) {
    settle(flight.kept.token, Settlement::accepted, turn);
    let_go(flight.kept);
    flight.stage = Stage::releasing;
    if (turn.peer != nullptr) {
        send_pubrel(flight.id, Reason::success, turn);
    }
}

void Outgoing::send_pubrel(mqtt::PacketId id, Reason reason, const Turn& turn) {
    turn.peer->send_ack(PacketType::pubrel, id, reason, {}, turn.out);
}

void Outgoing::on_stored(const Turn& turn) {
    const std::size_t unsent = unsent_;
    while (const mqtt::PacketId id = unstored_.take(turn.store)) {
        const std::size_t at = find(id);
        WEFT_CHECK(at != flights_.size());
        Flight& flight = flights_[at];
        if (flight.stage == Stage::reserving) {
            flight.stage = Stage::unsent;
        } else {
            WEFT_CHECK(flight.stage == Stage::storing);
            release(flight, turn);
        }
    }
    if (unsent != 0) {
        send_waiting(turn);
    }
}

void Outgoing::resend(const Turn& turn) {
    for (Flight& flight : flights_) {
        if (flight.stage == Stage::sent) {
            flight.stage = Stage::unsent;
            flight.again = true;
            ++unsent_;
        } else if (flight.stage == Stage::releasing) {
            send_pubrel(flight.id, Reason::success, turn);
        }
    }
    send_waiting(turn);
}

void Outgoing::on_detached(const Turn& turn) {
    std::size_t kept = 0;
    for (std::size_t at = head_; at < waiting_.size(); ++at) {
        if (waiting_[at].token == DeliveryToken{}) {
            std::swap(waiting_[kept++], waiting_[at]);
            continue;
        }
        settle(waiting_[at].token, Settlement::released, turn);
        let_go(waiting_[at]);
    }
    waiting_.resize(kept);
    waiting_.shrink_to_fit();
    head_ = 0;
}

void Outgoing::clear(const Turn& turn) {
    for (Flight& flight : flights_) {
        // What was acknowledged by PUBREC is the device's.
        const bool has_it = flight.stage == Stage::storing;
        settle(flight.kept.token, has_it ? Settlement::accepted : Settlement::released, turn);
        let_go(flight.kept);
    }
    for (std::size_t at = head_; at < waiting_.size(); ++at) {
        settle(waiting_[at].token, Settlement::released, turn);
        let_go(waiting_[at]);
    }
    flights_ = {};
    waiting_ = {};
    head_ = 0;
    unsent_ = 0;
    unstored_.clear();
}

void Outgoing::restore(mqtt::PacketId id, Peer* peer, Output& out) {
    if (id == 0 || find(id) != flights_.size()) {
        return;
    }
    flights_.push_back({.id = id, .stage = Stage::releasing, .kept = {.qos = Qos::exactly_once}});
    if (peer != nullptr) {
        peer->send_ack(PacketType::pubrel, id, Reason::success, {}, out);
    }
}

std::uint32_t Outgoing::credit(const Peer* peer) const {
    if (peer == nullptr || !peer->is_open() || waiting() != 0 || !takes_more(*peer)) {
        return 0;
    }
    return peer->window() - static_cast<std::uint32_t>(flights_.size());
}

void Outgoing::charge(const Kept& kept) {
    unowned_ += kept.token == DeliveryToken{} ? 1 : 0;
    bytes_ += kept.message->bytes();
    counters_.queued_bytes += kept.message->bytes();
}

void Outgoing::let_go(Kept& kept) {
    if (kept.message) {
        unowned_ -= kept.token == DeliveryToken{} ? 1 : 0;
        bytes_ -= kept.message->bytes();
        counters_.queued_bytes -= kept.message->bytes();
    }
    kept = {.qos = kept.qos};
}

void Outgoing::erase(std::size_t at) {
    unsent_ -= flights_[at].stage <= Stage::unsent ? 1U : 0U;
    let_go(flights_[at].kept);
    flights_.erase(flights_.begin() + static_cast<std::ptrdiff_t>(at));
}

std::size_t Outgoing::find(mqtt::PacketId id) const {
    return static_cast<std::size_t>(std::ranges::find(flights_, id, &Flight::id) -
                                    flights_.begin());
}

/// There are fewer flights than ids: a window is at most kGivenIdMax, and there was room.
mqtt::PacketId Outgoing::next_id() {
    do {
        last_id_ = static_cast<mqtt::PacketId>(last_id_ % kGivenIdMax + 1);
    } while (!is_free(last_id_));
    return last_id_;
}

}  // namespace weft::session

#include "mqtt-gateway/node/publisher.hpp"

#include "mqtt-gateway/mapping/outcome.hpp"

#include <memory>
#include <utility>

namespace weft::gateway {
namespace {

using session::Taken;

Taken taken_of(mqtt::Reason reason) {
    switch (reason) {
        case mqtt::Reason::not_authorized:
            return Taken::unauthorized;
        case mqtt::Reason::topic_name_invalid:
            return Taken::not_found;
        case mqtt::Reason::packet_too_large:
            return Taken::too_large;
        case mqtt::Reason::quota_exceeded:
            return Taken::resource_limit;
        case mqtt::Reason::payload_format_invalid:
            return Taken::invalid;
        default:
            return Taken::refused;
    }
}

Taken taken_of(const mqtt_mapping::Outcome& outcome, mqtt_mapping::AddressType type) {
    switch (outcome.answer) {
        case mqtt_mapping::Answer::accepted:
        case mqtt_mapping::Answer::open:  // settled without a word: it is the mesh's
            return Taken::accepted;
        case mqtt_mapping::Answer::no_consumer:
            return mqtt_mapping::is_shared_out(type) ? Taken::no_subscribers : Taken::no_consumer;
        case mqtt_mapping::Answer::undeliverable:
            return Taken::undeliverable;
        case mqtt_mapping::Answer::rejected:
            return taken_of(mqtt_mapping::publish_reason(outcome.condition));
    }
    return Taken::refused;
}

/// That a router is not there says nothing of consumers.
Taken taken_of(UplinkUser::Fate fate,
               Bytes state,
               const Publication& publication,
               bool is_router_there) {
    switch (fate) {
        case UplinkUser::Fate::decided:
            return taken_of(mqtt_mapping::read_outcome(state), publication.type);
        case UplinkUser::Fate::no_credit:
            return is_router_there ? Taken::no_consumer : Taken::unknown;
        case UplinkUser::Fate::too_late:
            return publication.is_once ? Taken::late : Taken::resource_limit;
        case UplinkUser::Fate::lost:
            return Taken::unknown;
    }
    return Taken::refused;
}

std::string_view text_of(UplinkUser::Fate fate, Taken taken) {
    if (fate == UplinkUser::Fate::too_late) {
        return "no consumer settled the message in time";
    }
    return taken == Taken::no_subscribers ? "nobody listens" : std::string_view{};
}

}  // namespace

std::optional<Publisher::Answer> Publisher::publish(Device& device,
                                                    const session::Publish& publish,
                                                    const Moment& moment) {
    const bool waits = publish.ticket != session::PublishTicket{};
    if (!permissions_.may_publish(device, publish.topic, waits)) [[unlikely]] {
        return waits ? std::optional{Answer{device.id, publish.ticket, Taken::unauthorized,
                                            "the topic is not allowed"}}
                     : std::nullopt;
    }
    const auto refuse = [&](Taken taken, std::string_view why,
                            std::uint64_t& dropped) -> std::optional<Answer> {
        if (waits) {
            return Answer{device.id, publish.ticket, taken, why};
        }
        ++dropped;
        return std::nullopt;
    };
    const auto to = space_.resolve(publish.topic, path_);
    if (!to) {
        return refuse(taken_of(to.error().reason), to.error().what, counters_.dropped_no_address);
    }
    if (!waits && !uplink_.is_up()) {
        ++counters_.dropped_no_router;
        return std::nullopt;
    }
    const mqtt::Publish packet = packet_of(publish);
    message_id_.clear();
    if (publish.qos == mqtt::Qos::exactly_once) {
        message_id_ = message_id_of(device.session.life().birth, publish.use.id,
                                    std::to_string(publish.use.serial));
    }
    if (!device.account) {
        device.account = std::make_shared<PublishAccount>();
    }
    Publication publication{.address = std::string{to->address},
                            .message = {},
                            .settled = !waits,
                            .is_once = publish.qos == mqtt::Qos::exactly_once,
                            .type = to->type,
                            .device = device.id,
                            .ticket = publish.ticket,
                            .account = device.account};
    if (const auto refusal =
            writer_.append(publication.message, {.publish = packet,
                                                 .to = *to,
                                                 .client_id = device.session.client_id(),
                                                 .user_id = device.user,
                                                 .message_id = message_id_,
                                                 .arrived = moment.wall})) {
        return refuse(taken_of(refusal->reason), refusal->what, counters_.dropped_invalid);
    }
    mqtt_mapping::SharedMessage kept = publish.retain && mqtt_mapping::is_shared_out(to->type)
                                           ? kept_of(packet, device.session.client_id(), moment)
                                           : nullptr;
    if (waits) {
        publication.retained = kept;
    }
    const PublicationId id = uplink_.publish(std::move(publication));
    if (id == 0) {
        return refuse(Taken::resource_limit, "the gateway holds too much for the mesh already",
                      counters_.dropped_full);
    }
    if (waits) {
        device.publishes.emplace_back(publish.ticket, id);
    } else {
        (void)keep(kept);
    }
    return std::nullopt;
}

std::optional<Publisher::Answer> Publisher::again(Device& device, session::PublishTicket ticket) {
    const PublicationId id = device.publication_of(ticket);
    if (id == 0 || uplink_.publications().find(id) == nullptr) {
        return Answer{device.id, ticket, Taken::refused, "the message is lost"};
    }
    if (!uplink_.is_up()) {
        return Answer{device.id, ticket, Taken::unknown, "no router is there"};
    }
    uplink_.publish_again(id);
    return std::nullopt;
}

void Publisher::abandon(Device& device, session::PublishTicket ticket) {
    if (const PublicationId id = device.publication_of(ticket); id != 0) {
        uplink_.forget(id);
        device.forget_publish(ticket);
    }
}

void Publisher::leave(Device& device) {
    device.publishes.clear();  // on_fate finds no device, and forgets them
}

void Publisher::publish_will(const Device& device,
                             const session::FireWill& fired,
                             const Moment& moment) {
    ++counters_.wills;
    const std::string message_id = message_id_of(device.session.life().birth, fired.epoch, "w");
    Will published{.client_id = device.session.client_id(),
                   .user = device.user,
                   .message_id = message_id,
                   .packet = packet_of(fired.will)};
    if (auto kept = mqtt_mapping::KeptMessage::from(published.packet, published.client_id,
                                                    mqtt_mapping::kForever)) {
        published.number = keeper_.keep_will(
            {.message_id = message_id,
             .message = std::make_shared<const mqtt_mapping::KeptMessage>(*std::move(kept))});
    }
    publish_will(published, moment);
}

void Publisher::publish_will(const mqtt_store::KnownWill& known, const Moment& moment) {
    ++counters_.wills;
    publish_will({.client_id = known.will.message->client_id(),
                  .user = {},
                  .message_id = known.will.message_id,
                  .packet = known.will.message->publish(),
                  .number = known.number},
                 moment);
}

void Publisher::publish_will(const Will& will, const Moment& moment) {
    const auto to = space_.resolve(will.packet.topic, path_);
    if (!to) {
        lose(will);
        return;
    }
    Publication publication{.address = std::string{to->address},
                            .message = {},
                            .is_will = true,
                            .type = to->type,
                            .will = will.number,
                            .give_up = moment.now + patience_};
    if (writer_.append(publication.message, {.publish = will.packet,
                                             .to = *to,
                                             .client_id = will.client_id,
                                             .user_id = will.user,
                                             .message_id = will.message_id,
                                             .arrived = moment.wall})) {
        lose(will);
        return;
    }
    if (will.packet.retain && mqtt_mapping::is_shared_out(to->type)) {
        publication.retained = kept_of(will.packet, will.client_id, moment);
    }
    publication.will_bytes =
        session::WillBytes{sessions_, publication.message.size() + Publications::kOverhead};
    (void)uplink_.publish(std::move(publication));  // there is always room for wills
}

void Publisher::lose(const Will& will) {
    ++counters_.wills_lost;
    keeper_.forget_will(will.number);
}

std::optional<Publisher::Answer> Publisher::on_fate(
    PublicationId id, UplinkUser::Fate fate, Bytes state, Device* device, Instant now) {
    const Publication& publication = *uplink_.publications().find(id);
    const Taken taken = taken_of(fate, state, publication, uplink_.may_publish());
    const session::PublishTicket ticket = publication.ticket;
    const bool is_once = publication.is_once;
    bool is_stored = false;
    if (taken == Taken::accepted || taken == Taken::no_subscribers) {
        is_stored = keep(publication.retained);
    }
    if (device == nullptr || device->publication_of(ticket) != id) {
        settle_alone(id, fate, taken, now);
        return std::nullopt;
    }
    if (session::is_final(taken)) {
        uplink_.forget(id);
        device->forget_publish(ticket);
    }
    if (is_stored) {
        keeper_.retained().await({.device = device->id,
                                  .ticket = ticket,
                                  .taken = taken,
                                  .is_once = is_once,
                                  .since = now});
        return std::nullopt;
    }
    return Answer{device->id, ticket, taken, text_of(fate, taken)};
}

/// Nobody takes the will now. Where others of its address are taken it has its turn still.
bool Publisher::may_wait(const Publication& will, PublicationId id, Instant now) const {
    return will.is_will && (now < will.give_up || uplink_.publications().is_served(id));
}

/// Of a will, or of a device that has ended: nobody else would send it again. The patience with a
/// will begins when a router is there.
void Publisher::settle_alone(PublicationId id, UplinkUser::Fate fate, Taken taken, Instant now) {
    const Publication& publication = *uplink_.publications().find(id);
    const bool no_credit = taken == Taken::no_consumer && fate == UplinkUser::Fate::no_credit;
    if (taken == Taken::unknown) {
        if (publication.is_will) {
            uplink_.queue().try_until(id, now + patience_);
        }
        uplink_.publish_again(id);
    } else if (no_credit && may_wait(publication, id, now)) {
        uplink_.publish_again(id);
    } else if (taken == Taken::no_consumer && !no_credit && now < publication.give_up) {
        uplink_.publish_later(id);
    } else {
        counters_.wills_lost += publication.is_will && taken > Taken::no_subscribers ? 1 : 0;
        forget_will(publication.will, publication.retained != nullptr);
        uplink_.forget(id);
    }
}

/// Its retained message first: the next gateway would not keep it.
void Publisher::forget_will(mqtt_store::WillNumber will, bool is_retained) {
    if (is_retained && will != mqtt_store::WillNumber{}) {
        keeper_.retained().when_durable([this, will] { keeper_.forget_will(will); });
    } else {
        keeper_.forget_will(will);
    }
}

void Publisher::keep_of_others(const mqtt_mapping::MeshMessage& message) {
    if (!keeper_.retained().is_shared()) {
        (void)keep(gateway::kept_of(message));
    } else if (message.client_id.empty()) {
        ++counters_.retained_elsewhere;
    }
}

bool Publisher::keep(const mqtt_mapping::SharedMessage& message) {
    if (message == nullptr) {
        return false;
    }
    if (!keeper_.retained().has_room(*message)) {
        ++counters_.retained_full;
        return false;
    }
    if (keeper_.retained().is_shared()) {  // who has the place says what is retained
        keeper_.retained().keep(message);
        return true;
    }
    const auto kept = retained_.keep(message);
    if (kept == mqtt_mapping::Retained::Kept::refused_number ||
        kept == mqtt_mapping::Retained::Kept::refused_bytes) {
        ++counters_.retained_full;
        return false;
    }
    if (kept == mqtt_mapping::Retained::Kept::nothing || keeper_.store() == nullptr) {
        return false;
    }
    keeper_.retained().keep(message);
    return true;
}

mqtt_mapping::SharedMessage Publisher::kept_of(const mqtt::Publish& packet,
                                               std::string_view client_id,
                                               const Moment& moment) const {
    const auto interval = packet.properties.number(mqtt::PropertyId::message_expiry_interval);
    auto kept = mqtt_mapping::KeptMessage::from(packet, client_id,
                                                mqtt_mapping::expiry_of(interval, moment.wall));
    return kept ? std::make_shared<const mqtt_mapping::KeptMessage>(*std::move(kept)) : nullptr;
}

}  // namespace weft::gateway

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

Taken taken_of(UplinkUser::Fate fate, Bytes state, mqtt_mapping::AddressType type) {
    switch (fate) {
        case UplinkUser::Fate::decided:
            return taken_of(mqtt_mapping::read_outcome(state), type);
        case UplinkUser::Fate::no_credit:
            return Taken::no_consumer;
        case UplinkUser::Fate::too_late:
            return Taken::resource_limit;
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
        message_id_ = device.session.client_id() + "/" + std::to_string(device.session.epoch()) +
                      "/" + std::to_string(static_cast<std::uint64_t>(publish.ticket));
    }
    Publication publication{.address = std::string{to->address},
                            .message = {},
                            .settled = !waits,
                            .type = to->type,
                            .device = device.id,
                            .ticket = publish.ticket};
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
                                           ? kept_of(packet, device, moment)
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
        keep(kept);
    }
    return std::nullopt;
}

std::optional<Publisher::Answer> Publisher::again(Device& device, session::PublishTicket ticket) {
    const PublicationId id = device.publication_of(ticket);
    if (id == 0 || uplink_.find_publication(id) == nullptr) {
        return Answer{device.id, ticket, Taken::refused, "the message is lost"};
    }
    if (!uplink_.is_up()) {
        return Answer{device.id, ticket, Taken::no_consumer, "no router is there"};
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
                             const session::WillMessage& will,
                             const Moment& moment) {
    ++counters_.wills;
    const auto to = space_.resolve(will.topic, path_);
    if (!to) {
        ++counters_.wills_lost;
        return;
    }
    const mqtt::Publish packet = packet_of(will);
    Publication publication{.address = std::string{to->address}, .message = {}, .type = to->type};
    if (writer_.append(publication.message, {.publish = packet,
                                             .to = *to,
                                             .client_id = device.session.client_id(),
                                             .user_id = device.user,
                                             .message_id = {},
                                             .arrived = moment.wall})) {
        ++counters_.wills_lost;
        return;
    }
    if (will.retain && mqtt_mapping::is_shared_out(to->type)) {
        keep(kept_of(packet, device, moment));
    }
    if (uplink_.publish(std::move(publication)) == 0) {
        ++counters_.wills_lost;
    }
}

std::optional<Publisher::Answer> Publisher::on_fate(PublicationId id,
                                                    UplinkUser::Fate fate,
                                                    Bytes state,
                                                    Device* device) {
    const Publication& publication = *uplink_.find_publication(id);
    const Taken taken = taken_of(fate, state, publication.type);
    const session::PublishTicket ticket = publication.ticket;
    if (taken == Taken::accepted || taken == Taken::no_subscribers) {
        keep(publication.retained);
    }
    if (device == nullptr || device->publication_of(ticket) != id) {
        const bool will = publication.device == 0;
        if (taken == Taken::unknown || (taken == Taken::no_consumer && !uplink_.is_up())) {
            uplink_.publish_again(id);  // nobody else would
        } else {
            counters_.wills_lost += will && taken > Taken::no_subscribers ? 1 : 0;
            uplink_.forget(id);
        }
        return std::nullopt;
    }
    if (session::is_final(taken)) {
        uplink_.forget(id);
        device->forget_publish(ticket);
    }
    return Answer{device->id, ticket, taken, text_of(fate, taken)};
}

void Publisher::keep(const mqtt_mapping::SharedMessage& message) {
    if (message == nullptr) {
        return;
    }
    const auto kept = retained_.keep(message);
    if (kept == mqtt_mapping::Retained::Kept::refused_number ||
        kept == mqtt_mapping::Retained::Kept::refused_bytes) {
        ++counters_.retained_full;
    } else if (kept != mqtt_mapping::Retained::Kept::nothing) {
        keeper_.retain(message);
    }
}

mqtt_mapping::SharedMessage Publisher::kept_of(const mqtt::Publish& packet,
                                               const Device& device,
                                               const Moment& moment) const {
    const auto interval = packet.properties.number(mqtt::PropertyId::message_expiry_interval);
    auto kept = mqtt_mapping::KeptMessage::from(packet, device.session.client_id(),
                                                mqtt_mapping::expiry_of(interval, moment.wall));
    return kept ? std::make_shared<const mqtt_mapping::KeptMessage>(*std::move(kept)) : nullptr;
}

}  // namespace weft::gateway

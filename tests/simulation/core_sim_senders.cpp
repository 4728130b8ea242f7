#include "tests/simulation/core_sim_senders.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <string>

namespace weft::router {

void CoreSimSenders::send() {
    const auto place = world_.some([](const Peer& peer) {
        return CoreSimWorld::produces(peer) && !CoreSimWorld::is_far(peer) &&
               (peer.sending || peer.may_send > 0);
    });
    if (!place) {
        return;
    }
    Peer& producer = *place->peer;
    Message& message = producer.sending ? *current_[&producer] : begin(producer);
    current_[&producer] = &message;
    if (world_.chance(3)) {
        message.cut_off = true;
        message.id = place->port->send(producer, {}, {.settled = message.settled, .aborted = true});
        return;
    }
    const std::size_t left = message.bytes.size() - message.at;
    const std::size_t size =
        world_.chance(60) ? left : world_.below(std::min<std::size_t>(left, 90) + 1);
    transmit(*place, message, size, world_.chance(95) ? size < left : true);
}

Message& CoreSimSenders::begin(Peer& producer) {
    Message& message = world_.ledger.add(producer);
    message.settled = world_.chance(50);
    const std::size_t of = world_.ledger.address_of[&producer];
    const bool anonymous = of == kAddresses.size();
    message.address = anonymous ? world_.below(kAddresses.size()) : of;
    std::string body = std::string(Ledger::kMark) + std::to_string(message.number) + ".";
    body.append(world_.chance(10) ? 1000 + world_.below(3000) : world_.below(60),
                static_cast<char>('a' + world_.below(26)));
    if (anonymous) {
        message.bytes = addressed_message(kAddresses[message.address], body, world_.below(20));
        message.expected = message.bytes;
    } else if (world_.chance(30)) {
        message.bytes = annotated_message(body, true);
        message.expected = annotated_message(body, /*routers=*/false);
    } else {
        message.expected = message.bytes = plain_message(body);
    }
    message.large = world_.has_limits && message.expected.size() > CoreSimWorld::kSizeMax;
    message.excused = message.large;
    return message;
}

/// The next `size` bytes of a message.
void CoreSimSenders::transmit(const CoreSimWorld::Place& place,
                              Message& message,
                              std::size_t size,
                              bool more) {
    Peer& producer = *place.peer;
    if (!message.routed) {
        message.targets.clear();
        for (const CoreSimWorld::Place& target : world_.peers(CoreSimWorld::consumes)) {
            const bool loops =
                CoreSimWorld::is_relay(producer) && CoreSimWorld::is_relay(*target.peer);
            if (world_.ledger.address_of[target.peer] == message.address &&
                target.peer->link->is_active() && !loops &&
                !CoreSimWorld::is_echo(producer, *target.peer) &&
                message.expected.size() <= target.peer->link->outlet.bytes_max) {
                message.targets.insert(target.peer);
            }
        }
    }
    const bool settles = !message.settled && world_.chance(3);
    if (settles) {
        message.deserted = true;  // a later frame may settle, too
    }
    // The core may settle the delivery within the call: its id must be known before.
    message.id = producer.sending ? producer.sending_id : place.port->next_incoming_id();
    const Bytes piece = Bytes(message.bytes).subspan(message.at, size);
    message.at += size;
    message.whole = !more;
    place.port->send(
        producer, piece,
        {.settled = message.settled || settles,
         .more = more,
         .crossings = CoreSimWorld::is_relay(producer) && world_.chance(80) ? std::uint8_t{1}
                                                                            : kCrossingsMax});
    const Delivery* known = producer.link->current;
    if (!message.routed && (known == nullptr || !known->is_headless())) {
        message.routed = true;
        message.excused |= message.targets.empty();
    }
}

void CoreSimSenders::settle_some() {
    const auto place = world_.some(
        [](const Peer& peer) { return CoreSimWorld::produces(peer) && !peer.unsettled.empty(); });
    if (!place) {
        return;
    }
    Peer& producer = *place->peer;
    auto at = producer.unsettled.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(world_.below(producer.unsettled.size())));
    settle(*place, at->first);
}

void CoreSimSenders::settle(const CoreSimWorld::Place& place, DeliveryId id) {
    if (Message* message = world_.ledger.of(*place.peer, id)) {
        message->deserted = true;
    }
    place.port->settle_sent(*place.peer, id, world_.chance(50) ? kAccepted : Bytes{});
}

void CoreSimSenders::finish(const CoreSimWorld::Place& place) {
    if (place.peer->sending) {
        Message& message = *current_[place.peer];
        transmit(place, message, message.bytes.size() - message.at, false);
    }
    const std::map unsettled = place.peer->unsettled;
    for (const auto& entry : unsettled) {
        const DeliveryId id = entry.first;
        const auto decided = [id](const Told& told) { return told.id == id; };
        if (std::ranges::any_of(place.peer->told, decided)) {
            settle(place, id);
        }
    }
    if (place.peer->asked_to_drain) {
        place.port->give_back(*place.peer);
    }
}

}  // namespace weft::router

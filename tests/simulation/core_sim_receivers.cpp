#include "tests/simulation/core_sim_receivers.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace weft::router {

void CoreSimReceivers::give_credit() {
    if (const auto place = world_.some([](const Peer& peer) {
            return CoreSimWorld::consumes(peer) && peer.link->is_active();
        })) {
        place->port->give_credit(*place->peer, static_cast<std::uint32_t>(world_.below(5)),
                                 world_.chance(20));
    }
}

void CoreSimReceivers::answer() {
    const auto knows = [](const Got& got) { return got.known; };
    const auto place = world_.some([&](const Peer& peer) {
        return CoreSimWorld::consumes(peer) && std::ranges::any_of(peer.got, knows);
    });
    if (!place) {
        return;
    }
    Peer& consumer = *place->peer;
    std::vector<const Got*> open;
    for (const Got& got : consumer.got) {
        if (got.known && (got.complete || world_.chance(10))) {
            open.push_back(&got);
        }
    }
    if (open.empty()) {
        return;
    }
    const Got& got = *open[world_.below(open.size())];
    static const Buffer kNo = rejected("amqp:not-allowed", "no");
    static const Buffer kEmptyReceived{0x00, 0x53, 0x23, 0x45};
    const std::array<Bytes, 8> states{kAccepted, kAccepted,       kAccepted,      kReleased,
                                      kNo,       kModifiedFailed, kEmptyReceived, kAccepted};
    const std::size_t choice = world_.below(states.size());
    const bool settled = choice < 6;
    Message* message = world_.ledger.of(*reinterpret_cast<const Branch*>(got.context)->delivery);
    world_.ledger.expect(message != nullptr, "a consumer has a delivery that nobody sent");
    if (message == nullptr) {
        return;
    }
    if (is_terminal(states[choice])) {
        message->answers.insert(outcome_of(states[choice]));
        if (!got.complete) {
            message->targets.erase(&consumer);
            message->excused |= !message->multicast();
        }
    }
    place->port->update(consumer, got.id, states[choice], settled);
}

void CoreSimReceivers::finish(const CoreSimWorld::Place& place) {
    if (!place.peer->link->is_active()) {
        world_.core.activate(*place.peer->link, world_.now);
    }
    place.port->give_credit(*place.peer, 10'000);
    world_.ledger.note_acceptance(*place.peer);
    place.port->accept_all(*place.peer);
}

}  // namespace weft::router

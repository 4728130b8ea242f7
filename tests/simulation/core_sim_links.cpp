#include "tests/simulation/core_sim_links.hpp"

namespace weft::router {

void CoreSimLinks::attach_producer() {
    if (world_.peers(CoreSimWorld::produces).size() >= 6) {
        return;
    }
    const std::size_t address = world_.below(kAddresses.size() + 1);
    const bool anonymous = address == kAddresses.size();
    Peer& peer = world_.some_client().attach(
        {.direction = Direction::in,
         .address = anonymous ? "" : kAddresses[address],
         .capacity = static_cast<std::uint16_t>(1 + world_.below(6)),
         .on_demand = world_.chance(40),
         .session = static_cast<std::uint16_t>(world_.below(CoreSimWorld::kSessions))});
    world_.ledger.address_of[&peer] = address;
}

void CoreSimLinks::attach_consumer() {
    if (world_.peers(CoreSimWorld::consumes).size() >= 8) {
        return;
    }
    const std::size_t address = world_.below(kAddresses.size());
    const bool limited = world_.has_limits && world_.chance(40);
    Peer& peer = world_.some_client().attach(
        {.direction = Direction::out,
         .address = kAddresses[address],
         .presettles = world_.chance(20),
         .max_message_size = limited ? CoreSimWorld::kSizeMax : 0,
         .session = static_cast<std::uint16_t>(world_.below(CoreSimWorld::kSessions))});
    world_.ledger.address_of[&peer] = address;
}

void CoreSimLinks::change_relay() {
    const std::size_t address = world_.below(kAddresses.size());
    FakePort& loop = world_.some_loop();
    const auto known = world_.some([&](const Peer& peer) {
        return &peer.link->port() == &loop && CoreSimWorld::consumes(peer) &&
               world_.ledger.address_of[&peer] == address;
    });
    if (world_.chance(30)) {
        if (world_
                .peers([](const Peer& peer) {
                    return CoreSimWorld::is_relay(peer) && CoreSimWorld::produces(peer);
                })
                .size() < 3) {
            Peer& peer =
                loop.relay(Direction::in, kAddresses[address], CoreSimWorld::treatment_of(address));
            world_.ledger.address_of[&peer] = address;
        }
    } else if (!known) {
        Peer& peer =
            loop.relay(Direction::out, kAddresses[address], CoreSimWorld::treatment_of(address));
        world_.ledger.address_of[&peer] = address;
    } else if (!known->peer->link->is_active()) {
        world_.core.activate(*known->peer->link, world_.now);
    } else {
        const Address& used = *known->peer->link->address;
        if (used.active_consumers == 1 + (used.edge == nullptr ? 0 : used.edge->consumers)) {
            world_.ledger.excuse(used.waiting);
        }
        forget_spread_to(*known->peer);
        world_.core.deactivate(*known->peer->link, world_.now);
        known->peer->credit = 0;
    }
}

void CoreSimLinks::change_asker() {
    const std::size_t address = world_.below(kFirstMulticast);
    const auto far = static_cast<RouterIndex>(1 + world_.below(2));
    const auto known = world_.some([&](const Peer& peer) {
        return peer.link->far == far && world_.ledger.address_of[&peer] == address;
    });
    if (!known) {
        Peer& peer = world_.far_containers().relay(Direction::in, kAddresses[address],
                                                   CoreSimWorld::treatment_of(address), far);
        world_.ledger.address_of[&peer] = address;
    } else if (world_.chance(50)) {
        ++known->peer->link->counters.deliveries;
        world_.core.accounts().offer(*known->peer->link);
    } else {
        known->port->detach(*known->peer);
    }
}

/// It need not get what consumers are given in slices, and it has not got yet.
void CoreSimLinks::forget_spread_to(const Peer& consumer) {
    const Spread* const spread = consumer.link->address->spread.get();
    if (spread == nullptr) {
        return;
    }
    for (const Branch& branch : spread->messages) {
        if (Message* message = world_.ledger.of(*branch.delivery)) {
            message->targets.erase(&consumer);
        }
    }
}

void CoreSimLinks::detach_some() {
    const auto place = world_.some([](const Peer&) { return true; });
    if (!place) {
        return;
    }
    if (!CoreSimWorld::is_relay(*place->peer) && world_.chance(30)) {
        end_session(*place->port, place->peer->session);
        return;
    }
    note_departure(*place->peer);
    place->port->detach(*place->peer);
}

void CoreSimLinks::end_session(FakePort& port, std::uint16_t session) {
    for (const auto& peer : port.peers()) {
        if (peer->link != nullptr && peer->session == session) {
            note_departure(*peer);
            excuse_waiting_for(*peer->link);  // the session's others may be all there were
        }
    }
    world_.core.end(port.connection(), session);
    port.forget(session);
}

void CoreSimLinks::excuse_waiting_for(const Link& link) {
    if (link.direction == Direction::out) {
        link.address->for_each_line(
            [this](const WaitingLine& line) { world_.ledger.excuse(line); });
    }
}

void CoreSimLinks::note_departure(Peer& peer) {
    if (CoreSimWorld::consumes(peer)) {
        const Address& address = *peer.link->address;
        for (Message& message : world_.ledger.messages()) {
            message.targets.erase(&peer);
        }
        if (!CoreSimWorld::is_multicast(address)) {
            world_.ledger.excuse(peer.link->queue);
            world_.ledger.excuse(peer.link->unsettled);
            // Those that are left may all be of the edge router that sent what waits.
            const bool is_edge = peer.link->connection.traits.is_edge;
            const std::uint32_t edges =
                address.edge == nullptr ? 0 : address.edge->consumers - (is_edge ? 1U : 0U);
            if (address.consumers().size() == 1 ||
                (peer.link->is_active() && address.active_consumers == 1 + edges)) {
                world_.ledger.excuse(address.waiting);
            }
            if (!CoreSimWorld::is_relay(peer) && address.active_here == 1 &&
                address.relayed() != nullptr) {
                world_.ledger.excuse(*address.relayed());
            }
        }
    }
    for (Message& message : world_.ledger.messages()) {
        if (message.producer == &peer) {
            message.cut_off |= !message.whole;
            message.deserted = true;
        }
    }
}

}  // namespace weft::router

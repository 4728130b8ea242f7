#include "router/core/departures.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace weft::router {

void Departures::detach(Link& link) {
    std::size_t left = slice_;
    detach(link, left);
}

void Departures::detach(Link& link, std::size_t& left) {
    Address* const address = link.address;
    if (link.in_line()) {
        link.gate->leave(link);
    }
    if (link.direction == Direction::in) {
        detach_producer(link, left);
    } else if (link.connection.trunk != nullptr) {
        detach_neighbours(link, left);
    } else {
        detach_consumer(link, left);
    }
    if (address != nullptr && address->unused()) {
        parts_.addresses.erase(*address);
    }
}

/// What came in whole goes on without it.
void Departures::detach_producer(Link& link, std::size_t& left) {
    link.life = Life::gone;
    if (link.current != nullptr) {
        left -= std::min<std::size_t>(left, link.current->open_branches);
        parts_.inflow.abandon(*link.current, DropReason::producer_lost);
    }
    if (Trunk* trunk = link.connection.trunk;
        trunk != nullptr && !link.streams && !std::exchange(trunk->lost, true)) {
        parts_.lost_producers.begin(link.connection);
    }
    parts_.lost_producers.take_answered(link);
    const std::size_t before = left;
    parts_.lost_producers.work(left);
    link.port().spend(link, before - left);
    if (link.account.held() > 0) {
        link.port().hold(link, -static_cast<std::ptrdiff_t>(link.account.held()));
    }
    if (link.address != nullptr) {
        const bool was_supplied = link.address->suppliers > 0;
        link.address->remove_producer(link);
        parts_.reach.producers_changed(*link.address, was_supplied);
        if (link.rest_asked || link.on_demand) {
            parts_.drains.sent_rest(link);
            parts_.chores.look_at(*link.address);
        }
    }
    parts_.links.free(link);
}

/// A link to a neighbour: what it had not begun to send goes other ways, now.
void Departures::detach_neighbours(Link& link, std::size_t& left) {
    link.life = Life::gone;
    Trunk& trunk = *link.connection.trunk;
    trunk.remove(link);
    parts_.rerouting.forget(trunk);
    // A peer that refuses links for streams is not asked again.
    trunk.streaming = trunk.streaming && (!link.streams || link.counters.deliveries > 0);
    set_credit(link, 0);
    link.outlet.full = true;
    parts_.rerouting.lose_unsent(link);
    const std::size_t before = left;
    const bool done = parts_.rerouting.lose_consumer(link, left);
    link.port().spend(link, before - left);
    leave(link, done);
}

/// One for streams to another loop is none of an address's.
void Departures::detach_consumer(Link& link, std::size_t& left) {
    const bool was_active = std::exchange(link.life, Life::gone) == Life::active;
    link.drain = Drain::no;
    link.DrainHook::unlink();
    link.stalled = false;
    if (link.address != nullptr) {
        link.address->remove_consumer(link);
    } else {
        set_credit(link, 0);
    }
    link.outlet.full = true;
    const std::size_t before = left;
    const bool done = parts_.rerouting.lose_consumer(link, left);
    link.port().spend(link, before - left);
    if (was_active && link.address != nullptr) {
        parts_.reach.consumer_inactive(link);
    }
    leave(link, done);
}

/// Once nothing that it had is left, or when the last of that has had its turn.
void Departures::leave(Link& link, bool is_done) {
    if (is_done) {
        parts_.links.free(link);
        return;
    }
    link.address = nullptr;  // that may go before it
    parts_.links.retire(link);
    going_.push_back(&link);
}

void Departures::end(Connection& connection, std::optional<std::uint16_t> session) {
    const bool first = parts_.links.deserted() == nullptr;
    if (!session) {
        parts_.links.end_all(connection);
    } else if (Gate* const gate = connection.gate_of(*session)) {
        parts_.links.end(*gate);
    }
    if (first) {
        detach_deserted();
    }
}

void Departures::detach_deserted() {
    std::size_t left = slice_;
    for (Link* link = parts_.links.deserted(); link != nullptr && left > 0;
         link = parts_.links.deserted()) {
        --left;
        detach(*link, left);
    }
}

void Departures::work() {
    detach_deserted();
    std::size_t left = slice_;
    parts_.lost_producers.work(left);
    left = slice_;
    while (left > 0 && !going_.empty()) {
        Link& link = *going_.front();
        going_.pop_front();
        if (parts_.rerouting.lose_consumer(link, left)) {
            parts_.links.free(link);
        } else {
            going_.push_back(&link);
        }
    }
}

}  // namespace weft::router

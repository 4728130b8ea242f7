#include "router/core/tally.hpp"

#include "common/wire/delivery_state.hpp"

namespace weft::router {

void Tally::outcome(Link& link, Bytes outcome) {
    const auto count = [&](std::uint64_t DeliveryCounters::*which) {
        ++(link.counters.*which);
        if (link.direction == Direction::in && !link.connection.traits.is_loop) {
            ++(counters_.*which);
        }
    };
    switch (wire::outcome_of(outcome)) {
        case wire::Outcome::accepted:
            count(&DeliveryCounters::accepted);
            break;
        case wire::Outcome::rejected:
            count(&DeliveryCounters::rejected);
            break;
        case wire::Outcome::released:
            count(&DeliveryCounters::released);
            break;
        case wire::Outcome::modified:
            count(&DeliveryCounters::modified);
            break;
        case wire::Outcome::none:
        case wire::Outcome::received:
        case wire::Outcome::declared:
        case wire::Outcome::transactional:
            break;
    }
}

void Tally::late(Link& link, std::uint32_t age) {
    const auto which = age < 100 ? &DeliveryCounters::delayed_1s : &DeliveryCounters::delayed_10s;
    ++(link.counters.*which);
    if (link.direction == Direction::in && !link.connection.traits.is_loop) {
        ++(counters_.*which);
    }
}

void Tally::drop(Link* link, DropReason reason, bool presettled) {
    ++counters_.dropped[static_cast<int>(reason)];
    if (presettled) {
        ++counters_.dropped_presettled;
        if (link != nullptr) {
            ++link->counters.dropped_presettled;
        }
    }
}

void Tally::stuck(Delivery& delivery, Link* in) {
    delivery.stuck = true;
    ++counters_.stuck;
    if (in != nullptr) {
        ++in->stuck;
    }
}

void Tally::unstuck(const Delivery& delivery, Link* in) {
    if (!delivery.stuck) {
        return;
    }
    --counters_.stuck;
    if (in != nullptr) {
        --in->stuck;
    }
}

}  // namespace weft::router

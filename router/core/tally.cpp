#include "router/core/tally.hpp"

namespace weft::router {

void Tally::unusual_outcome(Link& link, Bytes outcome) {
    switch (wire::outcome_of(outcome)) {
        case wire::Outcome::rejected:
            count(link, &DeliveryCounters::rejected);
            break;
        case wire::Outcome::released:
            count(link, &DeliveryCounters::released);
            break;
        case wire::Outcome::modified:
            count(link, &DeliveryCounters::modified);
            break;
        case wire::Outcome::accepted:
        case wire::Outcome::none:
        case wire::Outcome::received:
        case wire::Outcome::declared:
        case wire::Outcome::transactional:
            break;
    }
}

void Tally::late(Link& link, std::uint32_t age) {
    const auto which = age < 100 ? &DeliveryCounters::delayed_1s : &DeliveryCounters::delayed_10s;
    count(link, which);
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

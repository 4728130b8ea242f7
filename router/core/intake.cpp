#include "router/core/intake.hpp"

#include <memory>

namespace weft::router {

Delivery& Intake::make(Incoming& in) {
    const Arrival& arrival = in.arrival;
    Delivery& delivery = *parts_.pool.make(*in.link.connection.share);
    delivery.in = in.link.self;
    delivery.in_id = arrival.id;
    delivery.message_format = arrival.message_format;
    delivery.arrived = parts_.clock.tenths();
    number(delivery);
    delivery.settled = arrival.settled;
    delivery.whole = !arrival.more;
    delivery.received = arrival.payload.size();
    delivery.provenance = arrival.provenance;
    delivery.stays = in.link.connection.traits.is_loop;
    if (!arrival.state.empty()) [[unlikely]] {
        delivery.state = std::make_unique<Buffer>();
        parts_.pool.keep_state(delivery, *delivery.state, arrival.state);
    }
    Accounts::open(in.link, delivery);
    in.link.current = arrival.more ? &delivery : nullptr;
    in.context = reinterpret_cast<std::uint64_t>(&delivery);
    in.delivery = &delivery;
    return delivery;
}

void Intake::refuse(const Incoming& in, DropReason reason, Bytes outcome) {
    Delivery* const known = in.delivery;
    parts_.tally.drop(&in.link, reason, is_presettled(in));
    if (known != nullptr) {
        known->life = Delivery::Life::under_way;
        parts_.settlement.conclude(*known, outcome);
    } else if (!in.arrival.settled && !in.arrival.aborted) {
        if (!in.presettled()) {
            parts_.tally.outcome(in.link, outcome);
        }
        in.link.port().update(in.link, in.arrival.id, outcome, /*settled=*/true);
    }
    parts_.accounts.offer(in.link);
}

}  // namespace weft::router

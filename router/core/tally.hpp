#pragma once

#include "common/wire/delivery_state.hpp"
#include "router/core/address_table.hpp"
#include "router/core/clock.hpp"
#include "router/core/counters.hpp"
#include "router/core/delivery.hpp"
#include "router/core/incoming.hpp"
#include "router/core/link.hpp"

#include <cstdint>

namespace weft::router {

/// What a core counts, of its links and of the router: deliveries in and out, outcomes, delays, and
/// what was let go and why. What comes from another loop counts there, once.
/// Threading: loop-confined.
class Tally {
public:
    explicit Tally(const Clock& clock) : clock_{clock} {}

    const RouterCounters& counters() const { return counters_; }

    /// A delivery begins to come in.
    void came(Link& in, const Arrival& arrival) {
        ++in.counters.deliveries;
        in.connection.last_delivery = clock_.tenths();
        counters_.ingress += in.connection.traits.is_client ? 1U : 0U;
        counters_.from_containers += in.connection.traits.is_container ? 1U : 0U;
        if ((arrival.settled || arrival.provenance.presettled) && !arrival.aborted) {
            presettled(in);
        }
    }
    /// Its first producer waits for no outcome. What a service here sends is not the router's
    /// traffic.
    void presettled(Link& in) {
        ++in.counters.presettled;
        const Traits& traits = in.connection.traits;
        counters_.presettled += traits.is_loop || traits.in_process ? 0U : 1U;
    }
    /// Its address is known.
    static void entered(const Link& in, Address& address) {
        const Traits& traits = in.connection.traits;
        address.ingress += traits.is_client ? 1U : 0U;
        address.from_containers += traits.is_container ? 1U : 0U;
        address.from_process += traits.in_process ? 1U : 0U;
    }
    /// A delivery begins to go out. `presettled`: no outcome of it is counted.
    void sent(Link& out, bool presettled) {
        if (out.connection.traits.in_process) {
            ++out.address->to_process;
        } else if (out.connection.traits.is_client) {
            ++counters_.egress;
            ++out.address->egress;
            if (out.connection.traits.is_container) {
                ++counters_.to_containers;
                ++out.address->to_containers;
            }
        }
        ++out.counters.deliveries;
        out.counters.presettled += presettled ? 1 : 0;
        out.connection.last_delivery = clock_.tenths();
    }
    /// It goes to another router.
    void passed_on(Address& address) {
        ++counters_.transit;
        ++address.transit;
    }
    /// Nobody receives from its address: it goes to the fallback.
    void redirected(Address& address) {
        ++counters_.redirected_to_fallback;
        ++address.redirected;
    }
    void forwarded_again() { ++counters_.forwarded_again; }

    void outcome(Link& link, Bytes outcome) {
        if (wire::outcome_of(outcome) == wire::Outcome::accepted) [[likely]] {
            count(link, &DeliveryCounters::accepted);
        } else {
            unusual_outcome(link, outcome);
        }
    }
    /// How long a delivery of `link` took until now.
    void delay(Link& link, const Delivery& delivery) {
        const std::uint32_t age = clock_.tenths() - delivery.arrived;
        if (age >= 10) [[unlikely]] {
            late(link, age);
        }
    }
    /// A delivery was let go. `link` may be null.
    void drop(Link* link, DropReason reason, bool presettled);

    /// A delivery is stuck; `in` brought it, and may be null.
    void stuck(Delivery& delivery, Link* in);
    /// A delivery that may have been stuck is over.
    void unstuck(const Delivery& delivery, Link* in);
    /// A stream goes to another loop, behind others or on a link of its own.
    void streams_to_loop(bool shares) {
        ++(shares ? counters_.loop_streams_shared : counters_.loop_streams);
    }
    void containers_silent(std::uint64_t count) { counters_.containers_silent += count; }
    void link_refused() { ++counters_.links_refused; }
    void blocked_links(std::uint64_t count) { counters_.links_blocked = count; }

private:
    /// Of all links of producers together, too.
    void count(Link& link, std::uint64_t DeliveryCounters::*which) {
        ++(link.counters.*which);
        if (link.direction == Direction::in && !link.connection.traits.is_loop) {
            ++(counters_.*which);
        }
    }
    void unusual_outcome(Link& link, Bytes outcome);
    void late(Link& link, std::uint32_t age);

    const Clock& clock_;
    RouterCounters counters_;
};

}  // namespace weft::router

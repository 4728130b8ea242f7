#pragma once

#include "router/core/allowance.hpp"
#include "router/core/head_reader.hpp"
#include "router/core/incoming.hpp"
#include "router/core/inflow.hpp"
#include "router/core/intake.hpp"
#include "router/core/multicast.hpp"
#include "router/core/outgoing.hpp"
#include "router/core/routes.hpp"

#include <cstddef>
#include <cstdint>

namespace weft::router {

/// Deliveries that come in: where they go is decided with their first bytes.
///
///   on_transfer ─→ plain, or read, on a link with an address ───┐
///        │                                                      ↓
///        ├─→ find_head ─→ not enough of it: headless, waits    route ─→ anycast, Multicast
///        │        ↑                       │                     ↑
///        │        └── a further frame ────┘     complete ───────┘
///        └─→ a further frame of what is decided: Inflow
///
/// What can't go on is refused, at whatever step that is found.
///
/// Threading: loop-confined. Spec: AMQP 1.0 §2.6.12, §2.7.5
class Arrivals {
public:
    /// All must outlive it.
    struct Parts {
        Accounts& accounts;
        Routes& routes;
        Tally& tally;
        DeliveryPool& pool;
        Settlement& settlement;
        Outgoing& outgoing;
        Inflow& inflow;
        Spreading& spreading;
        const Allowance& allowance;
        const HeadReader& heads;
        const Clock& clock;
    };
    explicit Arrivals(const Parts& parts)
        : parts_{parts},
          intake_{{parts.accounts, parts.tally, parts.pool, parts.settlement, parts.clock}},
          multicast_{{parts.routes, parts.tally, parts.pool, parts.settlement, parts.outgoing,
                      parts.spreading, intake_, parts.heads}} {}

    /// `context` is the core's; zero at the first frame of a delivery.
    void on_transfer(Link& link, const Arrival& arrival, std::uint64_t& context);

private:
    void start(Incoming& in);
    void proceed(Link& link, Delivery& delivery, const Arrival& arrival, std::uint64_t& context);
    void find_head(Incoming& in);
    void await_more(Incoming& in, std::uint64_t look_at);
    void route(Incoming& in, Address* address);
    Address* address_elsewhere(const Incoming& in) const;
    bool reaches(Incoming& in, const Address& address);
    bool reaches_some(Incoming& in, const Address& address);
    static void narrow(Incoming& in, const Address& address);
    bool falls_back(Incoming& in, const Address& address);
    void anycast(Incoming& in, Address& address);
    bool pass_in_turn(Incoming& in, Address& address, Scope scope);
    bool leaves_for_another_loop(Incoming& in, Address& address, Scope scope);
    bool pass(Incoming& in, Address& address, Scope scope, bool& held_up);
    Routes::Way choose(const Incoming& in, Address& address, Scope scope);
    Routes::Way choose_otherwise(const Incoming& in,
                                 Address& address,
                                 Scope scope,
                                 RouterIndex origin);
    static bool may_be_taken(const Incoming& in, Address& address, Scope scope);
    bool is_free(const Incoming& in, Address& address, Scope scope);
    void note_way(const Incoming& in, const Address& address);
    static bool overtakes_nothing(const Incoming& in, const Address& address);

    Parts parts_;
    Intake intake_;
    Multicast multicast_;
};

}  // namespace weft::router

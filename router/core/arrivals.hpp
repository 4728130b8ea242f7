#pragma once

#include "router/core/allowance.hpp"
#include "router/core/head_reader.hpp"
#include "router/core/incoming.hpp"
#include "router/core/inflow.hpp"
#include "router/core/outgoing.hpp"
#include "router/core/routes.hpp"
#include "router/core/spreading.hpp"

#include <cstddef>
#include <cstdint>

namespace weft::router {

/// Deliveries that come in: where they go is decided with their first bytes.
///
///   on_transfer ─→ plain, or read, on a link with an address ───┐
///        │                                                      ↓
///        └─→ find_head ─→ not enough of it: headless, waits    route ─→ anycast, multicast
///                 ↑                       │                     ↑  └──→ refuse
///                 └── a further frame ────┘     complete ───────┘
///
/// Threading: loop-confined. Spec: AMQP 1.0 §2.6.12, §2.7.5
class Arrivals {
public:
    /// All must outlive it.
    struct Parts {
        LinkTable& links;
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
    explicit Arrivals(const Parts& parts) : parts_{parts} {}

    /// `context` is the core's; zero at the first frame of a delivery.
    void on_transfer(Link& link, const Arrival& arrival, std::uint64_t& context);

private:
    void start(Incoming& in);
    void proceed(Link& link, Delivery& delivery, const Arrival& arrival, std::uint64_t& context);
    void find_head(Incoming& in);
    void await_more(Incoming& in, std::uint64_t look_at);
    void route(Incoming& in, Address* address);
    bool reaches(Incoming& in, const Address& address);
    bool falls_back(Incoming& in, const Address& address);
    static Scope scope_of(const Incoming& in);
    void anycast(Incoming& in, Address& address);
    bool pass_in_turn(Incoming& in, Address& address, Scope scope);
    bool passes_on(Incoming& in, Address& address, Scope scope);
    bool pass(Incoming& in, Address& address, Scope scope, bool& held_up);
    Routes::Way choose(const Incoming& in, Address& address, Scope scope);
    void note_way(const Incoming& in, const Address& address);
    static bool overtakes_nothing(const Incoming& in, const Address& address);
    void multicast(Incoming& in, Address& address);
    bool copy_to_routers(Incoming& in, Address& address);
    void spread(Incoming& in, Address& address);
    static bool goes_at_once(const Route& route, const Arrival& message);
    void drop_copy(const Incoming& in, Link& out, DropReason reason);
    void copy_to(Incoming& in, const Address& address, Link& out, bool light);
    Branch& next_branch(Incoming& in, Share* payer);
    void send_over(Branch& branch, Route& route, const Arrival& arrival);
    void refuse(const Incoming& in, DropReason reason, Bytes outcome);
    Delivery& delivery_of(Incoming& in);
    void end_decision(const Incoming& in);
    void end_with_delivery(const Incoming& in);

    Parts parts_;
    std::uint64_t next_number_ = 0;
};

}  // namespace weft::router

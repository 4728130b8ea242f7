#pragma once

#include "router/core/core.hpp"
#include "router/node/awareness.hpp"
#include "router/node/entries.hpp"
#include "router/node/exits.hpp"
#include "router/node/outbox.hpp"
#include "router/node/slab.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string_view>
#include <utility>

namespace weft::node {

/// Carries deliveries between the cores of one router's loops, without locks.
///
/// Where a core has consumers of an address, every other core gets a link that looks like a
/// consumer of it, an exit; what is sent there goes to the first core in slabs and comes out of a
/// link that looks like a producer, an entry. Credit and settlement come back the same way, so a
/// producer on one loop and a consumer on another see what they would see on one; an abort goes the
/// way of the payload. Both links of such a pair are a loop's (`Traits::of_loop`): of a multicast
/// what came in at an entry never leaves by an exit, an anycast message may, kCrossingsMax times in
/// all. An anycast message that is not whole has a pair of its own.
///
/// What a relay wants of another goes into a slab, which is handed over at the end of the turn
/// (`Shard::end_turn`).
/// Threading: loop-confined; only slabs cross.
class Relay final : public router::Demand, public router::Supply, private router::Port {
public:
    /// What may be done in a round for what other loops handed over: a round begins when a socket
    /// had a turn, and with each call of `go_on`. A record is a step, and so is each consumer that
    /// gets a copy.
    static constexpr std::size_t kStepsMax = 2'000;

    using Hand = Outbox::Hand;

    /// `self` of `loops` loops. The core must outlive it.
    Relay(router::Core& core, std::size_t self, std::size_t loops, Hand hand);
    ~Relay() override;

    /// What another loop's relay handed over. It is taken in order, kStepsMax steps of it: while
    /// `has_work`, `go_on` is to be called in a later turn, once sockets had theirs.
    void receive(std::size_t from, Slab slab, Instant now);
    bool has_work() const {
        return !received_.empty() || awareness_.has_work() || exits_.has_work();
    }
    void go_on(Instant now);
    /// A socket had a turn.
    void begin_round() { steps_ = 0; }
    /// At the end of the turn.
    void hand_over(Instant now);

    /// The client's connection on another loop that brought the delivery which starts to go out
    /// with that context (OutgoingHead) to who asks for it (Link::asks_bringer); 0: none there did,
    /// or it is not known any more.
    std::uint64_t bringer_of(std::uint64_t context) const;

    /// Home's: who hears of addresses that other loops have producers of.
    using HearSupply = std::function<void(std::string_view key, bool produced)>;
    void hear_supply(HearSupply hear) { hear_supply_ = std::move(hear); }
    /// Another's: home hears of them.
    void tell_supply() { core_.reach().set_supply(this); }

    /// Whether all other loops know of the consumers that are here.
    bool others_know() const { return awareness_.others_know(); }
    /// Runs `f` once they know of those that are here now.
    void when_known(std::function<void()> f);
    /// At least each second: nobody waits for a loop that hangs for longer than two of them.
    void tick();

private:
    /// A slab, and how much of it was taken.
    struct Received {
        std::size_t from;
        Slab slab;
        std::size_t records = 0;
        std::size_t bytes = 0;
    };

    // Supply
    void supply_changed(const router::Address& address, bool produced) override;

    // Demand
    void demand_changed(const router::Address& address, bool wanted) override;

    // Port
    wire::Sent transfer(router::Link& link,
                        const router::OutgoingHead& head,
                        Bytes payload,
                        bool more) override;
    void abort(router::Link& link) override;
    void update(router::Link& link, wire::DeliveryId id, Bytes state, bool settled) override;
    bool reads_slowly(const router::Link& link) const override;
    void grant(router::Link& link, std::uint32_t credit, bool drain) override;
    void drain(router::Link& link) override;
    void drained(router::Link& link) override;
    void hold(router::Link& link, std::ptrdiff_t bytes) override;
    void spend(router::Link& link, std::size_t steps) override;
    bool attach(router::Link& link) override;
    router::Link* stream_beside(router::Link& link) override;
    void spared(router::Link& link) override;

    void take_received(Instant now);
    void take_slab(Received& received, Instant now);
    void take_record(std::size_t from, const Record& record, Bytes bytes, Instant now);

    router::Core& core_;
    router::Connection& connection_;
    std::size_t self_;
    std::size_t loops_;
    Outbox outbox_;
    Awareness awareness_;
    Exits exits_;
    Entries entries_;
    HearSupply hear_supply_;
    std::deque<Received> received_;
    std::size_t steps_ = 0;  // of this round, against kStepsMax
};

}  // namespace weft::node

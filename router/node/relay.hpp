#pragma once

#include "common/base/keyed_hash.hpp"
#include "router/core/core.hpp"
#include "router/node/delivery_table.hpp"
#include "router/node/slab.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace weft::node {

/// Carries deliveries between the cores of one router's loops, without locks.
///
/// Where a core has consumers of an address, every other core gets a link that looks like a
/// consumer of it, an exit; what is sent there goes to the first core in slabs and comes out of a
/// link that looks like a producer, an entry. Credit, settlement and aborts come back the same way,
/// so a producer on one loop and a consumer on another see what they would see on one. Both links
/// of such a pair are a loop's (`Traits::of_loop`): what came in at an entry never leaves by an
/// exit.
///
/// What a relay wants of another goes into a slab, which is handed over at the end of the turn.
/// Threading: loop-confined; only slabs cross.
class Relay final : public router::Demand, private router::Port {
public:
    /// Payload bytes of one pair that the other side has not passed on.
    static constexpr std::size_t kBytesMax = 4 * 1024 * 1024;

    /// What may be done in a round for what other loops handed over: a round begins when a socket
    /// was read, and with each call of `go_on`. A record is a step, and so is each consumer that
    /// gets a copy. An attach that is answered takes several.
    static constexpr std::size_t kStepsMax = 2'000;
    static constexpr std::size_t kStepsToAnswer = 10;

    /// A loop that is asked for the rest of what it has may have more than it had credit for, and
    /// is asked again, so often.
    static constexpr int kAskedAgainMax = 8;

    /// Bytes for another loop in one turn, from which on it is told no more than it must know.
    static constexpr std::size_t kTalkMax = std::size_t{1024} * 1024;

    /// Hands a full slab to the loop `to`.
    using Hand = std::function<void(std::size_t to, Slab slab)>;

    /// `self` of `loops` loops. The core must outlive it.
    Relay(router::Core& core, std::size_t self, std::size_t loops, Hand hand);
    ~Relay() override;

    /// What another loop's relay handed over. It is taken in order, kStepsMax steps of it: while
    /// `has_work`, `go_on` is to be called in a later turn, once sockets had theirs.
    void receive(std::size_t from, Slab slab, Instant now);
    bool has_work() const {
        return !received_.empty() || (!waiters_.empty() && may_run(waiters_.front()));
    }
    void go_on(Instant now);
    /// A socket was read.
    void begin_round() { steps_ = 0; }
    /// At the end of the turn.
    void hand_over(Instant now);

    /// Whether all other loops know of the consumers that are here.
    bool others_know() const;
    /// Runs `f` once they know of those that are here now.
    void when_known(std::function<void()> f);
    /// At least each second: nobody waits for a loop that hangs for longer than two of them.
    void tick();

private:
    /// A consumer in our core that stands for those of another loop: the way out to it.
    struct Exit {
        router::Link* link = nullptr;
        std::size_t peer = 0;
        std::uint32_t id = 0;
        bool wanted = false;   // the other side has consumers
        bool leaving = false;  // stands in leaving_
        wire::DeliveryId current = 0;
        wire::DeliveryId last_delivery = 0;
        std::uint32_t sent = 0;     // deliveries started, or given up by draining
        std::uint32_t limit = 0;    // of them, that the other side allows
        std::size_t in_flight = 0;  // payload bytes
        bool starved = false;       // took less than it was given
        DeliveryTable unsettled;

        /// Neither side wants anything of it.
        bool is_idle() const { return !wanted && unsettled.empty() && current == 0; }
    };
    /// A producer in our core that stands for another loop's exit: the way in from it.
    struct Entry {
        router::Link* link = nullptr;
        std::size_t peer = 0;
        std::uint32_t id = 0;        // the exit's
        std::uint32_t received = 0;  // deliveries started
        std::uint32_t limit = 0;     // of them, that we allow
        std::int64_t passed_on = 0;  // payload bytes, not told yet
        bool drain = false;
        int drained_early = 0;      // so often in a row it may have had more
        bool news = false;          // limit, drain or passed_on are to be told
        std::uint64_t current = 0;  // context of the delivery that is coming in
        DeliveryTable unsettled;
    };
    struct Peer {
        Slab slab;
        boost::unordered_flat_map<std::uint32_t, std::unique_ptr<Entry>> entries;  // by exit id
        boost::unordered_flat_map<std::string, Exit*, TextHash, std::equal_to<>> exits;  // by key
        std::vector<Entry*> entries_with_news;
        std::uint32_t known = 0;  // of our announcements, the last one that it has taken
    };
    struct Waiter {
        std::uint32_t announced = 0;  // the last announcement that it waits for
        std::uint32_t until = 0;      // this tick
        std::function<void()> f;
    };

    /// A slab, and how much of it was taken.
    struct Received {
        std::size_t from;
        Slab slab;
        std::size_t records = 0;
        std::size_t bytes = 0;
    };

    // Demand
    void on_demand(const router::Address& address, bool wanted) override;

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

    void take_received();
    void take(Received& received);
    void take(std::size_t from, const Record& record, Bytes bytes);
    bool may_run(const Waiter& waiter) const;
    void run_waiters();
    void announced(std::size_t from, const Record& record, Bytes bytes);
    Exit& make_exit(std::size_t from, const Record& record, std::string_view key);
    void withdrawn(std::size_t from, std::string_view key);
    void attach_entry(std::size_t from, const Record& record, std::string_view key);
    void take_at_entry(Entry& entry, const Record& record, Bytes bytes);
    static bool may_have_more(Entry& entry, std::uint32_t given_back);
    void take_at_exit(Exit& exit, const Record& record, Bytes bytes);
    void tell(Entry& entry);
    void detach_entry(std::size_t from, std::uint32_t id);
    void leave_if_idle(Exit& exit);
    void leave(Exit& exit);
    void put(std::size_t to, const Record& record, Bytes bytes = {}, Bytes more_bytes = {});
    static Exit& exit_of(const router::Link& link) {
        return *reinterpret_cast<Exit*>(link.port_link);
    }
    static Entry& entry_of(const router::Link& link) {
        return *reinterpret_cast<Entry*>(link.port_link);
    }

    router::Core& core_;
    Instant now_{};  // of the batch under way
    Hand hand_;
    router::Connection& connection_;
    std::vector<Peer> peers_;
    boost::unordered_flat_map<std::uint32_t, std::unique_ptr<Exit>> exits_;
    std::deque<Received> received_;
    std::size_t steps_ = 0;               // of this round, against kStepsMax
    std::vector<std::uint32_t> leaving_;  // exits to detach at the end of the turn
    std::uint32_t last_exit_ = 0;
    std::uint32_t announced_ = 0;  // announcements made
    std::deque<Waiter> waiters_;   // in the order of what they wait for
    std::uint32_t ticks_ = 0;
    std::size_t self_;
};

}  // namespace weft::node

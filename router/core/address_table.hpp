#pragma once

#include "common/base/keyed_hash.hpp"
#include "router/core/address.hpp"
#include "router/core/delivery.hpp"
#include "router/core/far_demand.hpp"
#include "router/core/link.hpp"
#include "router/core/outlet_index.hpp"
#include "router/core/rations.hpp"
#include "router/core/size_limits.hpp"
#include "router/core/trunk.hpp"
#include "router/core/waiting_line.hpp"
#include "router/core/wildcards.hpp"

#include <boost/container/small_vector.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weft::router {

/// What a multicast does for a consumer that is stalled.
enum class SlowConsumer : std::uint8_t { block, drop };

/// How an address treats its messages: a rule's, or the default's.
struct Treatment {
    Distribution distribution = Distribution::balanced;
    SlowConsumer slow_consumer = SlowConsumer::block;
    std::int8_t priority = -1;       // −1: the message's own
    std::uint8_t ingress_phase = 0;  // of what senders bring
    std::uint8_t egress_phase = 0;   // of what receivers get
    bool fallback = false;           // what nobody receives goes to its fallback
};

/// What an address has to do with the other loops of its router, and with containers that are asked
/// for what consumers can take.
struct Loops {
    std::vector<Link*> entries;      // producers: they bring what is whole from other loops
    std::vector<Link*> containers;   // those that send on demand
    std::vector<Link*> askers;       // of these, other routers' (Link::far), by their numbers
    Rations rations;                 // what each container may send, in the same order
    std::unique_ptr<FarDemand> far;  // what other routers want of those here; null: not known
    bool undivided = false;          // containers have not heard of the last change
    std::vector<Link*> exits;        // consumers: they take deliveries to other loops
    std::uint32_t asked = 0;         // how often others were asked for the rest, a serial number
    DrainList draining;              // consumers that wait for it, see Drains
    DrainList rested;                // of those, who may be answered: they have
    /// Anycast deliveries that came from there and that no consumer here can take now.
    WaitingLine waiting;
    /// Turns in a row that one of the address's two lines was passed over for the other.
    std::uint32_t passed_over = 0;

    /// What comes in counts by the way that it takes.
    bool counts_ways() const { return far != nullptr || !askers.empty(); }
    /// What stands for the containers of that router; null: it has not asked. O(log(routers)).
    Link* asker(RouterIndex router) const;
};

/// Multicast messages of an address that its many consumers are given in slices.
struct Spread {
    BranchList messages;                // their own branches; the first one's turn it is
    std::uint64_t number = UINT64_MAX;  // of its delivery, once it was begun with
    std::uint32_t left = 0;             // of the outlets the first so many have not had their turn
    bool oversized = false;             // a copy was dropped for its size
};

/// Another router with consumers of an address, which has that at `position` among its addresses.
struct Remote {
    RouterIndex router = kNoRouter;
    std::uint32_t position = 0;
};

/// What edge routers have to do with an address.
struct EdgeUse {
    std::uint32_t consumers = 0;  // of edge routers, active
    std::uint32_t producers = 0;  // of edge routers, which hear whether others receive
    std::uint32_t most = 1;       // consumers that one of them has had at once
};

/// One address that somebody uses. Threading: loop-confined.
struct Address {
    Address(const AddressKey& its_key, const Treatment& treated)
        : key{its_key}, treatment{treated} {}

    AddressKey key;
    Treatment treatment;
    /// Of a subscription with wildcards, how its name reads; null: it is an address like others.
    std::unique_ptr<const WildcardName> wildcard;
    const Wildcards* wildcards = nullptr;  // those that may mean it; null: none ever does
    std::unique_ptr<Meant> meant;          // by which of them, as far as it was asked for
    bool reached_by_wildcards = false;     // as its producers were told last
    bool routable = false;                 // there is a route
    bool followed = false;                 // the chores have work left with it
    bool pinned = false;                   // it is kept though nobody uses it
    Address* fallback = nullptr;           // gets what nobody receives; null: it has none
    Address* fallback_for = nullptr;       // of which it is the fallback
    /// Of the consumers. Those in process stand first.
    boost::container::small_vector<Outlet*, 1> outlets;
    std::unique_ptr<OutletIndex> index;  // of many outlets; null of few
    std::uint32_t indexed_from = 0;      // so many
    std::uint32_t turn = 0;              // so that equal consumers take turns
    std::vector<Link*> producers;
    std::unique_ptr<SizeLimits> limits;  // null: every consumer takes messages of any size
    std::unique_ptr<Loops> loops;        // null: no other loop has had to do with it
    std::unique_ptr<EdgeUse> edge;       // null: no edge router has had to do with it
    std::unique_ptr<Spread> spread;      // null: each message goes to all at once
    /// Of the consumers that are not full, but not of those in process or relays.
    std::uint64_t credit_here = 0;
    std::uint32_t active_consumers = 0;
    std::uint32_t active_here = 0;     // of those, not relays to other loops
    std::uint32_t active_uplinks = 0;  // of those
    Link* uplink = nullptr;            // a consumer: the newest of them, active or not
    std::uint32_t in_process = 0;      // consumers
    std::uint32_t suppliers = 0;       // producers that are clients'
    std::uint32_t active_since = 0;    // tenths of a second: there are active consumers
    /// Anycast deliveries that no consumer can take now, but for those that came from other loops.
    WaitingLine waiting;
    std::uint32_t untold = 0;     // the first so many producers have not heard of the last change
    std::vector<Remote> remotes;  // the other routers with consumers
    /// The neighbours behind which they are; made anew when paths have changed since.
    std::vector<std::unique_ptr<Route>> routes;
    std::uint64_t routes_version = 0;
    std::uint64_t ingress = 0;
    std::uint64_t egress = 0;
    std::uint64_t to_process = 0;
    std::uint64_t from_process = 0;
    std::uint64_t from_containers = 0;  // of ingress
    std::uint64_t to_containers = 0;    // of egress
    std::uint64_t transit = 0;
    std::uint64_t redirected = 0;  // to its fallback
    std::size_t listing = 0;       // its position in the table

    /// As links, in the same order.
    auto consumers() const {
        return std::views::transform(outlets,
                                     [](Outlet* outlet) -> Link& { return link_of(*outlet); });
    }
    /// Somebody gets what is sent here: a consumer, another router, or who subscribed to it with
    /// wildcards.
    bool reachable() const {
        return active_consumers > 0 || routable ||
               (wildcards != nullptr && wildcards->reach(const_cast<Address&>(*this)));
    }
    /// Nobody does, but somebody receives from its fallback.
    bool falls_back() const { return fallback != nullptr && !reachable() && fallback->reachable(); }
    /// The same as reachable(), not counting relays and subscriptions, of which each loop knows
    /// itself: somebody that other loops reach through this one.
    bool reachable_here() const { return active_here > 0 || routable; }
    /// Of the producers, those that bring what is whole from other loops, and hear what they may.
    std::span<Link* const> entries() const {
        return loops == nullptr ? std::span<Link* const>{} : loops->entries;
    }
    /// Of the producers, those of containers that send on demand.
    std::span<Link* const> containers() const {
        return loops == nullptr ? std::span<Link* const>{} : loops->containers;
    }
    /// Of the containers, how many are this router's.
    std::size_t own_containers() const {
        return loops == nullptr ? 0 : loops->containers.size() - loops->askers.size();
    }
    /// Containers have not heard of the last change.
    bool is_undivided() const { return loops != nullptr && loops->undivided; }
    /// Where what came from other loops waits; null: none has had to do with it.
    WaitingLine* relayed() const { return loops == nullptr ? nullptr : &loops->waiting; }
    /// Of the consumers, those that are other loops.
    std::span<Link* const> exits() const {
        return loops == nullptr ? std::span<Link* const>{} : loops->exits;
    }
    /// Other loops have consumers, or know the way to some.
    bool reachable_elsewhere() const { return active_consumers > active_here; }
    /// Made, if it is not there yet.
    Loops& with_loops();
    /// The largest message that some consumer takes, of those that are active; any, if none is.
    std::uint64_t most_taken(Scope scope) const {
        if (limits == nullptr) [[likely]] {
            return kAnySize;
        }
        const std::uint32_t active = scope == Scope::here ? active_here : active_consumers;
        return active == 0 || active > limits->count(scope) ? kAnySize : limits->most(scope);
    }
    /// An active consumer has a limit from now on, or until now.
    void add_limit(Link& consumer);
    void remove_limit(const Link& consumer);
    /// Calls visit(line) for each line in which something may wait.
    template <class Visit>
    void for_each_line(Visit visit) {
        visit(waiting);
        if (loops != nullptr) {
            visit(loops->waiting);
        }
        if (limits != nullptr) {
            visit(limits->line(Scope::all));
            visit(limits->line(Scope::here));
        }
    }
    template <class Visit>
    void for_each_line(Visit visit) const {
        const_cast<Address*>(this)->for_each_line([&](const WaitingLine& line) { visit(line); });
    }
    /// What waits may have other ways: all of it is to be looked at again.
    void look_again(Scope scope);
    bool is_looked_through() const;
    /// How many deliveries wait for consumers.
    std::size_t waiting_count() const;
    /// Nobody uses it, nor the one that it is the fallback of, or that is its fallback.
    bool unused() const;
    void add_consumer(Link& link);
    void remove_consumer(Link& link);
    void add_producer(Link& link);
    void remove_producer(Link& link);

private:
    EdgeUse& with_edge();
    bool used_itself() const;
    void place(std::uint32_t position, Link& consumer);
    void review_index();
};

/// Somebody gets what is sent to it, as its producers were told last: with subscriptions with
/// wildcards that came or went they hear of it all together, in their turn.
inline bool is_told_reachable(const Address& address) {
    return address.active_consumers > 0 || address.routable || address.reached_by_wildcards;
}

/// Somebody else than an uplink gets what is sent to it.
inline bool is_reachable_below(const Address& address) {
    return address.active_uplinks == 0 ? address.reachable()
                                       : address.active_consumers > address.active_uplinks;
}

/// A consumer's credit is now that.
[[gnu::always_inline]] inline void set_credit(Link& consumer, std::uint32_t credit) {
    Outlet& outlet = consumer.outlet;
    if (consumer.address != nullptr && !outlet.relay && !outlet.in_process && !outlet.full) {
        consumer.address->credit_here += std::uint64_t{credit} - outlet.credit;
    }
    outlet.credit = credit;
    outlet.changed();
}

/// A consumer took less than it was given, or may be given more.
inline void set_full(Link& consumer, bool full) {
    Outlet& outlet = consumer.outlet;
    const std::uint32_t credit = outlet.credit;
    set_credit(consumer, 0);  // of one that is full none counts
    outlet.full = full;
    set_credit(consumer, credit);
}

/// Of what waits at the address of a consumer, its part if all take turns, beginning with the one
/// whose turn is next: how many deliveries, and how many of them are stuck.
struct Awaited {
    std::size_t deliveries = 0;
    std::size_t stuck = 0;
};
[[nodiscard]] Awaited awaited_by(const Link& consumer);

/// Deliveries at the consumers of an address, or on their way to other routers, and not settled;
/// those for other loops are not counted. O(routers + few).
[[nodiscard]] std::uint64_t outstanding_at(const Address& address);

inline bool is_multicast(const Address* address) {
    return address != nullptr && address->treatment.distribution == Distribution::multicast;
}

/// Messages that consumers at other routers want of the containers here, and may get now; 0 while
/// nobody knows what they want.
[[nodiscard]] std::uint64_t wanted_afar(const Address& address);
/// No other router wants what the containers here bring, and consumers here may take it.
[[nodiscard]] bool keeps_here(const Address& address);

/// The addresses in use, by key. O(1) look-up; an Address never moves.
/// Threading: loop-confined.
class AddressTable {
public:
    explicit AddressTable(std::uint32_t indexed_from = kIndexedFrom)
        : indexed_from_{indexed_from} {}

    /// Null if nobody uses it.
    Address* find(std::string_view key) const;
    /// The address of `key`, made with `treatment` if nobody used it yet; one that is to have a
    /// fallback is made with that, and the fallback with it.
    Address& obtain(const AddressKey& key, const Treatment& treatment);
    /// Of a message that was sent to no link's address, which nobody uses but subscriptions with
    /// wildcards mean: made if need be. The last kPassingMax of these, of kPassingBytesMax
    /// together, are kept for the next messages, until somebody erases what is unused.
    Address& obtain_passing(const AddressKey& key, const Treatment& treatment);
    /// With its fallback, or the one that it is the fallback of.
    void erase(Address& address);
    /// Of an edge router, that of kUpstreamKey, which is kept; null: it is none.
    Address* upstream() const { return upstream_; }
    void make_upstream();
    const Wildcards& wildcards() const { return wildcards_; }
    /// False: it is a subscription with wildcards, and the client's connection with that id may not
    /// bring it.
    [[nodiscard]] bool may_bring(const AddressKey& key,
                                 const Treatment& treatment,
                                 std::uint64_t connection) const;
    /// That has brought it just now.
    void charge(const Address& subscription, std::uint64_t connection);
    /// Some that are addresses like others for want of room may be subscriptions with wildcards
    /// now.
    bool may_admit() const { return wildcards_.left_out().has_due(); }
    /// One of them is a subscription from now on. Precondition: may_admit.
    Address& admit();
    /// Subscriptions with wildcards that were no such when they came, for want of room.
    std::uint64_t wildcards_left_out() const { return wildcards_left_out_; }

    std::size_t size() const { return listed_.size(); }
    /// All, in an order that stays the same while none comes or goes.
    const std::vector<Address*>& all() const { return listed_; }
    template <class Visit>
    void visit(Visit visit) const {
        for (Address* address : listed_) {
            visit(*address);
        }
    }

private:
    static constexpr std::size_t kPassingMax = 1'000;
    static constexpr std::size_t kPassingBytesMax = std::size_t{1024} * 1024;

    Address& make(const AddressKey& key, const Treatment& treatment);
    void read_wildcards_of(Address& address);
    void forget_wildcards_of(Address& address);
    void give_fallback(Address& address, const Treatment& treatment);
    void erase_one(Address& address);

    std::uint32_t indexed_from_;
    boost::unordered_flat_map<std::string_view, std::unique_ptr<Address>, TextHash> by_key_;
    std::vector<Address*> listed_;
    Address* upstream_ = nullptr;
    Wildcards wildcards_;
    std::uint64_t wildcards_left_out_ = 0;
    std::deque<std::string> passing_;        // keys, the oldest first; some are gone
    std::size_t passing_bytes_ = 0;          // of these
    mutable Address* found_last_ = nullptr;  // what comes next is often for the same one
};

}  // namespace weft::router

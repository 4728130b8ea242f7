#pragma once

#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "common/wire/sections.hpp"
#include "router/core/address_rules.hpp"
#include "router/core/address_table.hpp"
#include "router/core/admission.hpp"
#include "router/core/attach.hpp"
#include "router/core/counters.hpp"
#include "router/core/delivery.hpp"
#include "router/core/demand.hpp"
#include "router/core/link.hpp"
#include "router/core/port.hpp"
#include "router/core/trunk.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::router {

/// A consumer that took nothing for so long is stalled.
inline constexpr std::uint32_t kStalledAfterTenths = 100;
/// A delivery not settled for so long is stuck; a link without credit for so long is blocked.
inline constexpr std::uint32_t kStuckAfterTenths = 100;
/// Copies of multicast messages that a stalled consumer may have waiting.
inline constexpr std::size_t kStalledQueueMax = 250;
/// Bytes of one multicast message that may wait for a stalled consumer.
inline constexpr std::size_t kStalledMessageBytesMax = std::size_t{64} * 1024;
/// What all addresses together may have waiting; a delivery that comes then is released.
inline constexpr std::size_t kHeldBytesMax = std::size_t{1024} * 1024 * 1024;
inline constexpr std::size_t kDeliveriesMax = 1'000'000;

struct Decision;
struct Explanation;

struct CoreOptions {
    std::string router_id;
    Distribution default_distribution = Distribution::balanced;
    std::uint64_t seed = 1;  // of the names of dynamic addresses
    /// Ids of links and connections are first_id, first_id + id_step, …: unique over all loops.
    std::uint64_t first_id = 1;
    std::uint64_t id_step = 1;
    std::size_t held_bytes_max = kHeldBytesMax;
    std::size_t deliveries_max = kDeliveriesMax;
};

/// A change of a delivery by the peer.
struct Update {
    DeliveryId id = 0;
    bool settled = false;
    Bytes state;  // encoded; empty: none
};

/// Who gets this delivery: addresses, credit, forwarding and settlement of one router.
///
/// Holds nothing longer than it must: what comes in goes out at once if a consumer has credit and
/// its connection room, and waits otherwise, at most `capacity` deliveries a producer. Knows
/// connections only as Ports. Credit flows to producers only while somebody receives.
///
/// Order of calls: connect → attach → activate (once the peer was told) → on_… → detach →
/// disconnect. All calls with a Link need one that was attached and not detached.
///
/// Threading: loop-confined. Spec: AMQP 1.0 §2.6.6–2.6.12, §3.4
class Core {
public:
    /// `admission` may be null (everything is let through) and must outlive the core.
    Core(CoreOptions options, Admission* admission);
    ~Core();
    Core(const Core&) = delete;
    Core& operator=(const Core&) = delete;

    /// What time it is, before the calls of a batch.
    void set_now(Instant now);
    /// Each second: rates, stalled consumers, stuck deliveries, blocked links.
    void tick();

    // --- connections and links ---------------------------------------------------------------
    Connection& connect(Port& port, Stripping strip, ConnectionKind kind = ConnectionKind::client);
    /// After its links were detached.
    void disconnect(Connection& connection);

    /// Errors, with the condition for the peer: amqp:not-found (address unavailable),
    /// qd:no-route-to-dest (no source), amqp:invalid-field (an address that means nothing),
    /// amqp:precondition-failed (coordinator), or what admission says.
    [[nodiscard]] Result<Attached> attach(Connection& connection, const AttachRequest& request);
    /// A link of a relay, on the address `key`; nothing is asked.
    Link& attach_relay(Connection& connection,
                       Direction direction,
                       std::string_view key,
                       const Treatment& treatment,
                       std::uintptr_t port_link);
    /// The peer was told: credit and deliveries may flow.
    void activate(Link& link);
    /// A relay's consumer that is not wanted any more but still has deliveries to answer: nothing
    /// new is sent there. May be activated again.
    void deactivate(Link& link);
    /// The link is gone, for whatever reason; its deliveries get their outcome.
    void detach(Link& link);

    void set_demand(Demand* demand) { demand_ = demand; }
    void set_local_demand(Demand* demand) { local_demand_ = demand; }

    // --- the mesh ------------------------------------------------------------------------------
    /// Who knows the paths; null: this router is alone. Must outlive the core.
    void set_topology(Topology* topology) { topology_ = topology; }
    /// The data links to a neighbour, of a connection of that kind; `weft`: it is no original.
    Trunk& add_trunk(Connection& connection, TrunkPort& port, bool weft);
    /// After its links were detached, and no path leads over it.
    void remove_trunk(Connection& connection);
    /// A data link to or from a neighbour; `priority` from kPriorities on: one for streams.
    Link& attach_data(Trunk& trunk,
                      Direction direction,
                      std::uint8_t priority,
                      std::uint16_t capacity,
                      std::uintptr_t port_link);
    /// The way to another router; null: there is none. Cheapest if its consumers are told after
    /// there is one, and taken back before there is none.
    void set_path(RouterIndex router, std::string_view id, Trunk* trunk, std::uint32_t cost);
    /// Another router has consumers of `key`, or has none any more. `hint`: how it treats the
    /// address, if nothing is configured here.
    void set_remote(RouterIndex router,
                    std::string_view key,
                    bool has,
                    std::optional<Distribution> hint);

    /// Takes back all credit of producers for good: the router is about to stop.
    void quiesce();

    // --- traffic -----------------------------------------------------------------------------
    /// `context` is the core's; zero at the first frame of a delivery.
    void on_transfer(Link& link, const Arrival& arrival, std::uint64_t& context);
    /// A consumer, or a producer that settles, changed a delivery.
    void on_update(Link& link, const Update& update, std::uint64_t context);
    /// A consumer's credit is now `credit` deliveries. Means nothing while it is not active.
    void on_credit(Link& link, std::uint32_t credit, bool drain);
    /// A producer gave its credit back.
    void on_drained(Link& link);
    /// The connection takes bytes again.
    void on_writable(Connection& connection);

    // --- configuration and what management reads -----------------------------------------------
    const AddressRules& rules() const { return rules_; }
    /// For addresses that nobody uses yet; those in use keep their treatment. Returns the rule's
    /// id. Errors: as AddressRules::add.
    Result<std::uint64_t> add_rule(AddressRule rule);
    bool remove_rule(std::uint64_t id) { return rules_.remove(id); }
    bool change_rule(std::uint64_t id, const Treatment& treatment) {
        return rules_.change(id, treatment);
    }
    const AddressTable& addresses() const { return addresses_; }
    const RouterCounters& counters() const { return counters_; }
    const DeliveryPool& deliveries() const { return pool_; }
    const std::string& router_id() const { return options_.router_id; }
    std::size_t link_count() const { return link_count_; }
    /// The links that are not of services in process, in an order that stays the same while none
    /// comes or goes.
    const std::vector<Link*>& client_links() const { return client_links_; }
    /// The links in use with index ≥ `from`, ascending; null at the end.
    const Link* next_link(std::size_t from) const;
    /// All, in an order that stays the same while none comes or goes; those that are not clients'
    /// come first, for they are made first and stay.
    const std::vector<std::unique_ptr<Connection>>& connections() const { return connections_; }
    /// Tenths of a second since the core's start, as in Link and Delivery.
    std::uint32_t tenths() const { return tenths_; }
    Blocked blocked(const Link& link) const;
    /// What would become of a message to `address`, as a client writes it, that came now and
    /// entered the mesh at `origin`. The decision is the live one, and nothing moves: no turn is
    /// taken, nothing is counted. (Routes out of date are made anew, as the next message would.)
    Explanation explain(std::string_view address, RouterIndex origin);

private:
    struct RouterPath {
        Trunk* trunk = nullptr;
        std::uint32_t cost = 0;
        std::size_t addresses = 0;  // that it has consumers of, its own included
    };
    /// A consumer, or a neighbour on the way to some; neither: nobody can take it now.
    struct Way {
        Link* link = nullptr;
        Route* route = nullptr;
    };
    /// Where a message is to go, as its first sections say.
    struct Target {
        Address* address = nullptr;  // null: nobody uses it here
        bool cut_off = false;        // more of them must be known
        DropReason reason = DropReason::no_consumer;
        Buffer outcome{};  // empty: it is not refused
    };
    /// Who can be reached by an address, as credit and demand follow it.
    struct Reach {
        bool any = false;
        bool here = false;    // not over relays
        bool beside = false;  // consumers, not over relays
        bool local = false;   // at this router, on any loop, but not its own services
        bool routable = false;
    };

    struct Slot {
        std::unique_ptr<Link> link;
        std::uint32_t generation = 0;
    };

    // attach and detach (core_links.cpp)
    Link& make_link(Connection& connection, const AttachRequest& request);
    void free_link(Link& link);
    Result<AddressKey> resolve(const AttachRequest& request, std::string& echo);
    Result<Treatment> treatment_of(const AddressKey& key, const AttachRequest& request) const;
    std::string temporary_name();
    void detach_consumer(Link& link);
    void detach_producer(Link& link);
    void add_link(Link& link, Address* address);
    void consumer_active(Link& link);
    void consumer_inactive(Link& link);
    static Reach reach_of(const Address& address);
    void reach_changed(Address& address, const Reach& before);
    void release_all(BranchList& waiting);

    // credit of producers (core_credit.cpp)
    void offer_credit(Link& link);
    std::uint32_t relay_room(const Address& address, std::uint32_t enough) const;
    void offer_relays(const Address& address);

    // deliveries in (core_arrivals.cpp)
    void start(Link& link, const Arrival& arrival, std::uint64_t& context);
    void route(Link& link,
               Address* address,
               const Arrival& arrival,
               Delivery* known,
               std::uint64_t& context);
    static bool overtakes_nothing(const Link& link, const Address& address, const Delivery* known);
    void anycast(Link& link,
                 Address& address,
                 const Arrival& arrival,
                 Delivery* known,
                 std::uint64_t& context);
    void multicast(Link& link,
                   Address& address,
                   const Arrival& arrival,
                   Delivery* known,
                   std::uint64_t& context);
    void proceed(Link& link, Delivery& delivery, const Arrival& arrival, std::uint64_t& context);
    void refuse(
        Link& link, const Arrival& arrival, Delivery* known, DropReason reason, Bytes outcome);
    bool is_detour(const Link& link, RouterIndex origin);
    Delivery& delivery_for(Link& link,
                           const Arrival& arrival,
                           Delivery* known,
                           std::uint64_t& context);
    void abandon(Delivery& delivery, DropReason reason);
    void let_out_of_hand(Delivery& delivery);
    void charge_if_large(const Link& link, Delivery& delivery);

    // the sections before the bare message (core_heads.cpp)
    void find_head(Link& link, const Arrival& arrival, Delivery* known, std::uint64_t& context);
    void await_more(Link& link,
                    const Arrival& arrival,
                    Delivery* known,
                    std::uint64_t look_at,
                    std::uint64_t& context);
    Target target_of(const Link& link, Arrival& message, Head& head, Buffer& rewritten);
    static Target unreadable(const wire::Facts& facts);
    Target passed_on_to(Arrival& message, Head& head);
    Target anonymous_target(const Link& link,
                            Arrival& message,
                            const wire::Facts& facts,
                            Buffer& rewritten);
    static void settle_annotations(const Link& link,
                                   Arrival& message,
                                   const wire::Facts& facts,
                                   std::string_view told,
                                   Buffer& rewritten);
    std::size_t rewrite_head(const Branch& branch,
                             const Link& out,
                             Bytes payload,
                             const Head* known);

    // other routers (core_mesh.cpp)
    RouterPath& path_of(RouterIndex router);
    Link* stream_link(Trunk& trunk);
    Link& trunk_link(const Delivery& delivery, Route& route, std::uint8_t priority);
    Treatment treatment_from_afar(std::string_view key, std::optional<Distribution> hint) const;
    void update_routable(Address& address);
    const std::vector<std::unique_ptr<Route>>& routes_of(Address& address);
    void refresh_routes(Address& address);
    static Route& route_over(Address& address, Trunk& trunk);
    const Destinations& allowed_from(RouterIndex origin) const;
    const std::vector<Route*>& routes_for(Address& address, RouterIndex origin);
    Way choose(Address& address, bool relayed, RouterIndex origin);
    Way choice(const Address& address, bool relayed, RouterIndex origin, std::uint32_t turn) const;
    static bool may_wait(const Address& address, bool relayed);
    void send_over(Branch& branch, Route& route, const Arrival& arrival);
    static void choose_way(Branch& branch, Route& route);
    Link& send_along(Branch& branch, Route& route);
    void forward_again(Branch& branch, std::vector<Link*>& others);
    void multicast_again(Branch& branch,
                         Address& address,
                         const Route* meant,
                         std::vector<Link*>& others);
    static bool waits_for(const Delivery& delivery, const Route& route);
    bool strays(const Branch& branch);
    void lose_way(Branch& branch);
    void resume_all(const std::vector<Link*>& links);
    void gather_strays(Trunk& trunk);
    void gather_strays(Link& link, std::vector<Link*>& others);
    void redistribute(Address& address, BranchList& list);
    void place(Address& address, Branch& branch, BranchList& waiting);

    // deliveries out (core_sending.cpp)
    static std::uint8_t priority_of(const Address& address, const Arrival& message);
    static bool goes_before(const Delivery& one, const Delivery& other);
    static void wait(BranchList& waiting, Branch& branch, std::uint8_t priority);
    bool launch(Branch& branch, Link& out, const Arrival& arrival);
    Sent send_settled(Link& out, const Arrival& arrival);
    void adopt(Branch& branch, Link& out, const Sent& sent);
    void open_branch(Branch& branch, bool holds);
    void assign(Branch& branch, Link& out);
    void enqueue(Branch& branch, Link& out);
    bool pump(Branch& branch);
    Sent pass_on(Branch& branch, Link& out, Bytes payload, bool more, const Head* known = nullptr);
    void note_full(Link& out);
    void count_sent(Link& out, bool settled);
    void completed(Branch& branch);
    void pump_link(Link& link);
    void feed(Link& link);
    BranchList* next_waiting(const Link& link) const;
    void resume(Link& link);
    void answer_drain(Link& link);
    bool awaits_relays(Link& link);
    void relay_drained(Link& relay);
    void keep_rest(Delivery& delivery, Bytes payload);
    void keep(Delivery& delivery, Bytes payload);
    void caught_up(Delivery& delivery);
    void hold(Delivery& delivery, std::ptrdiff_t bytes);

    // settlement (core_settlement.cpp)
    void update_from_consumer(Link& link, Branch& branch, const Update& update);
    void relay(Link& in, Delivery& delivery, Bytes state);
    void finish_decided(Delivery& delivery, Bytes state);
    void update_from_producer(Delivery& delivery, const Update& update);
    void close(Branch& branch, Bytes outcome);
    void unassign(Branch& branch);
    void unhold(Branch& branch);
    void hold_no_longer(Delivery& delivery);
    void uncredit(Delivery& delivery);
    void uncharge(Delivery& delivery);
    void no_longer_undelivered(Delivery& delivery);
    void conclude(Delivery& delivery, Bytes outcome);
    void count_outcome(Link& link, Bytes outcome);
    void count_drop(Link* link, DropReason reason, bool presettled);
    void count_delay(Link& link, const Delivery& delivery);
    void lose_consumer(Link& link);

    // watching (core_watch.cpp)
    void watch(Link& link);
    void watch_oldest(BranchList& branches);
    bool is_watched_elsewhere(const Delivery& delivery);
    void stall(Link& link);
    bool too_large_to_wait(const Branch& branch) const;
    void give_up(Branch& branch);

    // in dry run (explain.cpp)
    void explain_rule(Explanation& about) const;
    void explain_consumers(const Address& address, Explanation& about) const;
    void explain_routes(Address& address, RouterIndex origin, Explanation& about);
    void explain_producers(const Address& address, Explanation& about) const;
    Decision decision(const Address& address, bool relayed, RouterIndex origin) const;

    Link* find(LinkRef ref) const;

    CoreOptions options_;
    Admission* admission_;
    Demand* demand_ = nullptr;
    Demand* local_demand_ = nullptr;
    Topology* topology_ = nullptr;
    std::string own_annotation_;  // "0/r1", as in a trace
    std::vector<std::unique_ptr<Trunk>> trunks_;
    std::vector<RouterPath> paths_;  // by RouterIndex
    std::uint64_t paths_version_ = 1;
    std::vector<Route*> chosen_routes_;  // of the last multicast
    Buffer head_;                        // of the last message that was annotated
    AddressRules rules_;
    AddressTable addresses_;
    DeliveryPool pool_;
    std::uint32_t next_number_ = 0;
    RouterCounters counters_;
    std::vector<Slot> slots_;
    std::vector<std::uint32_t> free_slots_;
    std::size_t link_count_ = 0;
    std::vector<Link*> client_links_;
    std::uint64_t next_link_id_;
    std::uint64_t next_connection_id_;
    std::uint64_t next_rule_id_ = 1;
    std::vector<std::unique_ptr<Connection>> connections_;
    std::uint64_t random_state_;
    bool quiescing_ = false;
    std::optional<Instant> started_;
    std::uint32_t tenths_ = 1;
};

}  // namespace weft::router

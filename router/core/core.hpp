#pragma once

#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "common/security/identity.hpp"
#include "router/core/accounts.hpp"
#include "router/core/address_rules.hpp"
#include "router/core/address_table.hpp"
#include "router/core/arrivals.hpp"
#include "router/core/attach.hpp"
#include "router/core/chores.hpp"
#include "router/core/clock.hpp"
#include "router/core/core_options.hpp"
#include "router/core/delivery.hpp"
#include "router/core/departures.hpp"
#include "router/core/drains.hpp"
#include "router/core/head_reader.hpp"
#include "router/core/head_writer.hpp"
#include "router/core/lines.hpp"
#include "router/core/link_table.hpp"
#include "router/core/lost_producers.hpp"
#include "router/core/outgoing.hpp"
#include "router/core/port.hpp"
#include "router/core/reach.hpp"
#include "router/core/rerouting.hpp"
#include "router/core/resolver.hpp"
#include "router/core/routes.hpp"
#include "router/core/settlement.hpp"
#include "router/core/spreading.hpp"
#include "router/core/tally.hpp"
#include "router/core/watch.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weft::router {

struct Explanation;

/// Who gets this delivery: addresses, credit, forwarding and settlement of one router.
///
/// Holds nothing longer than it must: what comes in goes out at once if a consumer has credit and
/// its connection room, and waits otherwise, at most `capacity` deliveries a producer. Knows
/// connections only as Ports. Credit flows to producers only while somebody receives.
///
/// It is the door of the room: each part behind it owns its data and is described in its header.
/// `now` is the time of the call; it never goes back.
///
/// Order of calls: connect → attach → activate → on_… → detach → disconnect. All calls with a Link
/// need one that was attached and not detached.
///
/// Threading: loop-confined. Spec: AMQP 1.0 §2.6.6–2.6.12, §3.4
class Core {
public:
    explicit Core(CoreOptions options);

    /// Each second: rates, stalled consumers, stuck deliveries, blocked links.
    void tick(Instant now);
    /// Does a slice of the work that was put off. True: there is more, for a later turn.
    bool work(Instant now) {
        if (!has_work()) [[likely]] {
            return false;
        }
        clock_.set(now);
        spreading_.work();
        departures_.work();
        rerouting_.work();
        reach_.work();
        chores_.work();
        return has_work();
    }

    // --- connections and links ---------------------------------------------------------------
    Connection& connect(Port& port, const Traits& traits, security::Identity identity = {}) {
        return links_.connect(port, traits, std::move(identity));
    }
    /// A session of it is over, by the port's number, or all are, and so are their links: the port
    /// hears nothing more of them. O(sessions), and a slice of its links.
    void end(Connection& connection, std::optional<std::uint16_t> session = std::nullopt) {
        departures_.end(connection, session);
    }
    /// It is gone, and its sessions with it.
    void disconnect(Connection& connection) {
        end(connection);
        links_.disconnect(connection);
    }

    /// Errors, with the condition for the peer: amqp:not-found (address unavailable),
    /// qd:no-route-to-dest (no source), amqp:invalid-field (an address that means nothing),
    /// amqp:precondition-failed (coordinator), amqp:resource-limit-exceeded (the connection has its
    /// share of links, or of the shapes of subscriptions with wildcards).
    [[nodiscard]] Result<Attached> attach(Connection& connection, const AttachRequest& request);
    /// A link of another loop, on the address `key`; nothing is asked.
    Link& attach_loop(Connection& connection,
                      Direction direction,
                      std::string_view key,
                      const Treatment& treatment,
                      std::uintptr_t port_link,
                      const LoopPart& part = {});
    /// Credit and deliveries may flow. A producer's once its peer was told; a consumer's before, so
    /// that it misses nothing sent from then on: it has no credit until on_credit.
    void activate(Link& link, Instant now);
    /// Another loop's consumer that is not wanted any more but still has deliveries to answer:
    /// nothing new is sent there. May be activated again.
    void deactivate(Link& link, Instant now);
    /// The link is gone, for whatever reason; its deliveries get their outcome, soon if they are
    /// many.
    void detach(Link& link, Instant now) {
        clock_.set(now);
        departures_.detach(link);
    }

    // --- traffic -----------------------------------------------------------------------------
    /// `context` is the core's; zero at the first frame of a delivery.
    void on_transfer(Link& link, const Arrival& arrival, std::uint64_t& context, Instant now) {
        clock_.set(now);
        if (addresses_.wildcards().empty()) [[likely]] {
            arrivals_.on_transfer(link, arrival, context);
            return;
        }
        const std::uint64_t matched = addresses_.wildcards().steps();
        arrivals_.on_transfer(link, arrival, context);
        charge_matching(link, matched);
    }
    /// A consumer, or a producer that settles, changed a delivery. `context`: of a producer's the
    /// Delivery, as on_transfer left it there; of a consumer's its Branch, as Port::transfer was
    /// given it; zero if nobody waits for it.
    void on_update(Link& link, const DeliveryUpdate& update, std::uint64_t context, Instant now);
    /// A consumer's credit is now `credit` deliveries. Means nothing while it is not active.
    void on_credit(Link& link, std::uint32_t credit, bool drain, Instant now);
    /// A producer gave its credit back. Another loop: and has sent what it had when it was asked
    /// for the `asked`th time (Link::asked); if that was not the last one, it has credit again.
    void on_drained(Link& link, Instant now, std::optional<std::uint32_t> asked = std::nullopt);
    /// The connection takes bytes again; or, of one session by the port's number, transfers.
    void on_writable(Connection& connection,
                     Instant now,
                     std::optional<std::uint16_t> session = std::nullopt);

    // --- the parts, for the mesh and for management
    // -----------------------------------------------
    Reach& reach() { return reach_; }
    Routes& routes() { return routes_; }
    AddressRules& rules() { return rules_; }
    const AddressTable& addresses() const { return addresses_; }
    const LinkTable& links() const { return links_; }
    const DeliveryPool& deliveries() const { return pool_; }
    const RouterCounters& counters() const { return tally_.counters(); }
    Accounts& accounts() { return accounts_; }
    const std::string& router_id() const { return options_.router_id; }
    /// Tenths of a second since the core's start, as in Link and Delivery.
    std::uint32_t tenths() const { return clock_.tenths(); }

private:
    friend Explanation explain(Core& core, std::string_view text, RouterIndex origin);

    bool has_work() const {
        return spreading_.any() || chores_.any() || departures_.any() || reach_.any() ||
               rerouting_.any();
    }
    void add_link(Link& link, Address* address);
    /// What it has cost since then to find the subscriptions that mean its addresses.
    void charge_matching(Link& link, std::uint64_t before) const {
        const std::uint64_t after = addresses_.wildcards().steps();
        if (after != before) [[unlikely]] {
            link.port().spend(link, static_cast<std::size_t>(after - before));
        }
    }

    CoreOptions options_;
    Clock clock_;
    AddressRules rules_;
    AddressTable addresses_{options_.limits.indexed_from};
    DeliveryPool pool_;
    LinkTable links_{options_.first_id, options_.id_step, clock_};
    Tally tally_{clock_};
    Accounts accounts_{links_, pool_};
    Routes routes_{links_};
    Resolver resolver_;
    HeadReader head_reader_;
    HeadWriter head_writer_{options_.router_id};
    Settlement settlement_{links_, accounts_, tally_, pool_, clock_};
    Lines lines_{pool_, settlement_};
    Drains drains_{accounts_, tally_, lines_, clock_};
    Outgoing outgoing_{accounts_, routes_, tally_,       pool_, settlement_,
                       lines_,    drains_, head_writer_, clock_};
    Allowance allowance_{pool_, options_.limits};
    Spreading spreading_{
        {addresses_, tally_, pool_, settlement_, drains_, outgoing_, allowance_, links_},
        options_.limits.slice};
    Inflow inflow_{{links_, accounts_, tally_, pool_, settlement_, outgoing_, allowance_}};
    Arrivals arrivals_;
    Rerouting rerouting_{links_,      routes_, tally_,    pool_,
                         settlement_, lines_,  outgoing_, options_.limits.slice};
    LostProducers lost_producers_{pool_, settlement_, outgoing_};
    Watch watch_{links_, addresses_, tally_, settlement_, drains_, clock_};
    Chores chores_{addresses_, accounts_, rerouting_,           lines_, drains_, outgoing_,
                   watch_,     clock_,    options_.limits.slice};
    Reach reach_{clock_, addresses_, chores_, routes_, resolver_, options_.limits.slice};
    Departures departures_{{links_, addresses_, inflow_, settlement_, drains_, rerouting_,
                            lost_producers_, reach_, chores_},
                           options_.limits.slice};
};

}  // namespace weft::router

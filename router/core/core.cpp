#include "router/core/core.hpp"

#include "common/base/conditions.hpp"
#include "common/base/printable.hpp"
#include "common/wire/delivery_state.hpp"
#include "common/wire/descriptors.hpp"
#include "router/core/edge_links.hpp"
#include "router/core/far_demands.hpp"

#include <memory>
#include <utility>

namespace weft::router {

Core::Core(CoreOptions options)
    : options_{std::move(options)},
      resolver_{{options_.router_id, options_.default_distribution, options_.names},
                rules_,
                addresses_,
                routes_},
      head_reader_{options_.router_id, addresses_, routes_, resolver_},
      arrivals_{{accounts_, routes_, tally_, pool_, settlement_, outgoing_, inflow_, spreading_,
                 allowance_, head_reader_, clock_}} {
    if (options_.is_edge) {
        addresses_.make_upstream();
    }
}

void Core::tick(Instant now) {
    clock_.set(now);
    chores_.look_around();
    for (const auto& trunk : routes_.trunks()) {
        rerouting_.gather_strays(*trunk);
    }
}

Result<Attached> Core::attach(Connection& connection, const AttachRequest& request) {
    if (!allowance_.may_attach(connection, links_.size())) {
        tally_.link_refused();
        return fail(kResourceLimitExceeded,
                    "the connection has its share of the router's links: detach some first");
    }
    WEFT_TRY(Resolved resolved, resolver_.resolve(request));
    if (connection.traits.is_client &&
        !addresses_.may_bring(resolved.key, resolved.treatment, connection.id)) {
        tally_.link_refused();
        return fail(kResourceLimitExceeded,
                    "\"" + printable(resolved.address.substr(0, 64)) +
                        "\" has wildcards at levels where no other subscription has them, and "
                        "there are as many such shapes as may be: have them at the same levels as "
                        "others, or at the last one alone");
    }
    const std::uint64_t matched = addresses_.wildcards().steps();
    Address* const address =
        resolved.key.text.empty() ? nullptr : &addresses_.obtain(resolved.key, resolved.treatment);
    Link& link = links_.make(connection, request.direction, request.capacity, request.port_link,
                             request.session);
    link.presettles = request.presettles;
    link.settles_second = request.settles_second;
    link.annotates |= request.wants_trace && connection.traits.is_beyond;
    link.on_demand = request.on_demand && address != nullptr;
    link.from_fallback = request.from_fallback;
    link.marks = request.from_fallback || connection.traits.is_edge;
    if (request.max_message_size > 0) {
        link.outlet.bytes_max = request.max_message_size;
    }
    if (const Bytes outcome = request.default_outcome; wire::is_terminal(outcome)) {
        // As every state that is passed on it is described by a number.
        link.default_outcome = std::make_unique<const Buffer>(
            wire::is_described_by_symbol(outcome) ? wire::with_numeric_descriptors(outcome)
                                                  : Buffer(outcome.begin(), outcome.end()));
    }
    const bool is_up = address != nullptr && address == addresses_.upstream();
    link.outlet.uplink = link.outlet.uplink && !is_up;  // there everything may go up
    if (is_for_other_routers(resolved.key) || (is_up && connection.traits.is_client)) {
        link.target = std::make_unique<const std::string>(resolved.address);
    }
    add_link(link, address);
    if (address != nullptr && address->wildcard != nullptr && connection.traits.is_client)
        [[unlikely]] {
        addresses_.charge(*address, connection.id);
    }
    charge_matching(link, matched);
    return Attached{&link, std::move(resolved.address)};
}

Link& Core::attach_loop(Connection& connection,
                        Direction direction,
                        std::string_view key,
                        const Treatment& treatment,
                        std::uintptr_t port_link,
                        const LoopPart& part) {
    const RouterIndex far = part.far;
    const bool is_far = far != kNoRouter;
    // What bounds the messages of another router's containers are their own links there.
    Link& link =
        links_.make(connection, direction, is_far ? UINT16_MAX : AttachRequest{}.capacity,
                    port_link, is_far ? static_cast<std::uint16_t>(far) : std::uint16_t{0});
    link.far = far;
    link.on_demand = is_far;
    link.streams = part.streams;
    link.loop = part.loop;
    add_link(link, &addresses_.obtain(AddressKey{std::string(key)}, treatment));
    return link;
}

void Core::add_link(Link& link, Address* address) {
    link.address = address;
    if (link.direction == Direction::in && address != nullptr) {
        const bool was_supplied = address->suppliers > 0;
        address->add_producer(link);
        reach_.producers_changed(*address, was_supplied);
        if (link.on_demand) {
            FarDemands{accounts_}.containers_changed(*address);
        }
    } else if (link.direction == Direction::out) {
        address->add_consumer(link);
    }
}

void Core::activate(Link& link, Instant now) {
    clock_.set(now);
    const std::uint64_t matched = addresses_.wildcards().steps();
    link.life = Life::active;
    if (link.direction == Direction::in) {
        accounts_.offer(link);
        tell_reach(link);
    } else if (link.address != nullptr) {
        reach_.consumer_active(link);
        outgoing_.feed(link);
    }
    charge_matching(link, matched);
}

void Core::deactivate(Link& link, Instant now) {
    clock_.set(now);
    set_credit(link, 0);
    link.drain = Drain::no;
    link.life = Life::resting;
    link.DrainHook::unlink();
    reach_.consumer_inactive(link);
}

void Core::on_update(Link& link, const DeliveryUpdate& update, std::uint64_t context, Instant now) {
    clock_.set(now);
    if (context == 0) {
        return;  // a delivery that nobody waits for
    }
    if (update.state.size() > kStateBytesMax) [[unlikely]] {
        const Buffer bare = wire::bare(update.state);
        on_update(link, {update.id, update.settled, bare}, context, now);
        return;
    }
    if (link.direction == Direction::out) {
        if (settlement_.update_from_consumer(link, *reinterpret_cast<Branch*>(context), update)) {
            outgoing_.resume(link);
        }
    } else {
        outgoing_.resume_all(
            settlement_.update_from_producer(*reinterpret_cast<Delivery*>(context), update));
    }
}

void Core::on_credit(Link& link, std::uint32_t credit, bool drain, Instant now) {
    clock_.set(now);
    if (!link.is_active()) {
        return;  // an echo of what it was before; it is told anew once it is activated
    }
    if (Trunk* trunk = link.connection.trunk; trunk != nullptr && trunk->strayed) [[unlikely]] {
        rerouting_.gather_strays(*trunk);
    }
    if (!link.gate->shut) {  // else it has its turn once that opens
        set_full(link, false);
    }
    set_credit(link, credit);
    if (link.is_draining()) {
        link.DrainHook::unlink();  // it asks anew, or no more
    }
    link.drain = drain ? Drain::wanted : Drain::no;
    link.progress = clock_.tenths();
    if (credit > 0) {
        link.stalled = false;
    }
    outgoing_.resume(link);
}

void Core::on_drained(Link& link, Instant now, std::optional<std::uint32_t> asked) {
    clock_.set(now);
    if (asked.value_or(link.asked) != link.asked) {
        drains_.answered(link, *asked);
        chores_.look_at(*link.address);
        return;
    }
    if (link.rest_asked || link.on_demand) {
        drains_.sent_rest(link);
        chores_.look_at(*link.address);
        return;
    }
    link.granted = false;
    accounts_.offer(link);
}

void Core::on_writable(Connection& connection, Instant now, std::optional<std::uint16_t> session) {
    clock_.set(now);
    if (connection.trunk != nullptr && connection.trunk->strayed) {
        rerouting_.gather_strays(*connection.trunk);
    }
    if (!session) {
        chores_.open(connection);
    } else if (Gate* const gate = connection.gate_of(*session)) {
        chores_.open(*gate);
    }
}

}  // namespace weft::router

#include "router/core/multicast.hpp"

#include "common/wire/delivery_state.hpp"
#include "router/core/edge_links.hpp"
#include "router/core/measure.hpp"

#include <algorithm>
#include <utility>

namespace weft::router {

void Multicast::give(Incoming& in, Address& address) {
    const Meant* meant = nullptr;
    if (address.wildcards != nullptr && is_for_wildcards(in, address)) [[unlikely]] {
        meant = &address.wildcards->meaning(address);
        parts_.intake.delivery_of(in).sent_to = meant->target;
        loops_.clear();
        in.link.port().spend(in.link, meant->by.size());
    }
    is_for_all_ = meant != nullptr;
    const bool light = in.delivery == nullptr && in.arrival.settled && !in.arrival.more;
    copies_ = 0;
    bool taken = in.link.address == nullptr && copy_up(in);
    stays_down_ = taken || in.arrival.provenance.stays_down;
    taken |= give_to(in, address, light);
    if (meant != nullptr) [[unlikely]] {
        stays_down_ = true;  // up there they are found, too
        for (Address* subscription : meant->by) {
            taken |= give_to(in, *subscription, light);
        }
    }
    taken |= copy_to_routers(in, address);
    if (!taken) {
        parts_.intake.refuse(in, DropReason::no_path, wire::kReleased);
        return;
    }
    if (!light && in.delivery == nullptr) {
        parts_.intake.delivery_of(in);  // it was dropped for all: its producer is told so
    }
    if (in.delivery != nullptr && in.delivery->open_branches == 0 && !in.delivery->has_outcome()) {
        if (in.oversized) {
            in.delivery->outcome = rejected_for_size();
        } else {
            in.delivery->outcome.assign(wire::kReleased.begin(), wire::kReleased.end());
        }
    }
    parts_.settlement.end_decision(in);
}

/// Some subscription with wildcards means its address, and it is not a copy for others alone.
bool Multicast::is_for_wildcards(const Incoming& in, Address& address) {
    const Traits& traits = in.link.connection.traits;
    const bool is_one_copy = traits.is_loop || traits.from_router || traits.is_uplink;
    return (in.arrival.provenance.for_wildcards || !is_one_copy) &&
           address.wildcards->reach(address);
}

/// Those who receive from `address`. False: there are none.
bool Multicast::give_to(Incoming& in, Address& address, bool light) {
    const Scope scope = scope_of(in);
    const Connection* const own =
        in.link.connection.edge == nullptr ? nullptr : &in.link.connection;
    bool taken = is_for_all_ && scope == Scope::all && copy_to_loops(in, address);
    if (parts_.spreading.is_due(address, copies_)) [[unlikely]] {
        return spread(in, address) || taken;
    }
    for (Link& out : address.consumers()) {
        const bool is_out = out.outlet.relay ? scope == Scope::here || is_for_all_
                                             : out.outlet.uplink && stays_down_;
        if (out.is_active() && !is_out && &out.connection != own) {
            copy_to(in, address, out, light);
            taken = true;
        }
    }
    copies_ += address.outlets.size();
    in.link.port().spend(in.link, address.outlets.size());
    return taken;
}

/// Another loop gets one copy for all its consumers, by whichever exit comes first. False: there is
/// none.
bool Multicast::copy_to_loops(Incoming& in, const Address& address) {
    bool any = false;
    for (Link* const exit : address.exits()) {
        if (!exit->is_active()) {
            continue;
        }
        any = true;
        if (std::ranges::find(loops_, exit->loop) == loops_.end()) {
            loops_.push_back(exit->loop);
            copy_to(in, address, *exit, /*light=*/false);
        }
    }
    return any;
}

/// Gives a multicast message to the neighbours who get a copy. False: there is none.
bool Multicast::copy_to_routers(Incoming& in, Address& address) {
    bool taken = false;
    for (Route* route : is_for_all_
                            ? parts_.routes.reached_for_all(*in.delivery->sent_to, in.origin())
                            : parts_.routes.reached_from(address, in.origin())) {
        if (in.may_wait || Outgoing::takes_now(*route, in.arrival)) {
            parts_.outgoing.send_over(next_branch(in, nullptr), *route, in.arrival);
        } else {
            drop_copy(in, *route->trunk->for_priority(0), DropReason::router_full);
        }
        taken = true;
    }
    return taken;
}

/// Of what is sent to no link's address the mesh of an edge router gets one copy, for whoever
/// receives there: over no link that has the address. False: no uplink takes it.
bool Multicast::copy_up(Incoming& in) {
    const Address* const upstream = parts_.heads.upstream();
    if (upstream == nullptr || in.arrival.provenance.stays_down || !upstream->reachable()) {
        return false;
    }
    parts_.intake.delivery_of(in).provenance.stays_down = true;
    for (Link& out : upstream->consumers()) {
        if (out.is_active()) {
            copy_to(in, *upstream, out, /*light=*/false);
        }
    }
    return true;
}

/// A multicast message for so many that they get it in slices: a branch stands for them, at the
/// expense of who sent it.
bool Multicast::spread(Incoming& in, Address& address) {
    if (!in.may_wait) {
        parts_.tally.drop(&in.link, DropReason::router_full, is_presettled(in));
        return true;  // they are there
    }
    parts_.spreading.begin(next_branch(in, in.link.connection.share.get()), address);
    return true;
}

/// Gives a consumer its copy of a multicast message, or drops that. `light`: it needs no Delivery
/// where it goes out whole.
void Multicast::copy_to(Incoming& in, const Address& address, Link& out, bool light) {
    const Arrival& arrival = in.arrival;
    if (out.outlet.limited() && !out.outlet.relay &&
        size_of(arrival) + (is_for_all_ ? told_bytes(*in.delivery, &address) : 0) >
            out.outlet.bytes_max) {
        in.oversized = true;
        drop_copy(in, out, DropReason::too_large);
        return;
    }
    const bool takes = ready(out);
    if (const auto reason =
            parts_.spreading.objection(out, address, takes, is_presettled(in), in.may_wait)) {
        drop_copy(in, out, *reason);
        return;
    }
    const bool as_it_is =
        light && !out.annotates && !out.asks_bringer && !arrival.provenance.annotated;
    Sent sent;
    if (as_it_is && takes) {
        sent = parts_.outgoing.send_settled(out, arrival);
        if (sent.complete) {
            return;
        }
    }
    Branch& branch = next_branch(in, out.connection.share.get());
    if (as_it_is || !takes || !parts_.outgoing.launch(branch, out, arrival)) {
        parts_.outgoing.adopt(branch, out, sent);
    }
}

void Multicast::drop_copy(const Incoming& in, Link& out, DropReason reason) {
    parts_.tally.drop(&out, reason, is_presettled(in));
}

/// The branch for the next copy, which `payer` pays for: null for a neighbour's.
Branch& Multicast::next_branch(Incoming& in, Share* payer) {
    Delivery& delivery = parts_.intake.delivery_of(in);
    if (!std::exchange(in.branched, true)) {
        return delivery.branch;
    }
    delivery.copied = true;
    return parts_.pool.make_copy(delivery, payer);
}

}  // namespace weft::router

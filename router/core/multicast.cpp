#include "router/core/multicast.hpp"

#include "common/wire/delivery_state.hpp"
#include "router/core/measure.hpp"

#include <utility>

namespace weft::router {

void Multicast::give(Incoming& in, Address& address) {
    if (parts_.spreading.is_due(address)) [[unlikely]] {
        spread(in, address);
        return;
    }
    const bool light = in.delivery == nullptr && in.arrival.settled && !in.arrival.more;
    const Scope scope = scope_of(in);
    bool taken = false;
    for (Link& out : address.consumers()) {
        if (out.is_active() && !(scope == Scope::here && out.outlet.relay)) {
            copy_to(in, address, out, light);
            taken = true;
        }
    }
    taken |= copy_to_routers(in, address);
    in.link.port().spend(in.link, address.outlets.size());
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

/// Gives a multicast message to the neighbours who get a copy. False: there is none.
bool Multicast::copy_to_routers(Incoming& in, Address& address) {
    bool taken = false;
    for (Route* route : parts_.routes.reached_from(address, in.origin())) {
        if (in.may_wait || Outgoing::takes_now(*route, in.arrival)) {
            parts_.outgoing.send_over(next_branch(in, nullptr), *route, in.arrival);
        } else {
            drop_copy(in, *route->trunk->for_priority(0), DropReason::router_full);
        }
        taken = true;
    }
    return taken;
}

/// A multicast message for so many that they get it in slices: its own branch stands for them.
void Multicast::spread(Incoming& in, Address& address) {
    if (!in.may_wait) {
        parts_.intake.refuse(in, DropReason::router_full, wire::kReleased);
        return;
    }
    Delivery& delivery = parts_.intake.delivery_of(in);
    in.branched = true;
    copy_to_routers(in, address);
    parts_.spreading.begin(delivery, address);
    parts_.settlement.end_decision(in);
}

/// Gives a consumer its copy of a multicast message, or drops that. `light`: it needs no Delivery
/// where it goes out whole.
void Multicast::copy_to(Incoming& in, const Address& address, Link& out, bool light) {
    const Arrival& arrival = in.arrival;
    if (out.outlet.limited() && !out.outlet.relay && size_of(arrival) > out.outlet.bytes_max) {
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

#pragma once

#include "router/core/link.hpp"
#include "router/core/trunk.hpp"

namespace weft::router {

// A branch and the link that it goes out on. All O(1), but for enqueue().

/// The branch counts for its delivery from now on. `claims`: its producer's credit comes back only
/// when the consumer is done with it.
inline void open(Branch& branch, bool claims) {
    Delivery& delivery = *branch.delivery;
    branch.stage = Stage::waiting;
    branch.claims = claims;
    ++delivery.open_branches;
    ++delivery.unsent_branches;
    delivery.claiming += claims ? 1 : 0;
}

/// It is to go out on `out`.
inline void assign(Branch& branch, Link& out) {
    branch.link = &out;
    branch.stage = Stage::queued;
    ++out.outlet.outstanding;
    out.outlet.changed();
}

/// It is for those behind a neighbour.
inline void choose_way(Branch& branch, Route& route) {
    branch.route = &route;
    ++route.outstanding;
    ++route.unsent;
}

/// Puts it into the queue of its link: behind what has begun and what is older. Seldom looks at
/// more than the last; what comes to a neighbour from elsewhere and in order costs one walk
/// together. Returns how many others it was compared with.
std::size_t enqueue(Branch& branch);

/// It is about to leave the queue of its link: a search for strays passes it, and the place where
/// what comes from elsewhere is put.
void pass_marks(Branch& branch);

/// The one behind it, where those that a link has not settled stand before those in its queue.
Branch* behind(Branch& branch);
/// Changes Link::next_claim.
void mark_next_claim(Link& link, Branch* branch);

/// Takes it from its link, and from the way that it was chosen for.
void unassign(Branch& branch);

/// The address that it goes out for.
inline Address* address_of(const Branch& branch) {
    return branch.route != nullptr ? branch.route->address : branch.link->address;
}

/// The more urgent comes first, then the older.
inline bool goes_before(const Delivery& one, const Delivery& other) {
    return one.priority == other.priority ? older(one, other) : one.priority > other.priority;
}

}  // namespace weft::router

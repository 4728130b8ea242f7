#include "router/core/core.hpp"
#include "router/core/outcome.hpp"

#include <algorithm>
#include <utility>

/// Deliveries that were on their way to a neighbour, or waited for consumers here, and have to go
/// another way: of none of them a byte has left.
namespace weft::router {

/// Gives a branch that has no link to a neighbour, in its place among what its link has already.
Link& Core::send_along(Branch& branch, Route& route) {
    Link& out = trunk_link(*branch.delivery, route, branch.delivery->priority);
    choose_way(branch, route);
    assign(branch, out);
    enqueue(branch, out);
    return out;
}

/// A branch of which no byte has left can't go to the neighbour that it was meant for: it takes
/// another way, goes to a consumer here or waits for one, or is over. Its new link goes to
/// `others`: to be resumed.
void Core::forward_again(Branch& branch, std::vector<Link*>& others) {
    Delivery& delivery = *branch.delivery;
    const Route* const meant = branch.route;  // may be gone soon
    Address& address = *meant->address;
    unassign(branch);
    if (is_multicast(&address)) {
        multicast_again(branch, address, meant, others);
        return;
    }
    const Link* in = find(delivery.in);
    const bool relayed = in != nullptr && in->connection.is_relay();
    const RouterIndex origin = delivery.provenance.origin;
    Way way = choose(address, relayed, origin);
    if (way.route != nullptr) {
        others.push_back(&send_along(branch, *way.route));
    } else if (may_wait(address, relayed)) {
        BranchList& waiting = relayed ? address.relayed : address.waiting;
        wait(waiting, branch, delivery.priority);
        for (; way.link != nullptr && !waiting.empty(); way = choose(address, relayed, origin)) {
            feed(*way.link);
        }
    } else {
        lose_way(branch);
        return;
    }
    ++counters_.forwarded_again;
}

/// A copy of a multicast message, taken from its link. While no neighbour has got a byte of any
/// copy, the message goes the ways that there are now, as if it came now: the copies that wait
/// stay, and this one goes where one is missing. Once a neighbour has, it may have passed its copy
/// on to those for whom this one was meant, so this one goes where it was to go, or nowhere.
void Core::multicast_again(Branch& branch,
                           Address& address,
                           const Route* meant,
                           std::vector<Link*>& others) {
    Delivery& delivery = *branch.delivery;
    Branch* spare = &branch;
    bool reaches = false;
    for (Route* route : routes_for(address, delivery.provenance.origin)) {
        if (delivery.left && route != meant) {
            continue;
        }
        reaches = true;
        if (waits_for(delivery, *route)) {
            continue;
        }
        if (spare == nullptr) {
            spare = pool_.make_branch(delivery);
            open_branch(*spare, /*holds=*/branch.holds);
            delivery.laggards += lags(*spare) ? 1U : 0U;
        }
        others.push_back(&send_along(*std::exchange(spare, nullptr), *route));
    }
    if (!reaches) {
        lose_way(branch);
        return;
    }
    if (spare != nullptr) {
        close(branch, {});  // the others serve whom it was meant for
    }
    ++counters_.forwarded_again;
}

/// True if a copy for that neighbour is there.
bool Core::waits_for(const Delivery& delivery, const Route& route) {
    for (const Branch* branch = &delivery.branch; branch != nullptr; branch = next_of(*branch)) {
        if (branch->open && branch->route == &route) {
            return true;
        }
    }
    return false;
}

/// Nobody can be reached from here whom the message may be for.
void Core::lose_way(Branch& branch) {
    const Delivery& delivery = *branch.delivery;
    count_drop(find(delivery.in), DropReason::no_path, delivery.presettled());
    close(branch, kReleased);
}

void Core::resume_all(const std::vector<Link*>& links) {
    for (Link* link : links) {
        resume(*link);
    }
}

/// What waits for consumers here may go elsewhere now.
void Core::redistribute(Address& address, BranchList& list) {
    BranchList waiting;
    waiting.swap(list);
    while (!waiting.empty()) {
        Branch& branch = waiting.front();
        branch.unlink();
        place(address, branch, list);
    }
}

/// A branch that waited goes where it can now, or back to the end of `waiting`.
void Core::place(Address& address, Branch& branch, BranchList& waiting) {
    const bool relayed = &waiting == &address.relayed;
    const Way way = choose(address, relayed, branch.delivery->provenance.origin);
    if (way.route != nullptr) {
        pump_link(send_along(branch, *way.route));
    } else if (may_wait(address, relayed)) {
        waiting.push_back(branch);  // a consumer here that is ready has been fed already
    } else {
        lose_way(branch);
    }
}

/// Paths have changed: what is queued for a neighbour, but may not go there any more, takes another
/// way.
void Core::gather_strays(Trunk& trunk) {
    trunk.strayed = false;
    std::vector<Link*> others;
    std::vector<Link*> links = trunk.streams;
    links.insert(links.end(), trunk.out.begin(), trunk.out.end());
    for (Link* link : links) {
        if (link != nullptr) {
            gather_strays(*link, others);
        }
    }
    resume_all(others);
}

void Core::gather_strays(Link& link, std::vector<Link*>& others) {
    for (auto at = link.queue.begin(); at != link.queue.end();) {
        Branch& branch = *at++;
        if (!branch.started && strays(branch)) {
            forward_again(branch, others);
        }
    }
}

/// True if none for whom a branch waits is behind its neighbour any more. Of a multicast message of
/// this router, also if the ways that there are now are not those of its copies; one that passes
/// through stays: others may have it by a way that is new.
bool Core::strays(const Branch& branch) {
    const Delivery& delivery = *branch.delivery;
    Address& address = *branch.route->address;
    const std::vector<Route*>& routes = routes_for(address, delivery.provenance.origin);
    const bool astray = std::ranges::find(routes, branch.route) == routes.end();
    if (!is_multicast(&address)) {
        return astray;
    }
    const auto waits = [&](const Route* route) { return waits_for(delivery, *route); };
    return delivery.provenance.origin == kThisRouter && !delivery.left &&
           (astray || !std::ranges::all_of(routes, waits));
}

}  // namespace weft::router

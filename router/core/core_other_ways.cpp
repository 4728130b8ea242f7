#include "router/core/core.hpp"
#include "router/core/outcome.hpp"

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
    Address& address = *branch.route->address;
    unassign(branch);
    if (address.treatment.distribution == Distribution::multicast) {
        multicast_again(branch, address, others);
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

/// The only copy of a multicast message takes the ways that there are now. One of several does not:
/// behind these, consumers may have got another one.
void Core::multicast_again(Branch& branch, Address& address, std::vector<Link*>& others) {
    Delivery& delivery = *branch.delivery;
    const bool only = delivery.more_branches == nullptr;
    Branch* next = &branch;
    for (Route* route : routes_for(address, delivery.provenance.origin)) {
        if (!only) {
            break;
        }
        if (next == nullptr) {
            next = pool_.make_branch(delivery);
            open_branch(*next, /*holds=*/branch.holds);
            delivery.laggards += lags(*next) ? 1U : 0U;
        }
        others.push_back(&send_along(*std::exchange(next, nullptr), *route));
    }
    if (next == &branch) {
        lose_way(branch);
    } else {
        ++counters_.forwarded_again;
    }
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
        const Delivery& delivery = *branch.delivery;
        if (branch.started || delivery.more_branches != nullptr) {
            continue;
        }
        routes_of(*branch.route->address);
        if (!cost_of(*branch.route, allowed_from(delivery.provenance.origin))) {
            forward_again(branch, others);
        }
    }
}

}  // namespace weft::router

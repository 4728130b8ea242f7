#include "router/core/branch.hpp"

#include "router/core/port.hpp"

#include <iterator>

namespace weft::router {
namespace {

/// Before whom a delivery is put that is older than the last of the queue of `out`.
BranchList::iterator place_of(const Delivery& late, Link& out, std::size_t& steps) {
    const auto goes_behind = [&](const Branch& other) {
        return other.has_begun() || !older(late, *other.delivery);
    };
    auto first = out.queue.begin();
    first = first->has_begun() ? std::next(first) : first;
    if (older(late, *first->delivery)) {
        return first;
    }
    const Trunk* const trunk = out.connection.trunk;
    Branch* const last = trunk != nullptr ? trunk->late : nullptr;
    const bool near = last != nullptr && last->link == &out;
    auto at = near ? BranchList::s_iterator_to(*last) : std::prev(out.queue.end());
    for (; !goes_behind(*at); --at) {
        ++steps;
    }
    for (; goes_behind(*at); ++at) {
        ++steps;
    }
    return at;
}

}  // namespace

std::size_t enqueue(Branch& branch) {
    Link& out = *branch.link;
    std::size_t steps = 1;
    if (out.queue.empty() || out.queue.back().has_begun() ||
        !older(*branch.delivery, *out.queue.back().delivery)) [[likely]] {
        out.queue.push_back(branch);
    } else {
        out.queue.insert(place_of(*branch.delivery, out, steps), branch);
        if (Trunk* const trunk = out.connection.trunk) {
            trunk->mark_late(&branch);
        }
    }
    ++out.queued;
    out.outlet.busy = true;
    out.outlet.changed();
    return steps;
}

void pass_marks(Branch& branch) {
    if (branch.searched_next) {
        branch.link->connection.trunk->search_behind(branch);
    }
    if (branch.late) {
        const auto next = std::next(BranchList::s_iterator_to(branch));
        const bool last = next == branch.link->queue.end();
        branch.link->connection.trunk->mark_late(last ? nullptr : &*next);
    }
    if (branch.next_claim) {
        mark_next_claim(*branch.link, behind(branch));
    }
}

Branch* behind(Branch& branch) {
    Link& link = *branch.link;
    const bool is_sent = branch.stage == Stage::unsettled;
    const auto next = std::next(BranchList::s_iterator_to(branch));
    if (next != (is_sent ? link.unsettled : link.queue).end()) {
        return &*next;
    }
    return is_sent && !link.queue.empty() ? &link.queue.front() : nullptr;
}

void mark_next_claim(Link& link, Branch* branch) {
    if (link.next_claim != nullptr) {
        link.next_claim->next_claim = false;
    }
    link.next_claim = branch;
    if (branch != nullptr) {
        branch->next_claim = true;
    }
}

void unassign(Branch& branch) {
    Link& link = *branch.link;
    --link.outlet.outstanding;
    if (branch.route != nullptr) {
        --branch.route->outstanding;
        branch.route->unsent -= branch.has_begun() ? 0U : 1U;
        branch.route = nullptr;
    }
    if (branch.is_linked()) {
        if (branch.is_marked()) [[unlikely]] {
            pass_marks(branch);
        }
        branch.unlink();
        if (branch.stage != Stage::unsettled) {
            --link.queued;
            link.outlet.busy = !link.queue.empty();
            if (link.streams && link.outlet.relay && !branch.has_begun()) [[unlikely]] {
                --link.outlet.credit;
                link.port().spared(link);
            }
        }
    }
    link.outlet.changed();
    if (branch.stuck) {
        branch.stuck = false;
        --link.stuck;
    }
    branch.link = nullptr;
    branch.stage = Stage::waiting;
}

}  // namespace weft::router

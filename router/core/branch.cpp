#include "router/core/branch.hpp"

#include <iterator>

namespace weft::router {

void enqueue(Branch& branch) {
    Link& out = *branch.link;
    auto at = out.queue.end();
    while (at != out.queue.begin() && !std::prev(at)->has_begun() &&
           older(*branch.delivery, *std::prev(at)->delivery)) {
        --at;
    }
    out.queue.insert(at, branch);
    ++out.queued;
    out.outlet.busy = true;
    out.outlet.changed();
}

void leave_search(Branch& branch) {
    if (branch.searched_next) [[unlikely]] {
        branch.link->connection.trunk->search_behind(branch);
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
        leave_search(branch);
        branch.unlink();
        link.queued -= branch.stage == Stage::unsettled ? 0U : 1U;
    }
    link.outlet.busy = !link.queue.empty();
    link.outlet.changed();
    if (branch.stuck) {
        branch.stuck = false;
        --link.stuck;
    }
    branch.link = nullptr;
    branch.stage = Stage::waiting;
}

}  // namespace weft::router

#include "router/core/inflow.hpp"

#include "router/core/branch.hpp"
#include "router/core/measure.hpp"
#include "router/core/routes.hpp"

namespace weft::router {
namespace {

// Each time that so many bytes of a message came in, those who lag behind are looked at.
constexpr std::uint64_t kLookEach = kStalledMessageBytesMax / 4;

}  // namespace

void Inflow::go_on(Link& link, Delivery& delivery, const Arrival& arrival) {
    const std::uint64_t before = delivery.received - arrival.payload.size();
    offer_frame(link, delivery, arrival);
    parts_.accounts.keep_rest(delivery, arrival.payload);
    if (is_behind(delivery)) {
        const bool over_limit = !parts_.allowance.may_wait(link);
        if (over_limit || delivery.whole || delivery.received / kLookEach != before / kLookEach) {
            give_up_behind(link, delivery, over_limit);
        }
    }
    parts_.accounts.charge_if_large(link, delivery);
    parts_.settlement.review(delivery);
}

/// Gives what came in to those who have passed on all before it. Who can't is behind.
void Inflow::offer_frame(Link& link, Delivery& delivery, const Arrival& arrival) {
    std::size_t branches = 0;
    Branch* next = nullptr;
    for (Branch* branch = &delivery.branch; branch != nullptr; branch = next) {
        ++branches;
        parts_.pool.count_steps();
        next = is_copy(*branch) ? static_cast<Copy*>(branch)->next : delivery.up_to_date;
        Link* const out = branch->link;
        if (is_too_large(*branch)) [[unlikely]] {
            parts_.settlement.give_up_large(*branch);
            parts_.outgoing.resume(*out);
        } else if (parts_.outgoing.continue_with(*branch, arrival)) {
            parts_.settlement.all_sent(*branch);
            parts_.outgoing.resume(*out);
        } else if (is_copy(*branch)) {
            DeliveryPool::sort(static_cast<Copy&>(*branch));
        }
    }
    if (branches > 1) {
        link.port().spend(link, branches);
    }
}

/// Of those who have not taken all that came in so far some do not get it: for whom it is too
/// large, or more than may wait. `all`: nothing more may be kept of it.
void Inflow::give_up_behind(Link& link, Delivery& delivery, bool all) {
    std::size_t looked_at = 0;
    Branch* next = nullptr;
    for (Branch* branch = &delivery.branch; branch != nullptr; branch = next) {
        ++looked_at;
        parts_.pool.count_steps();
        next = is_copy(*branch) ? static_cast<Copy*>(branch)->next : delivery.behind;
        if (!branch->is_open() || branch->sent == delivery.received) {
            continue;
        }
        Link* const out = branch->link;
        if (is_too_large(*branch)) {
            parts_.settlement.give_up_large(*branch);
        } else if (all || is_too_large_to_wait(*branch)) {
            parts_.settlement.give_up(
                *branch, all ? DropReason::router_full : DropReason::consumer_queue_full);
        } else {
            continue;
        }
        if (out != nullptr) {
            parts_.outgoing.resume(*out);
        }
    }
    link.port().spend(link, looked_at);
}

void Inflow::abandon(Delivery& delivery, DropReason reason) {
    parts_.tally.drop(parts_.links.find(delivery.in), reason, delivery.settled);
    parts_.settlement.spend(delivery);
    delivery.settled = true;  // nobody waits for an outcome any more
    delivery.life = Delivery::Life::under_way;
    Branch* next = nullptr;
    for (Branch* branch = &delivery.branch; branch != nullptr; branch = next) {
        next = next_of(*branch);
        if (!branch->is_open()) {
            continue;
        }
        Link* out = branch->link;
        if (branch->has_begun()) {
            out->port().abort(*out);
        }
        parts_.settlement.close(*branch, {});
        if (out != nullptr) {
            parts_.outgoing.resume(*out);
        }
    }
    const Link* const in = parts_.links.find(delivery.in);
    const Address* const blocked =
        delivery.stays && !may_cross(delivery.provenance) && in != nullptr ? in->address : nullptr;
    parts_.settlement.review(delivery);
    if (blocked != nullptr) {
        parts_.outgoing.feed_loops(*blocked);
    }
}

}  // namespace weft::router

#include "router/core/lost_producers.hpp"

#include <algorithm>

namespace weft::router {
namespace {

/// True if somebody who has it may wait for its producer to settle: a consumer that settles second,
/// or one behind another core or router.
bool may_be_awaited(const Delivery& delivery) {
    for (const Branch* branch = &delivery.branch; branch != nullptr; branch = next_of(*branch)) {
        const Link* const out = branch->is_open() ? branch->link : nullptr;
        if (out != nullptr && branch->stage == Stage::unsettled &&
            (out->settles_second || out->outlet.relay || out->connection.traits.from_router)) {
            return true;
        }
    }
    return false;
}

}  // namespace

void LostProducers::begin(const Connection& neighbour) {
    Lost lost{.links = {}, .left = pool_.slots()};
    for (const auto& gate : neighbour.gates) {
        if (gate == nullptr) {
            continue;
        }
        for (const MemberHook& member : gate->links) {
            const Link& link = static_cast<const Link&>(member);
            if (link.direction == Direction::in) {
                lost.links.push_back(link.self);
            }
        }
    }
    std::ranges::sort(lost.links, {}, &LinkRef::index);
    lost_.push_back(std::move(lost));
}

void LostProducers::work(std::size_t& left) {
    while (left > 0 && !answered_.empty()) {
        Delivery& delivery = answered_.front();
        left -= std::min<std::size_t>(left, delivery.open_branches);
        outgoing_.resume_all(settlement_.settle_answered(delivery));
    }
    while (left > 0 && !lost_.empty()) {
        Lost& lost = lost_.front();
        while (lost.left > 0 && left > 0) {
            Delivery* const delivery = pool_.at(--lost.left);
            const std::size_t steps = delivery != nullptr ? look_at(*delivery, lost.links) : 1;
            left -= std::min(left, steps);
        }
        if (lost.left == 0) {
            lost_.pop_front();
        }
    }
}

/// Returns what it cost.
std::size_t LostProducers::look_at(Delivery& delivery, const std::vector<LinkRef>& lost) {
    const auto at = std::ranges::lower_bound(lost, delivery.in.index, {}, &LinkRef::index);
    if (at == lost.end() || *at != delivery.in) {
        return 1;
    }
    const std::size_t branches = 1 + std::size_t{delivery.open_branches};
    if (may_be_awaited(delivery)) {
        outgoing_.resume_all(settlement_.producer_lost(delivery));
    }
    return branches;
}

}  // namespace weft::router

#pragma once

#include "router/core/delivery.hpp"
#include "router/core/link_table.hpp"
#include "router/core/outgoing.hpp"
#include "router/core/settlement.hpp"

#include <cstddef>
#include <deque>
#include <vector>

namespace weft::router {

/// What producers brought that are gone: who has answered, and waits for them to settle, is told
/// that they won't. If a whole router is gone who has not answered is told so, too; that is looked
/// for among all deliveries. All in slices.
///
/// Who answers meanwhile is settled as it answers. Threading: loop-confined.
class LostProducers {
public:
    /// All must outlive it.
    LostProducers(DeliveryPool& pool, Settlement& settlement, Outgoing& outgoing)
        : pool_{pool}, settlement_{settlement}, outgoing_{outgoing} {}

    /// `neighbour` goes, and its links are still there.
    void begin(const Connection& neighbour);
    /// A link goes, of it or another: so does what its consumers have answered. O(1).
    void take_answered(Link& in) { answered_.splice(answered_.end(), in.answered); }

    bool any() const { return !answered_.empty() || !lost_.empty(); }
    /// Looks at `left` branches or so, and deliveries of others. Counts down.
    void work(std::size_t& left);

private:
    struct Lost {
        std::vector<LinkRef> links;  // in the order of their indices
        std::size_t left;            // the first so many of the pool are to be looked at
    };

    std::size_t look_at(Delivery& delivery, const std::vector<LinkRef>& lost);

    DeliveryPool& pool_;
    Settlement& settlement_;
    Outgoing& outgoing_;
    DeliveryList answered_;
    std::deque<Lost> lost_;
};

}  // namespace weft::router

#pragma once

#include "router/core/address_table.hpp"
#include "router/core/chores.hpp"
#include "router/core/drains.hpp"
#include "router/core/inflow.hpp"
#include "router/core/link_table.hpp"
#include "router/core/lost_producers.hpp"
#include "router/core/reach.hpp"
#include "router/core/rerouting.hpp"
#include "router/core/settlement.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace weft::router {

/// Links that go, one by one or all of a session or connection, and what they had under way.
///
/// What other peers notice of a link that goes is that nothing is sent to it any more, which is so
/// at once. The rest is done in slices: a link may have a million deliveries, and a session 65,536
/// links.
///
///   a link:  attached ──detach───────────────────────────────▶ gone ──no delivery is left──▶ freed
///               └──its session is over──▶ deserted ──work─────────┘
///
/// A deserted link still stands among those of its address, and takes nothing.
///
/// Threading: loop-confined.
class Departures {
public:
    /// All must outlive it.
    struct Parts {
        LinkTable& links;
        AddressTable& addresses;
        Inflow& inflow;
        Settlement& settlement;
        Drains& drains;
        Rerouting& rerouting;
        LostProducers& lost_producers;
        Reach& reach;
        Chores& chores;
    };
    /// `slice`: links and deliveries before others get a turn.
    Departures(const Parts& parts, std::size_t slice) : parts_{parts}, slice_{slice} {}

    /// A link is gone. The first slice of its deliveries get their outcome at once.
    void detach(Link& link);
    /// A session is over, or all of a connection are. The first slice of its links go at once,
    /// unless others are going.
    void end(Connection& connection, std::optional<std::uint16_t> session);

    bool any() const {
        return !going_.empty() || parts_.links.deserted() != nullptr || parts_.lost_producers.any();
    }
    /// Does a slice. `any` tells whether there is more.
    void work();

private:
    void detach(Link& link, std::size_t& left);
    void detach_deserted();
    void detach_neighbours(Link& link, std::size_t& left);
    void detach_consumer(Link& link, std::size_t& left);
    void detach_producer(Link& link, std::size_t& left);
    void leave(Link& link, bool is_done);

    Parts parts_;
    std::size_t slice_;
    std::deque<Link*> going_;  // gone, and not freed; each has its turn
};

}  // namespace weft::router

#pragma once

#include "tests/simulation/core_sim_world.hpp"

#include <cstddef>
#include <map>

namespace weft::router {

/// What producers do: they send messages in pieces, and settle some.
class CoreSimSenders {
public:
    explicit CoreSimSenders(CoreSimWorld& world) : world_{world} {}

    /// The next piece of a message, or the first of one.
    void send();
    /// A producer settles, mostly what its consumer decided on.
    void settle_some();
    /// One sends the rest of what it began, settles what was decided, and gives back credit.
    void finish(const CoreSimWorld::Place& place);

private:
    Message& begin(Peer& producer);
    void transmit(const CoreSimWorld::Place& place, Message& message, std::size_t size, bool more);
    void settle(const CoreSimWorld::Place& place, DeliveryId id);

    CoreSimWorld& world_;
    std::map<Peer*, Message*> current_;
};

}  // namespace weft::router

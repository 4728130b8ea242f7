#pragma once

#include "tests/simulation/core_sim_world.hpp"

namespace weft::router {

/// What consumers do: they give credit, and answer what they get.
class CoreSimReceivers {
public:
    explicit CoreSimReceivers(CoreSimWorld& world) : world_{world} {}

    void give_credit();
    /// A consumer answers one of its deliveries, perhaps before it has it whole.
    void answer();
    /// One takes and accepts all that there is for it.
    void finish(const CoreSimWorld::Place& place);

private:
    CoreSimWorld& world_;
};

}  // namespace weft::router

#include "tests/simulation/core_sim_world.hpp"

namespace weft::router {

CoreSimWorld::CoreSimWorld(std::uint64_t seed)
    : dice{seed}, has_limits{seed % 3 == 0 && !has_edges(seed)} {
    for (std::size_t i = 0; i < kAddresses.size(); ++i) {
        const Treatment treatment = treatment_of(i);
        auto pattern = AddressPattern::parse(AddressPattern::Grammar::address, kAddresses[i]);
        static_cast<void>(
            core.rules().add({.name = {}, .pattern = *pattern, .treatment = treatment}));
    }
    for (std::size_t i = 0; i < kClients; ++i) {
        const bool is_edge = has_edges(seed) && i < kEdges;
        ports.push_back(std::make_unique<FakePort>(
            core, now, is_edge ? Traits::of_edge() : Traits::of_client()));
    }
    for (std::size_t i = 0; i < kLoops; ++i) {
        ports.push_back(std::make_unique<FakePort>(core, now, Traits::of_loop()));
    }
    ports.push_back(std::make_unique<FakePort>(core, now, Traits{}));
}

Treatment CoreSimWorld::treatment_of(std::size_t address) {
    Treatment treatment;
    treatment.distribution = address >= kFirstMulticast ? Distribution::multicast
                             : address == 2             ? Distribution::closest
                                                        : Distribution::balanced;
    treatment.slow_consumer = address == 4 ? SlowConsumer::drop : SlowConsumer::block;
    return treatment;
}

}  // namespace weft::router

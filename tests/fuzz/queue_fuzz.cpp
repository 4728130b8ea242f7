// A queue of the broker, of the kind that the first byte says, under events that the others choose:
// it does what a simple model of it does (tests/simulation/queue_walk.hpp).
#include "tests/fuzz/script.hpp"
#include "tests/simulation/queue_walk.hpp"
#include "tests/simulation/queue_walk_settings.hpp"

namespace weft::fuzz {
namespace {

constexpr int kStepsMax = 3000;

void walk_a_queue(Bytes input) {
    Script script{input};
    const queue::sim::Kind& kind = queue::sim::kKinds[script.below(queue::sim::kKinds.size())];
    queue::sim::QueueWalk walk{[&script](std::uint32_t sides) {
                                   const std::uint32_t number = script.byte();
                                   return (sides > 256 ? number * 256 + script.byte() : number) %
                                          sides;
                               },
                               kind.settings};
    for (int i = 0; i < kStepsMax && !script.empty(); ++i) {
        walk.walk(1);
    }
    walk.drain();
}

}  // namespace
}  // namespace weft::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    weft::fuzz::walk_a_queue({data, size});
    return 0;
}

#include "tools/weft/bench/receiver.hpp"
#include "tools/weft/bench/run.hpp"
#include "tools/weft/bench/schedule.hpp"
#include "tools/weft/bench/side.hpp"

namespace weft::tools {
namespace {

constexpr Duration kHoldCloseMax = std::chrono::seconds{10};

/// What connection `number` receives from: addresses of its own.
BenchReceiving receiving(const BenchOptions& options, std::size_t number) {
    BenchReceiving receiving{.run = bench_run(0), .credit = options.credit};
    for (std::size_t i = 0; i < options.hold.links; ++i) {
        receiving.addresses.push_back(options.address_of(number * options.hold.links + i));
    }
    return receiving;
}

}  // namespace

BenchHoldResult run_hold(const BenchOptions& options, BenchWatch& watch) {
    BenchReceived totals;
    BenchSide<BenchReceiver> side{watch, watch.loop()};
    const auto before = sample_processes(options.pids);
    const std::uint64_t began = bench_clock();
    for (std::size_t i = 0; i < options.hold.connections; ++i) {
        side.expect(i + 1);
        side.open(bench_dial(options.url, options.timeout, /*reset=*/false),
                  BenchCall{options.url, "h" + std::to_string(i), i + 1}, receiving(options, i),
                  totals);
        await_ready(watch, options, "connection " + std::to_string(i + 1));
    }
    BenchHoldResult result;
    result.setup_time = Duration{bench_clock() - began};
    watch.wait(options.warmup);  // what was needed for setting up only is given back
    const auto made = sample_processes(options.pids);
    const std::uint64_t held = bench_clock();
    watch.wait(options.duration);
    result.setup = use_between(before, made);
    result.idle = use_between(made, sample_processes(options.pids));
    result.idle_time = Duration{bench_clock() - held};
    side.close_all();
    watch.wait(kHoldCloseMax);
    return result;
}

}  // namespace weft::tools

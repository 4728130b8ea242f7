#include "tools/weft/bench/plan.hpp"

#include "tools/weft/tables/numbers.hpp"

#include <cmath>

namespace weft::tools {
namespace {

// A table's.
constexpr std::size_t kMany = 10;     // senders, receivers, addresses
constexpr double kPacedRate = 1'000;  // messages a second

std::string some(std::size_t count, const std::string& one, const std::string& more) {
    return with_commas(static_cast<std::int64_t>(count)) + " " + (count == 1 ? one : more);
}

std::string receivers_of(const BenchOptions& options) {
    if (!options.is_topic()) {
        return some(options.receivers, "receiver", "receivers");
    }
    const std::string durable = options.kind == BenchNode::Kind::durable_topic ? "durable " : "";
    return some(options.receivers, durable + "subscriber", durable + "subscribers");
}

/// A run of its own with all else that was asked for.
BenchOptions run_of(const BenchOptions& options, std::size_t senders, std::size_t receivers) {
    BenchOptions run = options;
    run.mode = BenchOptions::Mode::run;
    run.senders = senders;
    run.receivers = receivers;
    return run;
}

/// All is sent, then all is received.
void add_backlog(const BenchOptions& options,
                 std::size_t senders,
                 std::size_t receivers,
                 std::vector<BenchStep>& plan) {
    BenchOptions sending = run_of(options, senders, 0);
    sending.count = options.backlog;
    BenchOptions receiving = run_of(options, 0, receivers);
    receiving.rate = 0;
    plan.push_back({.options = sending});
    plan.push_back({.options = receiving, .continues = true});
}

std::vector<BenchStep> table_of(const BenchOptions& options) {
    std::vector<BenchStep> plan;
    add_backlog(options, 1, 1, plan);
    plan.push_back({.options = run_of(options, 1, 1)});
    BenchOptions many = run_of(options, kMany, kMany);
    plan.push_back({.options = many});
    many.queues = kMany;
    many.numbered = true;
    plan.push_back({.options = many});
    BenchOptions synchronous = run_of(options, 1, 1);
    synchronous.window = 1;
    plan.push_back({.options = synchronous});
    BenchOptions paced = run_of(options, 1, 1);
    paced.rate = kPacedRate;
    plan.push_back({.options = paced});
    return plan;
}

}  // namespace

std::string BenchStep::name() const {
    std::string name;
    const auto add = [&](const std::string& what) { name += (name.empty() ? "" : ", ") + what; };
    if (options.senders > 0) {
        add(some(options.senders, "sender", "senders"));
    }
    if (options.receivers > 0) {
        add(receivers_of(options));
    }
    if (options.queues > 1) {
        add(some(options.queues, "address", "addresses"));
    }
    if (options.senders > 0 && !options.presettled && options.window != kBenchWindow) {
        add("window " + with_commas(options.window));
    }
    if (options.rate > 0) {
        add(with_commas(std::llround(options.rate)) + "/s wanted");
    }
    return name;
}

std::vector<BenchStep> bench_plan(const BenchOptions& options) {
    std::vector<BenchStep> plan;
    switch (options.mode) {
        case BenchOptions::Mode::table:
            return table_of(options);
        case BenchOptions::Mode::backlog:
            add_backlog(options, options.senders, options.receivers, plan);
            return plan;
        case BenchOptions::Mode::run:
        case BenchOptions::Mode::hold:
        case BenchOptions::Mode::churn:
            break;
    }
    plan.push_back({.options = options});
    return plan;
}

}  // namespace weft::tools

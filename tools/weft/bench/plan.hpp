#pragma once

#include "tools/weft/bench/options.hpp"

#include <string>
#include <vector>

namespace weft::tools {

/// One measurement, of several that one command makes.
struct BenchStep {
    BenchOptions options;
    bool continues = false;  // receives what the step before sent

    /// What tells it from the others: "10 senders, 10 receivers, window 1".
    std::string name() const;
};

/// The measurements that loads consist of: one for a run, two for a backlog, seven for a table.
/// Threading: any thread (a pure function).
std::vector<BenchStep> bench_plan(const BenchOptions& options);

}  // namespace weft::tools

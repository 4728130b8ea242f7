#include "common/io/log.hpp"
#include "common/io/process.hpp"
#include "tools/weft/bench/plan.hpp"
#include "tools/weft/bench/run.hpp"
#include "tools/weft/commands.hpp"
#include "tools/weft/failure.hpp"

#include <exception>
#include <iostream>
#include <random>

namespace weft::tools {
namespace {

template <class Result>
void print(const BenchOptions& options, const Result& result) {
    if (options.json) {
        std::cout << json_text(to_json(options, result), -1) << '\n';
    } else {
        print_text(options, result, std::cout);
    }
}

/// The rows of one command. JSON is written row by row, a table at the end.
class Rows {
public:
    explicit Rows(const BenchOptions& options) : options_{options} {}

    void add(BenchRow row) {
        if (options_.json) {
            std::cout << json_text(to_json(row), -1) << std::endl;
        }
        rows_.push_back(std::move(row));
    }

    void end() const {
        if (!options_.json && !rows_.empty()) {
            print_text(options_, rows_, std::cout);
        }
    }

    /// Throws Failure on the first that is no success.
    void judge() const {
        for (const BenchRow& row : rows_) {
            if (const std::string why = complaint(row); !why.empty()) {
                throw Failure(row.step.name() + ": " + why);
            }
        }
    }

private:
    const BenchOptions& options_;
    std::vector<BenchRow> rows_;
};

void run_loads(const BenchOptions& options, BenchWatch& watch) {
    Rows rows{options};
    try {
        BenchLedger ledger;
        for (BenchStep& step : bench_plan(options)) {
            if (!step.continues) {
                ledger = {};
                ledger.run = step.options.senders > 0 ? new_run_number() : 0;
            }
            BenchLoadResult result = run_load(step.options, ledger, watch);
            rows.add({std::move(step), std::move(result)});
        }
    } catch (const Failure&) {
        rows.end();  // what was measured until then
        throw;
    }
    rows.end();
    rows.judge();
}

}  // namespace

void await_ready(BenchWatch& watch, const BenchOptions& options, const std::string& what) {
    if (!watch.wait(options.timeout)) {
        throw Failure(options.url.endpoint() + " did not answer for " + what +
                      " in time; check that it speaks AMQP 1.0, or wait longer with --timeout");
    }
}

std::uint64_t new_run_number() {
    std::random_device random;
    return bench_run(random());
}

int run_bench(Arguments arguments) {
    CommandLine line = bench_line();
    if (!line.parse(arguments)) {
        return 0;
    }
    const BenchOptions options = bench_options(line);
    io::raise_open_files();
    (void)io::log().set(io::Module::server, {.levels = io::LevelSet{0}});  // failures are told
    BenchWatch watch;
    switch (options.mode) {
        case BenchOptions::Mode::run:
        case BenchOptions::Mode::table:
        case BenchOptions::Mode::backlog:
            run_loads(options, watch);
            break;
        case BenchOptions::Mode::hold:
            print(options, run_hold(options, watch));
            break;
        case BenchOptions::Mode::churn:
            print(options, run_churn(options, watch));
            break;
    }
    return 0;
}

}  // namespace weft::tools

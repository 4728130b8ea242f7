#include "common/io/log.hpp"
#include "tools/weft/bench/run.hpp"
#include "tools/weft/commands.hpp"
#include "tools/weft/failure.hpp"

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

}  // namespace

void await_ready(BenchWatch& watch, const BenchOptions& options, const std::string& what) {
    if (!watch.wait(options.timeout)) {
        throw Failure(options.url.endpoint() + " did not answer for " + what +
                      " in time; check that it speaks AMQP 1.0, or wait longer with --timeout");
    }
}

std::uint64_t new_run_number() {
    std::random_device random;
    return (std::uint64_t{random()} << 32 | random()) | 1;
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
            print(options, run_load(options, watch));
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

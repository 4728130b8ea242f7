#pragma once

#include "common/base/time.hpp"
#include "tools/weft/command_line.hpp"
#include "tools/weft/connection/bus_url.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weft::tools {

/// Connections, each with so many receivers on addresses of their own.
struct BenchHold {
    std::size_t connections = 0;
    std::size_t links = 0;  // of each

    bool operator==(const BenchHold&) const = default;
};

/// What `weft bench` is asked to do. Threading: not shared (a value).
struct BenchOptions {
    enum class Mode : std::uint8_t { run, hold, churn };

    Mode mode = Mode::run;
    BusUrl url;
    std::string address;
    Duration timeout{};   // for connecting and for each answer of the router
    Duration warmup{};    // may be zero
    Duration duration{};  // of what is measured
    std::vector<int> pids;
    bool json = false;

    bool pairs = false;       // sender n and receiver n share ADDRESS/n
    std::size_t senders = 1;  // churn: connections at a time
    std::size_t receivers = 1;
    std::size_t size = 100;  // bytes of data
    bool presettled = false;
    double rate = 0;  // messages a second of all senders together; 0: as fast as may be
    std::uint32_t credit = 1000;
    std::uint32_t window = 1000;

    BenchHold hold;

    /// The address of sender, receiver or held link `number`.
    std::string address_of(std::size_t number) const;
};

/// The flags, and the help with examples.
CommandLine bench_line();

/// Reads what `bench_line` declared. Throws Failure on what contradicts or is out of range.
BenchOptions bench_options(const CommandLine& line);

/// "100" or "100x5". Throws Failure on anything else.
BenchHold parse_hold(std::string_view text);

}  // namespace weft::tools

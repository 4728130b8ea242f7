#pragma once

#include "common/base/time.hpp"
#include "tools/weft/bench/connection.hpp"
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

/// Messages of a sender that are unsettled, unless it is told otherwise.
inline constexpr std::uint32_t kBenchWindow = 1000;

/// What `weft bench` is asked to do. Threading: not shared (a value).
struct BenchOptions {
    enum class Mode : std::uint8_t {
        run,
        table,    // several runs: plan.hpp
        backlog,  // likewise
        hold,
        churn,
    };

    Mode mode = Mode::run;
    BusUrl url;
    std::string address;  // with several addresses a pattern: see address_of
    Duration timeout{};   // for connecting, for each answer, for the next message at an end
    Duration warmup{};    // may be zero
    Duration duration{};  // of what is measured
    std::vector<int> pids;
    bool json = false;
    bool retry = false;  // to connect

    bool numbered = false;      // sender n and receiver n use address n, modulo `queues`
    std::size_t queues = 1;     // addresses
    std::size_t senders = 1;    // 0: nothing is sent. Churn: connections at a time
    std::size_t receivers = 1;  // 0: nothing is received
    BenchNode::Kind kind = BenchNode::Kind::any;
    std::size_t size = 100;  // bytes of data
    bool durable = false;    // messages
    bool presettled = false;
    double rate = 0;  // messages a second of all senders together; 0: as fast as may be
    std::uint32_t credit = 1000;
    std::uint32_t window = kBenchWindow;
    /// Messages of all senders, or without senders to be received; 0: `duration` bounds it, or
    /// without senders that nothing comes any more.
    std::uint64_t count = 0;
    std::uint64_t backlog = 0;  // messages that are sent before any is received

    BenchHold hold;

    /// The address with this number: "{}" in it stands for that, or "/n" is appended where each
    /// has one of its own.
    std::string address_of(std::size_t number) const;
    /// Of sender or receiver `number`.
    std::string address_for(std::size_t number) const { return address_of(number % queues); }
    bool is_topic() const { return kind != BenchNode::Kind::any; }
    /// Each of it is counted, from its beginning to its end; else what happens in `duration`.
    bool is_whole() const { return count > 0 || senders == 0; }
};

/// The flags, and the help with examples.
CommandLine bench_line();

/// Reads what `bench_line` declared. Throws Failure on what contradicts or is out of range.
BenchOptions bench_options(const CommandLine& line);

/// "100" or "100x5". Throws Failure on anything else.
BenchHold parse_hold(std::string_view text);

}  // namespace weft::tools

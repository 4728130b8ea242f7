#pragma once

#include <cstddef>
#include <cstdint>

namespace weft::tools {

/// The clock of all measuring, in nanoseconds. Threading: any thread.
std::uint64_t bench_clock();

/// When one of several senders is to send, so that together they keep a rate.
///
/// Times do not depend on what was sent: a sender that was held up is behind, and its messages'
/// latency says so. Threading: not shared (a value).
class BenchSchedule {
public:
    /// `rate`: messages a second of all `senders`, more than 0; `sender` counts from 0.
    BenchSchedule(double rate, std::size_t senders, std::size_t sender);

    /// Nanoseconds after the beginning at which message `number` of this sender is due.
    std::uint64_t due(std::uint64_t number) const;

private:
    double interval_;  // nanoseconds between messages of all
    std::uint64_t senders_;
    std::uint64_t sender_;
};

}  // namespace weft::tools

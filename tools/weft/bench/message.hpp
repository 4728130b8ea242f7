#pragma once

#include "common/base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace weft::tools {

/// What stands at the start of each message's data section.
struct BenchStamp {
    std::uint64_t run = 0;     // of this run alone; its upper half is kBenchMark
    std::uint64_t time = 0;    // nanoseconds of the steady clock
    std::uint64_t number = 0;  // of the message: see bench_number

    std::uint32_t sender() const { return static_cast<std::uint32_t>(number >> 40); }
    std::uint64_t sequence() const { return number & ((std::uint64_t{1} << 40) - 1); }

    bool operator==(const BenchStamp&) const = default;
};

/// The number of a sender's message; both count from 0.
constexpr std::uint64_t bench_number(std::uint32_t sender, std::uint64_t sequence) {
    return std::uint64_t{sender} << 40 | sequence;
}

/// Tells our messages from those of others.
inline constexpr std::uint32_t kBenchMark = 0xb57e'a4d1;

/// A run's number: the mark, and what tells it from other runs.
constexpr std::uint64_t bench_run(std::uint32_t random) {
    return std::uint64_t{kBenchMark} << 32 | random;
}

/// Bytes of data in a message, at least.
inline constexpr std::size_t kBenchStampSize = 24;

/// A message that is encoded once: header, properties with a message-id, data. Only the id, the
/// time and the number change. Threading: not shared. Spec: AMQP 1.0 §3.2
class BenchMessage {
public:
    /// `data_size`: bytes of the data section, at least kBenchStampSize.
    BenchMessage(std::uint64_t run, std::size_t data_size, bool durable = false);

    /// The message `number`, sent at `time`; valid until the next call.
    Bytes stamped(std::uint64_t time, std::uint64_t number);
    std::size_t size() const { return bytes_.size(); }

private:
    Buffer bytes_;
    std::size_t id_at_ = 0;
    std::size_t stamp_at_ = 0;
};

/// Finds the stamp in messages that came, whatever sections a router put before the data.
/// Looks where it was the last time first. Threading: not shared.
class BenchStampFinder {
public:
    /// `run`: whose messages are wanted; 0: those of any run.
    explicit BenchStampFinder(std::uint64_t run) : run_{run} {}

    /// The stamp in the message that starts with `bytes`; nothing if it is not of the run.
    std::optional<BenchStamp> stamp_of(Bytes bytes);

private:
    bool wants(std::uint64_t run) const {
        return run_ == 0 ? run >> 32 == kBenchMark : run == run_;
    }
    std::optional<std::size_t> find(Bytes bytes) const;

    std::uint64_t run_;
    std::size_t at_ = 0;
};

}  // namespace weft::tools

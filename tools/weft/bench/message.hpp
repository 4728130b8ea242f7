#pragma once

#include "common/base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weft::tools {

/// What stands at the start of each message's data section.
struct BenchStamp {
    std::uint64_t run = 0;   // of this run alone, so that what earlier ones left behind is not ours
    std::uint64_t time = 0;  // nanoseconds of the steady clock

    bool operator==(const BenchStamp&) const = default;
};

/// Bytes of data in a message, at least.
inline constexpr std::size_t kBenchStampSize = 16;

/// A message that is encoded once: header, properties with a message-id, data. Only the id and the
/// time change. Threading: not shared. Spec: AMQP 1.0 §3.2
class BenchMessage {
public:
    /// `data_size`: bytes of the data section, at least kBenchStampSize.
    BenchMessage(std::uint64_t run, std::size_t data_size);

    /// The next message, sent at `time`; valid until the next call.
    Bytes stamped(std::uint64_t time);

private:
    Buffer bytes_;
    std::size_t id_at_ = 0;
    std::size_t stamp_at_ = 0;
    std::uint64_t id_ = 0;
};

/// Finds the time in messages that came, whatever sections a router put before the data.
/// Looks where it was the last time first. Threading: not shared.
class BenchStampFinder {
public:
    explicit BenchStampFinder(std::uint64_t run) : run_{run} {}

    /// The time in the message that starts with `bytes`; 0 if it is not of this run.
    std::uint64_t time_of(Bytes bytes);

private:
    std::uint64_t run_;
    std::size_t at_ = 0;
};

}  // namespace weft::tools

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

namespace weft::tools {

/// A set of numbers that come nearly in order: which of a sender's messages were accepted, or came.
///
/// Costs nothing for those below the first that is missing, and one bit for each above it.
/// Threading: not shared (a value).
class BenchNumbers {
public:
    /// Above the first that is missing, at most: 512 MiB of bits.
    static constexpr std::uint64_t kSpanMax = std::uint64_t{1} << 32;

    enum class Added : std::uint8_t {
        added,
        was_there,
        too_far,  // beyond kSpanMax, and not added
    };
    Added add(std::uint64_t number);

    std::uint64_t count() const { return count_; }
    /// Numbers below the highest that are not there.
    std::uint64_t holes() const { return end_ - count_; }
    /// How many of these are not in `other`.
    std::uint64_t count_without(const BenchNumbers& other) const;

private:
    static constexpr std::uint64_t kWordBits = 64;

    /// Bits of the numbers from 64 × `index` on.
    std::uint64_t word(std::uint64_t index) const;

    std::uint64_t base_ = 0;           // all of 64 × base_ numbers are there
    std::deque<std::uint64_t> words_;  // of those that follow; the first is not full
    std::uint64_t count_ = 0;
    std::uint64_t end_ = 0;  // one more than the highest
};

}  // namespace weft::tools

#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace weft::tools {

/// Counts of values in buckets that are at most 1/128 of their value wide.
///
/// Made for latencies in nanoseconds: recording allocates nothing and costs some nanoseconds.
/// Threading: not shared (a value).
class BenchHistogram {
public:
    /// Larger values count as this one (about 18 minutes of nanoseconds).
    static constexpr std::uint64_t kValueMax = (std::uint64_t{1} << 40) - 1;

    void record(std::uint64_t value) {
        const std::uint64_t kept = std::min(value, kValueMax);
        ++counts_[bucket_of(kept)];
        ++count_;
        max_ = std::max(max_, kept);
    }

    void add(const BenchHistogram& other);

    std::uint64_t count() const { return count_; }
    /// Exact; 0 if there is nothing.
    std::uint64_t max() const { return max_; }
    /// The value that a share of `q` (0..1) of the values is not above, rounded up to its bucket's
    /// end; 0 if there is nothing.
    std::uint64_t quantile(double q) const;

private:
    static constexpr unsigned kStepBits = 7;  // 128 steps between a power of two and the next
    static constexpr std::uint64_t kSteps = std::uint64_t{1} << kStepBits;
    static constexpr std::size_t kBuckets = (40 - kStepBits + 1) * kSteps;

    /// Values below 256 have a bucket each; above, a bucket is 2^shift wide.
    static std::size_t bucket_of(std::uint64_t value) {
        const auto width = static_cast<unsigned>(std::bit_width(value));
        const unsigned shift = width > kStepBits + 1 ? width - kStepBits - 1 : 0;
        return shift * kSteps + (value >> shift);
    }
    static std::uint64_t last_value_of(std::size_t bucket);

    std::array<std::uint64_t, kBuckets> counts_{};
    std::uint64_t count_ = 0;
    std::uint64_t max_ = 0;
};

}  // namespace weft::tools

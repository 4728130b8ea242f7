#include "tools/weft/bench/histogram.hpp"

#include <cmath>

namespace weft::tools {

std::uint64_t BenchHistogram::last_value_of(std::size_t bucket) {
    if (bucket < 2 * kSteps) {
        return bucket;
    }
    const std::uint64_t shift = bucket / kSteps - 1;
    const std::uint64_t step = bucket - shift * kSteps;
    return ((step + 1) << shift) - 1;
}

void BenchHistogram::add(const BenchHistogram& other) {
    for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
        counts_[bucket] += other.counts_[bucket];
    }
    count_ += other.count_;
    max_ = std::max(max_, other.max_);
}

std::uint64_t BenchHistogram::quantile(double q) const {
    if (count_ == 0) {
        return 0;
    }
    const double exact = std::ceil(std::clamp(q, 0.0, 1.0) * static_cast<double>(count_));
    const auto rank = std::clamp(static_cast<std::uint64_t>(exact), std::uint64_t{1}, count_);
    std::uint64_t seen = 0;
    std::size_t bucket = 0;
    while ((seen += counts_[bucket]) < rank) {
        ++bucket;
    }
    return std::min(last_value_of(bucket), max_);
}

}  // namespace weft::tools

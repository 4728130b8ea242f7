#include "common/io/tls_tally.hpp"

#include <algorithm>
#include <numeric>

namespace weft::io {

std::string_view name_of(TlsEnd end) {
    constexpr std::array<std::string_view, kTlsEnds> kNames{"agreed",      "plain",   "versions",
                                                            "certificate", "revoked", "refused",
                                                            "broken",      "late",    "gone"};
    return kNames[static_cast<std::size_t>(end)];
}

std::array<std::uint64_t, kTlsEnds> TlsTally::all() const {
    std::array<std::uint64_t, kTlsEnds> counts{};
    for (std::size_t i = 0; i < kTlsEnds; ++i) {
        counts[i] = counts_[i].load(std::memory_order_relaxed);
    }
    return counts;
}

std::uint64_t TlsTally::failed() const {
    const auto counts = all();
    return std::accumulate(counts.begin() + 1, counts.end(), std::uint64_t{0});
}

bool TlsTally::may_log(Instant now) {
    Instant paid = paid_until_.load(std::memory_order_relaxed);
    while (paid - now <= (kLinesAtOnce - 1) * kLinePeriod) {
        if (paid_until_.compare_exchange_weak(paid, std::max(paid, now) + kLinePeriod,
                                              std::memory_order_relaxed)) {
            return true;
        }
    }
    return false;
}

}  // namespace weft::io

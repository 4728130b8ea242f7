#include "common/io/tls_tally.hpp"

#include <numeric>

namespace weft::io {

std::string_view name_of(TlsEnd end) {
    constexpr std::array<std::string_view, kTlsEnds> kNames{
        "agreed", "plain", "versions", "certificate", "refused", "broken", "late", "gone"};
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

}  // namespace weft::io

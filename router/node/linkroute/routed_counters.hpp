#pragma once

#include "router/linkroute/pair_end.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace weft::node {

/// What became of deliveries that were passed on. Threading: not shared (a value).
class RoutedFates {
public:
    void count(linkroute::Fate fate) { ++counts_[static_cast<std::size_t>(fate)]; }
    std::uint64_t operator[](linkroute::Fate fate) const {
        return counts_[static_cast<std::size_t>(fate)];
    }

private:
    std::array<std::uint64_t, linkroute::kFates> counts_{};
};

/// Of links that are passed on. Threading: not shared (a value).
struct RoutedCounters {
    std::uint64_t made = 0;        // pairs, ever
    std::uint64_t unroutable = 0;  // refused: nobody takes the links of their link route
    std::uint64_t refused = 0;     // by a limit or a setting of this router, on any loop
    std::uint64_t unanswered = 0;  // withdrawn, for the far side did not answer in time
    std::uint64_t diverted = 0;    // link routes took them past the brokers of their address
};

}  // namespace weft::node

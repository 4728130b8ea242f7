#pragma once

#include <cstdint>

namespace weft::node {

/// Of links that are passed on. Threading: not shared (a value).
struct RoutedCounters {
    std::uint64_t made = 0;        // pairs, ever
    std::uint64_t unroutable = 0;  // refused: nobody takes the links of their link route
    std::uint64_t refused = 0;     // by a limit or a setting of this router
    std::uint64_t unanswered = 0;  // withdrawn, for the far side did not answer in time
};

}  // namespace weft::node

#pragma once

#include "common/base/time.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace weft::forwarding {

/// How many of something come in a second, over the last kSeconds. Threading: not shared.
class Rate {
public:
    static constexpr std::size_t kSeconds = 10;

    void add(Instant now);
    /// As it was in the seconds that are over, those before the first one not counted.
    double per_second(Instant now) const;

private:
    using Second = std::int64_t;

    static Second second_of(Instant at);

    std::array<std::uint64_t, kSeconds + 1> counts_{};  // by second, one after the other
    std::array<Second, kSeconds + 1> seconds_{};        // which one each is of
    Second first_ = 0;
    bool any_ = false;
};

}  // namespace weft::forwarding

#pragma once

#include "common/base/time.hpp"

#include <cstdint>

namespace weft::tenant {

/// A rate that is kept on average: what was spent too soon is a debt, and its time must pass before
/// more is spent.
///
///   B1  in any time t at most rate × (t + kBurst) is spent by whoever waits while there is a debt,
///       and once more what he spends at once
///
/// Threading: not shared.
class Bucket {
public:
    /// What was not spent may be spent later, of so much time.
    static constexpr Duration kBurst = std::chrono::milliseconds{100};

    /// `rate` a second; 0: any, and there is never a debt.
    explicit Bucket(std::uint64_t rate) : rate_{rate} {}

    void spend(std::uint64_t amount, Instant now);
    /// How long until all that was spent has had its time; 0: it has.
    Duration debt(Instant now) const;

private:
    std::uint64_t rate_;
    Instant paid_{};  // by then it will have
};

}  // namespace weft::tenant

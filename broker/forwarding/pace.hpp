#pragma once

#include "common/base/time.hpp"

#include <cstdint>

namespace weft::forwarding {

/// How many messages may leave now, of so many a second. What was not used is kept for
/// 1/kParts of a second, so that many leave with one look at the clock. Threading: not shared.
class Pace {
public:
    static constexpr double kParts = 10;

    /// 0: any number. What was saved stays.
    void set(double per_second);
    bool is_limited() const { return per_second_ > 0; }
    /// That may leave now; the largest number where there is no limit.
    std::uint32_t ready(Instant now);
    void spend();
    /// When all that can be saved is; kNever: there is no limit.
    Instant due(Instant now);

private:
    void refill(Instant now);
    double most() const;

    double per_second_ = 0;
    double saved_ = 1;
    Instant at_ = Instant::min();  // saved_ is as of then
};

}  // namespace weft::forwarding

#pragma once

#include "common/base/census.hpp"

#include <algorithm>
#include <cstddef>

namespace weft::session {

/// One part of so many of a limit is for those who have next to nothing.
inline constexpr std::size_t kReserveParts = 8;

/// Whether somebody who has `own` of `all` that is taken may take `more`, of `max` in all. One that
/// takes all he can gets half, two get a third each (may_take), and who has less than one of
/// kSharesMin parts has a reserve besides: a few that take and never give back leave to others what
/// these need for a moment.
inline bool has_share(std::size_t own, std::size_t all, std::size_t more, std::size_t max) {
    if (own + more <= max / kSharesMin) {
        return all + more <= max;
    }
    const std::size_t shared = max - max / kReserveParts;
    return all + more <= shared && may_take(own, all, shared);
}

}  // namespace weft::session

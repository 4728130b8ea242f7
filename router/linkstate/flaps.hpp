#pragma once

#include "common/base/time.hpp"

#include <cstdint>

namespace weft::linkstate {

/// How often a neighbour was lost of late. One that comes and goes again and again is held down:
/// it does not become a neighbour for a while, 1 s at first and twice as long each time.
///
/// Threading: not shared (a value).
class Flaps {
public:
    /// Losses further apart than this do not add up.
    static constexpr Duration kSpan = std::chrono::seconds(30);
    /// So many losses have no consequence.
    static constexpr std::uint32_t kFree = 3;
    static constexpr Duration kHoldMin = std::chrono::seconds(1);
    static constexpr Duration kHoldMax = std::chrono::seconds(30);

    void note_loss(Instant now);
    bool is_held(Instant now) const { return held_until_ > now; }
    /// Whether it was lost less than kSpan ago.
    bool is_recent(Instant now) const { return count_ > 0 && now - lost_ < kSpan; }

private:
    std::uint32_t count_ = 0;
    Instant lost_{};  // the last time
    Instant held_until_{};
};

}  // namespace weft::linkstate

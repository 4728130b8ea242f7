#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace weft::router {

/// An address that has so many consumers has an index of them.
inline constexpr std::uint32_t kIndexedFrom = 64;

/// What all deliveries and links of a core together may take, and the sizes at which it does things
/// otherwise.
struct Limits {
    std::size_t held_bytes_max = std::size_t{1024} * 1024 * 1024;
    std::size_t deliveries_max = 1'000'000;
    /// Each has an address at most, so that these are bounded with them.
    std::size_t links_max = 1'000'000;
    std::uint32_t indexed_from = kIndexedFrom;
    /// Links told, messages released, things looked at before others get a turn: well under a
    /// millisecond.
    std::size_t slice = 500;
};

/// What the deliveries that one connection brought take of that. It stays until the connection and
/// the last of them are gone. Threading: loop-confined.
struct Share {
    std::size_t deliveries = 0;
    std::size_t bytes = 0;
    bool deserted = false;  // the connection is gone
};

/// One part of so many is everybody's, whatever others have taken.
inline constexpr std::size_t kSharesMin = 1000;

/// True if a connection may have one more link, or delivery that waits: it has less than all others
/// leave free, or less than everybody may have. So one that takes all it can gets half, two get a
/// third each, and who comes later gets what it needs.
inline bool may_take(std::size_t own, std::size_t all, std::size_t max) {
    return own < std::max(max / kSharesMin, max - std::min(all, max));
}

/// One of its deliveries is gone.
inline void leave(Share& share) {
    if (--share.deliveries == 0 && share.deserted) [[unlikely]] {
        delete &share;
    }
}

/// A connection's hold on its share.
struct LeaveShare {
    void operator()(Share* share) const {
        share->deserted = true;
        if (share->deliveries == 0) {
            delete share;
        }
    }
};
using OwnShare = std::unique_ptr<Share, LeaveShare>;

}  // namespace weft::router

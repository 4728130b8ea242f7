#pragma once

#include "common/base/census.hpp"

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

class EdgeLinks;

/// What the deliveries that one connection brought take of that. It stays until the connection and
/// the last of them are gone. Threading: loop-confined.
struct Share {
    std::size_t deliveries = 0;
    std::size_t bytes = 0;
    bool deserted = false;            // the connection is gone
    const EdgeLinks* edge = nullptr;  // the connection's, of an edge router that is there
};

using weft::may_take;

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

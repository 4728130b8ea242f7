#pragma once

#include "common/base/result.hpp"
#include "router/core/address_pattern.hpp"

#include <cstddef>
#include <cstdint>

namespace weft::linkroute {

/// What the patterns of connections together, or those of other routers, may take; the operator's
/// have no limit. Of it one has what the others leave free. Threading: loop-confined.
class Allotment {
public:
    static constexpr std::size_t kBytesMax = std::size_t{64} * 1024 * 1024;
    /// Most that one look for an address may cost by them, in nodes looked at.
    static constexpr std::size_t kFindMax = 4'096;

    /// What a pattern takes, or all of one maker.
    struct Share {
        std::size_t bytes = 0;
        std::size_t find = 0;  // what they added to the cost of a look
    };

    /// About what a pattern takes of memory.
    static std::size_t bytes_of(const router::AddressPattern& pattern);

    /// Whether who has `own` may have this one, which changes the most that a look costs from
    /// `before` to `after`. That is no matter of those without a wildcard but for their last
    /// level: all of them together cost next to nothing.
    /// Errors: amqp:resource-limit-exceeded.
    [[nodiscard]] Result<void> check(const Share& own,
                                     const router::AddressPattern& pattern,
                                     std::size_t before,
                                     std::size_t after) const;

    void take(Share& own, const Share& more) {
        own.bytes += more.bytes;
        own.find += more.find;
        bytes_ += more.bytes;
    }
    void give_back(Share& own, const Share& less) {
        own.bytes -= less.bytes;
        own.find -= less.find;
        bytes_ -= less.bytes;
    }
    /// One was not taken.
    void refuse() { ++refused_; }

    std::size_t bytes() const { return bytes_; }
    std::uint64_t refused() const { return refused_; }

private:
    std::size_t bytes_ = 0;
    std::uint64_t refused_ = 0;
};

}  // namespace weft::linkroute

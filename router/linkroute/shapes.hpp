#pragma once

#include "router/core/address_pattern.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace weft::linkroute {

/// Which kinds of levels the patterns of a tree have, from the first on. Of nodes with the same
/// kinds behind one another an address meets one, for its own levels say which; behind a '#' one
/// for each place where that may end, and behind two of them any. So they bound what it costs to
/// find what an address means, and the number of patterns does not.
/// Threading: loop-confined.
class Shapes {
public:
    using Shape = std::uint32_t;
    using Kind = router::AddressPattern::Kind;

    /// Levels of an address before which a '#' ends that is not the last of its pattern.
    static constexpr std::size_t kPlacesMax = 64;
    static constexpr Shape kNone = 0;  // of the root

    /// One more node of this kind is below one of shape `above`. Returns its shape.
    Shape enter(Shape above, Kind kind);
    /// One of those is gone: none is below it.
    void leave(Shape shape);
    /// Most that one look costs, in nodes looked at; a '#' itself may cost as much again.
    std::size_t cost() const { return cost_; }

private:
    struct Entry {
        std::array<Shape, 3> below{};  // by kind
        Shape above = kNone;
        std::uint32_t nodes = 0;
        Kind kind = Kind::literal;
        std::uint8_t many = 0;  // '#' above it; two stand for more
    };

    static std::size_t cost_of(const Entry& entry);
    Shape make(Shape above, Kind kind);

    std::vector<Entry> entries_{1};
    std::vector<Shape> free_;
    std::size_t cost_ = 0;
};

}  // namespace weft::linkroute

#pragma once

#include "common/base/keyed_hash.hpp"
#include "common/keys/key.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace weft::router {

/// Where subscriptions have their wildcards, whatever stands on their other levels: "a/+/c" and
/// "b/+/d" are of one shape.
///
/// An address is meant by one subscription of each shape at most. So the shapes bound what it costs
/// to find those that mean it, and how many there are. Those without a wildcard but for their last
/// level have none: all of them together cost next to nothing. Threading: loop-confined.
class WildcardShapes {
public:
    /// Those up to which clients bring new ones.
    static constexpr std::size_t kMax = 256;
    /// All, with those of other loops and routers. What comes beyond is an address like others,
    /// until there is room for it (LeftOut).
    static constexpr std::size_t kToldMax = 1'024;

    /// Of a normal key; empty: it has none.
    static std::string of(keys::MatchMethod method, std::string_view key);

    /// True if a subscription of that shape may come, whoever brings it.
    bool has_room(const std::string& shape) const {
        return shape.empty() || shapes_.size() < kToldMax || shapes_.contains(shape);
    }
    /// True if the connection with that id may bring one: a shape that nobody has counts for it,
    /// and of these one may have what all others leave free.
    bool may_bring(const std::string& shape, std::uint64_t connection) const;

    void add(const std::string& shape);
    void remove(const std::string& shape);
    /// Of a shape that only one subscription has: that connection has brought it.
    void charge(const std::string& shape, std::uint64_t connection);

    std::size_t size() const { return shapes_.size(); }

private:
    struct Shape {
        std::size_t subscriptions = 0;
        std::uint64_t maker = 0;  // the connection that it counts for; 0: none
    };

    boost::unordered_flat_map<std::string, Shape, TextHash, std::equal_to<>> shapes_;
    boost::unordered_flat_map<std::uint64_t, std::size_t> brought_;  // by connection
};

}  // namespace weft::router

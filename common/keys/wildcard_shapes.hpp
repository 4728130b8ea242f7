#pragma once

#include "common/base/keyed_hash.hpp"
#include "common/keys/key.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace weft::keys {

/// Where keys have their wildcards, whatever stands on their other levels: "a/+/c" and "b/+/d" are
/// of one shape.
///
/// A subject is matched by one key of each shape at most, or, where a '#' stands before other
/// words, by one for each place that it may end at. So the shapes bound what it costs to find those
/// that match it, and how many there are. Keys without a wildcard but for their last word have
/// none: all of them together cost next to nothing. Threading: loop-confined.
class WildcardShapes {
public:
    /// `max`: those up to which new ones may be brought.
    explicit WildcardShapes(std::size_t max) : max_{max} {}

    /// Of a normal key; empty: it has none.
    static std::string of(MatchMethod method, std::string_view key);

    /// True if a key of that shape makes no new one.
    bool knows(const std::string& shape) const { return shape.empty() || shapes_.contains(shape); }
    /// True if `bringer` may bring a key of it: a shape that nobody has counts for him, and of
    /// these one may have what all others leave free.
    bool may_bring(const std::string& shape, std::uint64_t bringer) const;

    /// A key of that shape is there, or no more.
    void add(const std::string& shape);
    void remove(const std::string& shape);
    /// Of a shape that only one key has: `bringer`, who is not 0, has brought it.
    void charge(const std::string& shape, std::uint64_t bringer);

    std::size_t size() const { return shapes_.size(); }
    std::size_t max() const { return max_; }

private:
    struct Shape {
        std::size_t keys = 0;
        std::uint64_t bringer = 0;  // for whom it counts; 0: nobody
    };

    std::size_t max_;
    boost::unordered_flat_map<std::string, Shape, TextHash, std::equal_to<>> shapes_;
    boost::unordered_flat_map<std::uint64_t, std::size_t> brought_;  // by bringer
};

}  // namespace weft::keys

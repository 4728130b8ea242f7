#pragma once

#include "common/base/router_index.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace weft::linkroute {

/// Keys of other routers that were not taken for want of room, each with its turn to be tried
/// again. They take their share of kBytesMax; one that has no room here either is not kept.
/// Threading: loop-confined.
class WaitingKeys {
public:
    static constexpr std::size_t kBytesMax = std::size_t{16} * 1024 * 1024;

    struct Key {
        RouterIndex router = kNoRouter;
        std::size_t hash = 0;  // of the text, by which it is known
        std::string text{};
    };

    void add(RouterIndex router, std::size_t hash, std::string_view text);
    /// Means nothing if it does not wait.
    void remove(RouterIndex router, std::size_t hash);
    /// The next one in turn, which waits on. Precondition: there is one.
    Key next();

    bool empty() const { return keys_.empty(); }
    std::size_t size() const { return keys_.size(); }

private:
    using Place = std::pair<std::size_t, RouterIndex>;  // those of all routers, mixed

    static std::size_t bytes_of(std::string_view text);

    std::map<Place, std::string> keys_;
    Place last_{};  // whose turn it was
    std::size_t bytes_ = 0;
    boost::unordered_flat_map<RouterIndex, std::size_t> bytes_of_;  // that each router's take
};

}  // namespace weft::linkroute

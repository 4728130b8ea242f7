#pragma once

#include "common/base/router_index.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace weft::linkroute {

/// Keys of other routers that were not taken for want of room. Each has its turn to be tried again:
/// routers have turns, and in these their keys. They take their share of kBytesMax; one that has no
/// room here either is not kept. Threading: loop-confined.
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

    bool empty() const { return size_ == 0; }
    std::size_t size() const { return size_; }

private:
    /// Those of a router.
    struct Line {
        std::map<std::size_t, std::string> keys;  // by hash; never empty
        std::size_t last = 0;                     // whose turn it was
        std::size_t bytes = 0;
    };

    static std::size_t bytes_of(std::string_view text);

    std::map<RouterIndex, Line> lines_;
    RouterIndex last_ = kNoRouter;  // whose turn it was
    std::size_t size_ = 0;
    std::size_t bytes_ = 0;
};

}  // namespace weft::linkroute

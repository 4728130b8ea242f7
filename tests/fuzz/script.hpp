#pragma once

#include "common/base/bytes.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace weft::fuzz {

/// An input read as decisions, one byte each; zeros when it is used up.
/// Threading: not shared (a value).
class Script {
public:
    explicit Script(Bytes bytes) : rest_{bytes} {}

    bool empty() const { return rest_.empty(); }
    std::uint8_t byte() {
        const Bytes one = take(1);
        return one.empty() ? std::uint8_t{0} : one[0];
    }
    /// 0 … `bound` − 1; `bound` is at most 256.
    std::size_t below(std::size_t bound) { return byte() % bound; }
    bool flag() { return byte() % 2 == 1; }
    template <class T, std::size_t N>
    const T& one_of(const T (&choices)[N]) {
        return choices[below(N)];
    }
    /// As many bytes as the next one says, if they are there.
    Bytes text() { return take(byte()); }
    Bytes take(std::size_t size) {
        const Bytes taken = rest_.first(std::min(size, rest_.size()));
        rest_ = rest_.subspan(taken.size());
        return taken;
    }
    Bytes rest() { return take(rest_.size()); }

private:
    Bytes rest_;
};

}  // namespace weft::fuzz

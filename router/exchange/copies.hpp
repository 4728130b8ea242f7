#pragma once

#include "router/exchange/passage.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace weft::exchange {

/// The copies that are open (D3), by the numbers that the core knows them by: which message each is
/// one of, and whether that waits for it. Threading: loop-confined.
class Copies {
public:
    Copy& operator[](std::uint64_t number) { return all_[number]; }
    bool is_of(std::uint64_t number, const Passage& passage) const {
        return all_[number].passage == &passage;
    }

    /// One more of that message, which waits for it unless the next hop has stalled.
    void open(Passage& passage, Way& way);
    /// The core knows it no longer, or is about to forget it.
    void close(std::uint32_t number);
    /// Its message need not wait for it.
    static void waive(Copy& copy);

    /// Numbers are below that.
    std::size_t end() const { return all_.size(); }

private:
    std::vector<Copy> all_;
    std::vector<std::uint32_t> free_;
};

}  // namespace weft::exchange

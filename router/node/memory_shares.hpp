#pragma once

#include "common/base/census.hpp"

#include <cstddef>
#include <cstdint>
#include <unordered_map>

namespace weft::node {

/// Memory that a loop has for something of all its peers, and the share of each: what all others
/// leave free. Threading: loop-confined.
class MemoryShares {
public:
    explicit MemoryShares(std::size_t bytes_max) : bytes_max_{bytes_max} {}

    /// False, and counted: `who` has his share.
    [[nodiscard]] bool keep(std::uint64_t who, std::size_t bytes) {
        const auto at = bytes_of_.find(who);
        if (!may_take(at == bytes_of_.end() ? 0 : at->second, bytes_, bytes_max_)) {
            ++refused_;
            return false;
        }
        bytes_of_[who] += bytes;
        bytes_ += bytes;
        return true;
    }
    void give_back(std::uint64_t who, std::size_t bytes) {
        const auto at = bytes_of_.find(who);
        if (at == bytes_of_.end()) {
            return;
        }
        at->second -= bytes;
        bytes_ -= bytes;
        if (at->second == 0) {
            bytes_of_.erase(at);
        }
    }

    std::size_t bytes() const { return bytes_; }
    std::uint64_t refused() const { return refused_; }

private:
    std::size_t bytes_max_;
    std::size_t bytes_ = 0;
    std::uint64_t refused_ = 0;
    std::unordered_map<std::uint64_t, std::size_t> bytes_of_;
};

}  // namespace weft::node

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace weft::amqp {

/// Hands out the lowest numbers never used before, or one that came back.
/// Nothing is allocated before the first number comes back out of order. Threading: not shared.
class NumberPool {
public:
    /// Nothing if all of 0 … `limit` are in use.
    std::optional<std::uint32_t> take(std::uint32_t limit) {
        if (!free_.empty()) {
            const std::uint32_t number = free_.back();
            if (number > limit) {
                return std::nullopt;
            }
            free_.pop_back();
            return number;
        }
        return next_ <= limit ? std::optional(next_++) : std::nullopt;
    }

    void give(std::uint32_t number) {
        if (number + 1 == next_) {
            --next_;
        } else {
            free_.push_back(number);
        }
        if (free_.size() == next_) {
            free_ = std::vector<std::uint32_t>{};
            next_ = 0;
        }
    }

private:
    std::vector<std::uint32_t> free_;
    std::uint32_t next_ = 0;
};

}  // namespace weft::amqp

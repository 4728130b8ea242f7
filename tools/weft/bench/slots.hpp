#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace weft::tools {

/// Values that are kept for a while under a small number: what a delivery's context has no room
/// for. Allocates nothing once it has been as full as it gets. Threading: not shared.
template <class Value>
class BenchSlots {
public:
    /// Its number, until `take`.
    std::uint64_t put(Value value) {
        if (free_.empty()) {
            values_.push_back(std::move(value));
            return values_.size() - 1;
        }
        const std::uint64_t slot = free_.back();
        free_.pop_back();
        values_[slot] = std::move(value);
        return slot;
    }

    /// `slot`: of `put`, once.
    Value take(std::uint64_t slot) {
        free_.push_back(slot);
        return std::move(values_[slot]);
    }

    void clear() {
        values_.clear();
        free_.clear();
    }

private:
    std::vector<Value> values_;
    std::vector<std::uint64_t> free_;
};

}  // namespace weft::tools

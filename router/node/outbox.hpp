#pragma once

#include "common/base/bytes.hpp"
#include "router/node/slab.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace weft::node {

/// What a loop has for each of the others in this turn: a slab each, handed over at its end.
/// Threading: loop-confined; only slabs cross.
class Outbox {
public:
    /// Bytes for another loop in one turn, from which on it is told no more than it must know.
    static constexpr std::size_t kTalkMax = std::size_t{1024} * 1024;

    /// Hands a full slab to the loop `to`.
    using Hand = std::function<void(std::size_t to, Slab slab)>;

    /// Of so many loops.
    Outbox(std::size_t loops, Hand hand) : hand_{std::move(hand)}, slabs_(loops) {}

    void put(std::size_t to, const Record& record, Bytes bytes = {}, Bytes more_bytes = {}) {
        Slab& slab = slabs_[to];
        slab.records.push_back(record);
        slab.records.back().size = static_cast<std::uint32_t>(bytes.size() + more_bytes.size());
        append(slab.bytes, bytes);
        append(slab.bytes, more_bytes);
    }
    /// It has so much for that loop that it says no more than it must.
    bool is_wordy(std::size_t to) const {
        const Slab& slab = slabs_[to];
        return slab.bytes.size() + slab.records.size() * sizeof(Record) >= kTalkMax;
    }
    void hand_over() {
        for (std::size_t to = 0; to < slabs_.size(); ++to) {
            if (!slabs_[to].empty()) {
                hand_(to, std::exchange(slabs_[to], {}));
            }
        }
    }

private:
    Hand hand_;
    std::vector<Slab> slabs_;  // by loop
};

}  // namespace weft::node

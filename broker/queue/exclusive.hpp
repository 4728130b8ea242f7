#pragma once

#include "broker/queue/message.hpp"

#include <optional>
#include <set>

namespace weft::queue {

/// Who alone gets messages, if anybody: of those that want to be alone the one that came first; of
/// a queue that is exclusive all want that. The others wait; what they have they keep.
///
/// Threading: loop-confined (its queue's).
class Exclusive {
public:
    explicit Exclusive(bool all) : all_want_{all} {}

    void attach(ConsumerId id, bool wants) {
        consumers_.insert(id);
        if (wants) {
            wanting_.insert(id);
        }
    }
    void detach(ConsumerId id) {
        consumers_.erase(id);
        wanting_.erase(id);
    }
    void change(bool all) { all_want_ = all; }

    /// Nothing: all get messages. Ids rise, so the first came first.
    std::optional<ConsumerId> alone() const {
        const std::set<ConsumerId>& candidates = all_want_ ? consumers_ : wanting_;
        return candidates.empty() ? std::nullopt : std::optional{*candidates.begin()};
    }
    bool admits(ConsumerId id) const { return alone().value_or(id) == id; }

private:
    bool all_want_;
    std::set<ConsumerId> consumers_;
    std::set<ConsumerId> wanting_;
};

}  // namespace weft::queue

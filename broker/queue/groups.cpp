#include "broker/queue/groups.hpp"

#include "common/base/assert.hpp"

namespace weft::queue {

bool Groups::admits(std::string_view group, ConsumerId consumer) const {
    if (group.empty()) {
        return true;
    }
    const auto owner = owners_.find(group);
    return owner == owners_.end() || owner->second.consumer == consumer;
}

void Groups::acquire(const std::string& group, ConsumerId consumer) {
    if (group.empty()) {
        return;
    }
    const auto [owner, made] = owners_.try_emplace(group, Owner{.consumer = consumer});
    WEFT_CHECK(owner->second.consumer == consumer);
    if (made) {
        of_[consumer].insert(group);
    } else if (owner->second.unsettled == 0) {
        kept_.erase(owner->second.kept);
    }
    ++owner->second.unsettled;
}

bool Groups::settle(std::string_view group) {
    if (group.empty()) {
        return false;
    }
    const auto owner = owners_.find(group);
    WEFT_CHECK(owner != owners_.end() && owner->second.unsettled > 0);
    if (--owner->second.unsettled > 0) {
        return false;
    }
    if (!of_.contains(owner->second.consumer)) {
        owners_.erase(owner);
        return true;
    }
    owner->second.kept = kept_.insert(kept_.end(), owner->first);
    if (kept_.size() > max_) {
        free(owners_.find(kept_.front()));
    }
    return false;
}

/// Nothing of it is unsettled.
void Groups::free(Owners::iterator owner) {
    kept_.erase(owner->second.kept);
    const auto of = of_.find(owner->second.consumer);
    of->second.erase(owner->first);
    if (of->second.empty()) {
        of_.erase(of);
    }
    owners_.erase(owner);
}

bool Groups::leave(ConsumerId consumer) {
    const auto of = of_.extract(consumer);
    if (!of) {
        return false;
    }
    for (const std::string& group : of.mapped()) {
        const auto owner = owners_.find(group);
        if (owner->second.unsettled == 0) {
            kept_.erase(owner->second.kept);
            owners_.erase(owner);
        }
    }
    return true;
}

}  // namespace weft::queue

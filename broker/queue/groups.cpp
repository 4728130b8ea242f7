#include "broker/queue/groups.hpp"

#include "common/base/assert.hpp"

namespace weft::queue {

std::optional<ConsumerId> Groups::owner_of(std::string_view group) const {
    const auto owner = group.empty() ? owners_.end() : owners_.find(group);
    return owner == owners_.end() ? std::nullopt : std::optional{owner->second.consumer};
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

std::string Groups::settle(std::string_view group) {
    if (group.empty()) {
        return {};
    }
    const auto owner = owners_.find(group);
    WEFT_CHECK(owner != owners_.end() && owner->second.unsettled > 0);
    if (--owner->second.unsettled > 0) {
        return {};
    }
    if (!of_.contains(owner->second.consumer)) {
        owners_.erase(owner);
        return std::string{group};
    }
    owner->second.kept = kept_.insert(kept_.end(), owner->first);
    return kept_.size() > max_ ? free(owners_.find(kept_.front())) : std::string{};
}

/// Nothing of it is unsettled.
std::string Groups::free(Owners::iterator owner) {
    kept_.erase(owner->second.kept);
    const auto of = of_.find(owner->second.consumer);
    of->second.erase(owner->first);
    if (of->second.empty()) {
        of_.erase(of);
    }
    return std::move(owners_.extract(owner).key());
}

std::vector<std::string> Groups::leave(ConsumerId consumer) {
    std::vector<std::string> freed;
    const auto of = of_.extract(consumer);
    if (!of) {
        return freed;
    }
    for (const std::string& group : of.mapped()) {
        const auto owner = owners_.find(group);
        if (owner->second.unsettled == 0) {
            kept_.erase(owner->second.kept);
            owners_.erase(owner);
            freed.push_back(group);
        }
    }
    return freed;
}

}  // namespace weft::queue

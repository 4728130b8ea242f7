#include "broker/queue/fences.hpp"

namespace weft::queue {

Passage pass(const Fence* known, const Fence* write) {
    if (known == nullptr) {
        return Passage::free;
    }
    if (write == nullptr || write->epoch < known->epoch) {
        return Passage::barred;
    }
    if (write->epoch > known->epoch) {
        return Passage::free;
    }
    if (write->owner != known->owner || write->sequence < known->sequence) {
        return Passage::barred;
    }
    return write->sequence == known->sequence ? Passage::again : Passage::free;
}

// --- stored ----------------------------------------------------------------------------------

KeptFences::Kept KeptFences::keep(const SharedFence& fence) {
    if (!fence) {
        return {};
    }
    const auto [owner, made] = owners_.try_emplace(fence->owner, 0);
    ++owner->second;
    bytes_ += made ? kBytesEach + owner->first.size() : 0;
    return {.epoch = fence->epoch, .sequence = fence->sequence, .owner = &*owner};
}

void KeptFences::forget(const Kept& kept) {
    if (kept.owner == nullptr) {
        return;
    }
    const auto owner = owners_.find(kept.owner->first);
    if (--owner->second == 0) {
        bytes_ -= kBytesEach + owner->first.size();
        owners_.erase(owner);
    }
}

SharedFence KeptFences::fence_of(const Kept& kept) {
    return kept.owner == nullptr
               ? nullptr
               : std::make_shared<const Fence>(Fence{
                     .epoch = kept.epoch, .owner = kept.owner->first, .sequence = kept.sequence});
}

// --- on their way ----------------------------------------------------------------------------

void ComingFences::add(MessageId id, std::string_view key, const SharedFence& fence) {
    const auto known = coming_.find(key);
    if (known != coming_.end()) {
        known->second = {.id = id, .fence = fence};
    } else if (fence) {
        coming_.emplace(key, Coming{.id = id, .fence = fence});
    }
}

void ComingFences::remove(MessageId id, std::string_view key) {
    const auto known = coming_.find(key);
    if (known != coming_.end() && known->second.id == id) {
        coming_.erase(known);
    }
}

const SharedFence* ComingFences::find(std::string_view key) const {
    const auto known = coming_.find(key);
    return known == coming_.end() ? nullptr : &known->second.fence;
}

}  // namespace weft::queue

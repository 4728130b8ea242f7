#include "broker/node/shared_entries.hpp"

#include <utility>

namespace weft::broker {

std::shared_ptr<const QueueEntry> SharedEntries::share(QueueEntry entry) {
    for (const auto& recent : recent_) {
        if (auto known = recent.lock(); known && *known == entry) {
            return known;
        }
    }
    auto made = std::make_shared<const QueueEntry>(std::move(entry));
    recent_[next_++ % kRecentMax] = made;
    return made;
}

}  // namespace weft::broker

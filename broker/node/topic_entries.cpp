#include "broker/node/topic_entries.hpp"

#include "broker/topic/filter.hpp"
#include "common/base/conditions.hpp"

#include <utility>

namespace weft::broker {

Result<TopicEntries::Hold> TopicEntries::hold(std::string_view address) {
    if (const auto known = topics_.find(address); known != topics_.end()) {
        return known->second.lock();
    }
    if (address.empty() || address.size() > topic::kNameBytesMax) {
        return fail(kInvalidField, "a topic's name or filter has 1 to " +
                                       std::to_string(topic::kNameBytesMax) + " bytes, not " +
                                       std::to_string(address.size()));
    }
    if (topics_.size() >= kTopicsMax) {
        return fail(kResourceLimitExceeded,
                    "links and subscriptions to " + std::to_string(kTopicsMax) +
                        " topics are there, as many as there may be: close some");
    }
    // A name that was forgotten may be held anew meanwhile: then it is another one's.
    const auto let_go = [this](Topic* topic) {
        const std::unique_ptr<Topic> gone{topic};
        const auto known = topics_.find(topic->address);
        if (known != topics_.end() && known->second.expired()) {
            topics_.erase(known);
        }
    };
    Hold made{new Topic{.address = std::string{address}}, let_go};
    topics_.emplace(address, made);
    return made;
}

const TopicEntries::Topic* TopicEntries::find(std::string_view address) const {
    const auto known = topics_.find(address);
    return known == topics_.end() ? nullptr : known->second.lock().get();
}

void TopicEntries::forget(std::string_view address) {
    if (const auto known = topics_.find(address); known != topics_.end()) {
        topics_.erase(known);
    }
}

}  // namespace weft::broker

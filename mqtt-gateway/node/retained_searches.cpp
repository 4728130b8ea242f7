#include "mqtt-gateway/node/retained_searches.hpp"

#include <algorithm>
#include <utility>

namespace weft::gateway {

void RetainedSearches::add(DeviceId device,
                           session::SubscriptionNumber subscription,
                           const std::string& filter) {
    std::deque<Search>& open = all_[device].open;
    std::erase_if(open, [&](const Search& each) { return each.subscription == subscription; });
    open.push_back({.subscription = subscription, .search = {.filter = filter}});
    resume(device);
}

void RetainedSearches::resume(DeviceId device) {
    if (all_.empty()) {
        return;  // as a rule
    }
    const auto found = all_.find(device);
    if (found != all_.end() && !std::exchange(found->second.in_line, true)) {
        line_.push_back(device);
    }
}

void RetainedSearches::step(std::size_t topics_max) {
    const DeviceId device = line_.front();
    line_.pop_front();
    const auto found = all_.find(device);
    if (found == all_.end()) {
        return;
    }
    std::deque<Search>& open = found->second.open;
    std::size_t topics = 0;
    for (; topics < topics_max && !open.empty() && user_.can_take(device); ++topics) {
        if (!look(device, open.front())) {
            const session::SubscriptionNumber done = open.front().subscription;
            open.pop_front();
            user_.over(device, done);
        }
    }
    found->second.in_line = false;
    if (open.empty()) {
        all_.erase(found);
    } else if (topics == topics_max) {
        resume(device);  // behind the others
    }
}

/// At one topic. False: the search is over.
bool RetainedSearches::look(DeviceId device, Search& search) {
    found_.clear();
    retained_.match(search.search, 1, found_);
    for (const mqtt_mapping::SharedMessage& message : found_) {
        if (!user_.give(device, search.subscription, message)) {
            return false;
        }
    }
    return !search.search.done;
}

}  // namespace weft::gateway

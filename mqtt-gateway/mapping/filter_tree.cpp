#include "mqtt-gateway/mapping/filter_tree.hpp"

#include "mqtt-gateway/codec/topic.hpp"

#include <algorithm>
#include <utility>

namespace weft::mqtt_mapping {
namespace {

constexpr std::size_t kLooked = 16;  // so many subscribers are looked through without a table

std::uint32_t raw(SubscriberId id) {
    return static_cast<std::uint32_t>(id);
}

}  // namespace

std::size_t FilterEntry::place_of(SubscriberId id) const {
    if (places_.empty()) {
        const auto found = std::ranges::find(subscribers_, id, &Subscriber::id);
        return static_cast<std::size_t>(found - subscribers_.begin());
    }
    const auto found = places_.find(raw(id));
    return found == places_.end() ? subscribers_.size() : found->second;
}

void FilterEntry::add(const Subscriber& subscriber) {
    subscribers_.push_back(subscriber);
    if (!places_.empty()) {
        places_[raw(subscriber.id)] = static_cast<std::uint32_t>(subscribers_.size() - 1);
    } else if (subscribers_.size() > kLooked) {
        for (std::size_t i = 0; i < subscribers_.size(); ++i) {
            places_[raw(subscribers_[i].id)] = static_cast<std::uint32_t>(i);
        }
    }
}

/// The last one takes its place.
void FilterEntry::remove(std::size_t place) {
    if (!places_.empty()) {
        places_.erase(raw(subscribers_[place].id));
        if (place + 1 < subscribers_.size()) {
            places_[raw(subscribers_.back().id)] = static_cast<std::uint32_t>(place);
        }
    }
    subscribers_[place] = subscribers_.back();
    subscribers_.pop_back();
}

FilterTree::Change FilterTree::add(std::string_view filter, const Subscriber& subscriber) {
    const auto found = entries_.find(filter);
    if (found != entries_.end()) {
        FilterEntry& entry = *found->second;
        const std::size_t place = entry.place_of(subscriber.id);
        if (place < entry.subscribers_.size()) {
            entry.subscribers_[place] = subscriber;
            return Change::replaced;
        }
        entry.add(subscriber);
        ++subscriptions_;
        return Change::one_more;
    }
    auto entry = std::make_unique<FilterEntry>();
    entry->filter_ = filter;
    const mqtt::TopicFilter parts = mqtt::split(entry->filter_);
    entry->shared_ = parts.shared();
    entry->add(subscriber);
    tree_.add(parts.filter, *entry);
    const std::string_view key = entry->filter_;
    entries_.emplace(key, std::move(entry));
    ++subscriptions_;
    return Change::first;
}

FilterTree::Change FilterTree::remove(std::string_view filter, SubscriberId subscriber) {
    const auto found = entries_.find(filter);
    if (found == entries_.end()) {
        return Change::nothing;
    }
    FilterEntry& entry = *found->second;
    const std::size_t place = entry.place_of(subscriber);
    if (place == entry.subscribers_.size()) {
        return Change::nothing;
    }
    entry.remove(place);
    --subscriptions_;
    if (!entry.subscribers_.empty()) {
        return Change::one_less;
    }
    tree_.remove(mqtt::split(entry.filter_).filter, entry);
    const std::unique_ptr<FilterEntry> gone = std::move(found->second);  // the key views it
    entries_.erase(found);
    return Change::last;
}

const FilterEntry* FilterTree::find(std::string_view filter) const {
    const auto found = entries_.find(filter);
    return found == entries_.end() ? nullptr : found->second.get();
}

void FilterTree::match(std::string_view topic, Matches& found) const {
    found.clear();
    matched_.clear();
    const bool hidden = topic.starts_with('$');
    tree_.match(topic, matched_, hidden ? keys::First::itself : keys::First::anything);
    bool several = false;
    for (FilterEntry* entry : matched_) {
        if (entry->shared_) {
            found.shared.push_back(entry);
            continue;
        }
        several = several || !found.plain.empty();
        found.plain.insert(found.plain.end(), entry->subscribers_.begin(),
                           entry->subscribers_.end());
    }
    if (several) {
        std::ranges::sort(found.plain, {}, &Subscriber::id);
    }
}

}  // namespace weft::mqtt_mapping

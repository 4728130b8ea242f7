#include "mqtt-gateway/mapping/retained.hpp"

#include "common/keys/key.hpp"

#include <algorithm>

namespace weft::mqtt_mapping {
namespace {

constexpr char kLow = '\0';          // stands for '/' in keys
constexpr char kBehindLow = '\x01';  // behind all that is below a topic

std::string key_of(std::string_view topic) {
    std::string key{topic};
    std::ranges::replace(key, '/', kLow);
    return key;
}

/// What a topic is to a filter.
struct Look {
    bool matches = false;
    bool over = false;     // nor does any behind it match
    std::string target{};  // the next one that may match is not before this; empty: the next one
};

/// Where what is behind all topics that begin with these levels begins.
Look behind(std::string_view levels) {
    return {.target = std::string{levels} + kBehindLow};
}

/// The levels of a key, in front of the level that begins `rest`, whose end is known.
std::string_view before(std::string_view key, std::string_view rest) {
    const std::size_t size = key.size() - rest.size();
    return key.substr(0, size == 0 ? 0 : size - 1);
}

std::string joined(std::string_view levels, bool first, std::string_view level) {
    std::string key{levels};
    if (!first) {
        key += kLow;
    }
    return key.append(level);
}

Look look_at(std::string_view key, std::string_view filter) {
    std::string_view topic = key;
    bool topic_ended = false;
    bool filter_ended = false;
    for (bool first = true;; first = false) {
        const std::string_view levels = before(key, topic);
        const std::string_view wanted = keys::take_word(filter, '/', filter_ended);
        const bool hidden = first && key.starts_with('$');
        if (wanted == keys::kManyWords && !hidden) {
            return {.matches = true};
        }
        if (topic_ended) {  // the filter goes on
            return wanted == "+" ? Look{} : Look{.target = joined(key, false, wanted)};
        }
        const std::string_view level = keys::take_word(topic, kLow, topic_ended);
        const std::string_view with_level = topic_ended ? key : before(key, topic);
        const bool wild = wanted == "+" || wanted == keys::kManyWords;
        if (wild && hidden) {
            return behind(with_level);
        }
        if (!wild && level != wanted) {
            return level < wanted ? Look{.target = joined(levels, first, wanted)}
                                  : (first ? Look{.over = true} : behind(levels));
        }
        if (filter_ended) {
            return topic_ended ? Look{.matches = true} : behind(with_level);
        }
    }
}

}  // namespace

Retained::Kept Retained::keep(SharedMessage message) {
    const mqtt::Publish publish = message->publish();
    if (publish.payload.empty()) {
        return remove(publish.topic) ? Kept::removed : Kept::nothing;
    }
    std::string key = key_of(publish.topic);
    const auto there = messages_.find(key);
    const bool known = there != messages_.end();
    const std::size_t size = key.size() + message->size();
    const std::size_t freed = known ? key.size() + there->second->size() : 0;
    if (!known && messages_.size() >= limits_.messages_max) {
        return Kept::refused_number;
    }
    if (bytes_ - freed + size > limits_.bytes_max) {
        return Kept::refused_bytes;
    }
    if (known) {
        forget(there);
    }
    const WallTime expires = message->expires();
    const auto added = messages_.emplace(std::move(key), std::move(message)).first;
    if (expires != kForever) {
        ages_.emplace(expires, &added->first);
    }
    bytes_ += size;
    return known ? Kept::replaced : Kept::added;
}

bool Retained::remove(std::string_view topic) {
    const auto there = messages_.find(key_of(topic));
    if (there == messages_.end()) {
        return false;
    }
    forget(there);
    return true;
}

void Retained::forget(Messages::iterator at) {
    bytes_ -= at->first.size() + at->second->size();
    ages_.erase({at->second->expires(), &at->first});
    messages_.erase(at);
}

void Retained::append_topics(std::vector<std::string>& topics) const {
    topics.reserve(topics.size() + messages_.size());
    for (const auto& [key, message] : messages_) {
        topics.emplace_back(message->publish().topic);
    }
}

SharedMessage Retained::find(std::string_view topic) const {
    const auto there = messages_.find(key_of(topic));
    return there == messages_.end() ? nullptr : there->second;
}

void Retained::match(Search& search,
                     std::size_t steps_max,
                     std::vector<SharedMessage>& found) const {
    auto at = messages_.lower_bound(search.position);
    for (std::size_t steps = 0; at != messages_.end(); ++steps) {
        if (steps == steps_max) {
            search.position = at->first;
            return;
        }
        ++steps_;
        const Look look = look_at(at->first, search.filter);
        if (look.over) {
            break;
        }
        if (look.matches) {
            found.push_back(at->second);
        }
        if (look.target.empty()) {
            ++at;
        } else {
            at = messages_.lower_bound(look.target);
        }
    }
    search.done = true;
}

void Retained::expire(WallTime now, std::size_t most, std::vector<std::string>& gone) {
    for (; most > 0 && deadline() <= now; --most) {
        const auto there = messages_.find(*ages_.begin()->second);
        gone.emplace_back(there->second->publish().topic);
        forget(there);
    }
}

}  // namespace weft::mqtt_mapping

#pragma once

#include "mqtt-gateway/mapping/kept_message.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::mqtt_mapping {

/// The retained messages: one of each topic.
///
///   R1  `bytes` is the sum over all, topics included; neither it nor their number passes a limit
///   R2  a search goes on where it stopped, whatever came and went meanwhile: each topic that was
///       there all the time is found once
///   R3  what a search costs is the topics that match the filter level by level so far, and a
///       logarithm, not what there is
///
/// Threading: loop-confined. Spec: MQTT 5 §3.3.1.3
class Retained {
public:
    struct Limits {
        std::size_t messages_max = 100'000;
        std::size_t bytes_max = std::size_t{64} * 1024 * 1024;
    };
    enum class Kept : std::uint8_t {
        added,
        replaced,
        removed,         // it had no payload
        nothing,         // the same, and none was there
        refused_number,  // the limit; what was there is as it was
        refused_bytes,
    };
    /// A search under way.
    struct Search {
        std::string filter{};    // no fault, not shared
        std::string position{};  // topics before it are done; empty: none is
        bool done = false;
    };

    explicit Retained(Limits limits) : limits_{limits} {}
    Retained(Retained&&) = default;
    Retained& operator=(Retained&&) = default;

    /// By the message's topic and payload.
    Kept keep(SharedMessage message);
    /// False: there is none.
    bool remove(std::string_view topic);
    /// Appends the topics of all.
    void append_topics(std::vector<std::string>& topics) const;
    /// Null: there is none.
    SharedMessage find(std::string_view topic) const;

    /// Appends what matches, looking at `steps_max` topics at most; then `search.done`, or call it
    /// again. What has expired is there until `expire` removes it: ask its time.
    void match(Search& search, std::size_t steps_max, std::vector<SharedMessage>& found) const;

    /// Removes up to `most` that have expired and appends their topics.
    void expire(WallTime now, std::size_t most, std::vector<std::string>& gone);
    /// When `expire` has something to do; kForever: never.
    WallTime deadline() const { return ages_.empty() ? kForever : ages_.begin()->first; }

    std::size_t size() const { return messages_.size(); }
    std::size_t bytes() const { return bytes_; }
    /// Topics that searches have looked at, ever.
    std::uint64_t steps() const { return steps_; }

private:
    // Keys are topics in which '/' is the lowest character, so that what is below a topic follows
    // it directly: with U+0000, which no topic has, in its place.
    using Messages = std::map<std::string, SharedMessage, std::less<>>;

    void forget(Messages::iterator at);

    Limits limits_;
    Messages messages_;
    std::set<std::pair<WallTime, const std::string*>> ages_;  // of those that expire
    std::size_t bytes_ = 0;                                   // R1
    mutable std::uint64_t steps_ = 0;
};

}  // namespace weft::mqtt_mapping

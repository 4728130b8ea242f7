#pragma once

#include "mqtt-gateway/mapping/retained.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace weft::gateway {

/// Retained messages that a gateway's store has from a time before it shared a queue, on their way
/// there. Each is in the store until the queue has it, or something younger for its topic.
///
///   in the store ──moves──▶ sent ──the queue has it──▶ to be removed from the store
///        │                   └──refused──▶ stays in the store, for the next start
///        └── the queue has the topic, or devices here publish it anew ──▶ to be removed
///
/// Threading: not shared (a value).
class RetainedMove {
public:
    explicit RetainedMove(const std::vector<mqtt_mapping::SharedMessage>& known);

    /// A device published to the topic since: what it says counts, also if it clears the topic.
    void overtake(std::string_view topic);
    /// Those that are to be sent: the queue has nothing of theirs, and nobody was faster. Once.
    std::vector<mqtt_mapping::SharedMessage> take(const mqtt_mapping::Retained& queue);
    /// The queue does not take what was sent to it for the topic.
    void refuse(std::string_view topic);
    /// All that was sent is decided: topics that are to be removed from the store.
    std::vector<std::string> over() const;

private:
    enum class Life : std::uint8_t { in_store, sent, refused, over };
    struct Row {
        mqtt_mapping::SharedMessage message{};  // while it is in the store alone
        Life life = Life::in_store;
    };

    std::map<std::string, Row, std::less<>> rows_;
};

}  // namespace weft::gateway

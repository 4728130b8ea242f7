#pragma once

#include "common/base/bytes.hpp"
#include "mqtt-gateway/codec/reason.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

/// What a device hears of its PUBLISH (QoS 1 and 2) or SUBSCRIBE when the mesh has spoken.
/// Threading: any thread (no state).
namespace weft::mqtt_mapping {

/// What the mesh said of a message.
enum class Answer : std::uint8_t {
    open,  // nothing that ends it
    accepted,
    no_consumer,    // released, or modified: nobody takes it now
    undeliverable,  // modified, undeliverable-here
    rejected,
};
struct Outcome {
    Answer answer = Answer::open;
    std::string_view condition{};  // of rejected; a view of the state
};
/// `state`: an encoded delivery state.
[[nodiscard]] Outcome read_outcome(Bytes state) noexcept;
/// Of a row that was rejected: the epoch of the fence that bars it; none: that was not the reason.
[[nodiscard]] std::optional<std::uint64_t> fence_epoch(Bytes state) noexcept;

/// What a condition of the mesh is in MQTT: of a rejected message, and of a link that was refused.
/// Message-size errors are `quota exceeded`, for no acknowledgement can say `packet too large`.
/// Spec: MQTT 5 §3.4.2.1, §3.5.2.1
[[nodiscard]] mqtt::Reason publish_reason(std::string_view condition) noexcept;
[[nodiscard]] mqtt::Reason subscribe_reason(std::string_view condition) noexcept;

}  // namespace weft::mqtt_mapping

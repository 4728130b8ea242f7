#pragma once

#include "common/base/bytes.hpp"
#include "mqtt-gateway/codec/entries.hpp"
#include "mqtt-gateway/codec/reason.hpp"
#include "mqtt-gateway/codec/version.hpp"
#include "mqtt-gateway/mapping/address_space.hpp"

#include <cstdint>
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

/// What happens to a device of MQTT 3.1 or 3.1.1, which can be told success only.
enum class OldDevice : std::uint8_t {
    close,        // it sends again once it is back
    acknowledge,  // as if it had been taken
    hold          // the message is tried again, for as long as the device is there
};
struct OutcomeOptions {
    OldDevice on_no_consumer = OldDevice::close;  // once it was held for the publish-timeout
    OldDevice on_reject = OldDevice::close;       // `hold` is none
};

/// What to do now.
enum class Act : std::uint8_t {
    wait,         // for an outcome
    acknowledge,  // PUBACK or PUBREC with `reason`
    hold,         // try again later, until the publish-timeout
    close         // without an acknowledgement
};
struct Verdict {
    Act act = Act::wait;
    mqtt::Reason reason = mqtt::Reason::success;

    bool operator==(const Verdict&) const = default;
};

/// `held_out`: the publish-timeout is over. Message-size errors are `quota exceeded`, for no
/// acknowledgement can say `packet too large`. Spec: MQTT 5 §3.4.2.1, §3.5.2.1
[[nodiscard]] Verdict verdict_of(const Outcome& outcome,
                                 AddressType type,
                                 mqtt::Version version,
                                 const OutcomeOptions& options,
                                 bool held_out) noexcept;

/// What a condition of the mesh is in MQTT: of a rejected message, and of a link that was refused.
[[nodiscard]] mqtt::Reason publish_reason(std::string_view condition) noexcept;
[[nodiscard]] mqtt::Reason subscribe_reason(std::string_view condition) noexcept;

/// The QoS that a subscription gets of what it asks for: a persistent one of a multicast address
/// gets 0, for nobody keeps its messages meanwhile.
[[nodiscard]] mqtt::Qos granted(mqtt::Qos asked, AddressType type, bool persistent) noexcept;

}  // namespace weft::mqtt_mapping

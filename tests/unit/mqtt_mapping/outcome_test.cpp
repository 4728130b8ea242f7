#include "mqtt-gateway/mapping/outcome.hpp"

#include "common/base/conditions.hpp"
#include "common/wire/delivery_state.hpp"
#include "tests/unit/mqtt_mapping/spaces.hpp"

namespace weft::mqtt_mapping {
namespace {

using mqtt::Version;

constexpr OutcomeOptions kDefaults{};

/// Spec: AMQP 1.0 §3.4.5
Buffer modified(bool failed, bool undeliverable) {
    Buffer out;
    wire::Writer writer{out};
    const auto list = writer.begin_described_list(0x27);
    writer.boolean(failed);
    writer.boolean(undeliverable);
    writer.end_shortest(list);
    return out;
}

Verdict verdict(Bytes state,
                AddressType type,
                Version version = Version::v5,
                bool held_out = false,
                const OutcomeOptions& options = kDefaults) {
    return verdict_of(read_outcome(state), type, version, options, held_out);
}

constexpr Verdict kAck{.act = Act::acknowledge};
constexpr Verdict kHold{.act = Act::hold};

Verdict ack(Reason reason) {
    return {.act = Act::acknowledge, .reason = reason};
}
Verdict closed(Reason reason) {
    return {.act = Act::close, .reason = reason};
}

}  // namespace

TEST_SUITE_BEGIN("mqtt outcomes");

TEST_CASE("accepted, and what is no outcome") {
    for (const Version version : {Version::v3_1, Version::v3_1_1, Version::v5}) {
        CHECK(verdict(wire::kAccepted, AddressType::queue, version) == kAck);
        CHECK(verdict(wire::kReceived, AddressType::queue, version).act == Act::wait);
        CHECK(verdict({}, AddressType::queue, version).act == Act::wait);
    }
}

TEST_CASE("nobody listens to a multicast address: taken, and said so") {
    for (const AddressType type : {AddressType::multicast, AddressType::topic}) {
        CHECK(verdict(wire::kReleased, type) == ack(Reason::no_matching_subscribers));
        CHECK(verdict(wire::kReleased, type, Version::v3_1_1).act == Act::acknowledge);
    }
}

TEST_CASE("no consumer now: held, then refused") {
    for (const AddressType type : {AddressType::anycast, AddressType::queue}) {
        for (const Bytes state : {wire::kReleased, wire::kModifiedFailed}) {
            CHECK(verdict(state, type) == kHold);
            CHECK(verdict(state, type, Version::v3_1) == kHold);
            CHECK(verdict(state, type, Version::v5, true) == ack(Reason::quota_exceeded));
            CHECK(verdict(state, type, Version::v3_1_1, true) == closed(Reason::quota_exceeded));
        }
    }
    const auto held = [](OldDevice choice) {
        return verdict(wire::kReleased, AddressType::anycast, Version::v3_1_1, true,
                       {.on_no_consumer = choice});
    };
    CHECK(held(OldDevice::acknowledge) == kAck);
    CHECK(held(OldDevice::hold) == kHold);
}

TEST_CASE("undeliverable here") {
    const Buffer state = modified(true, true);
    CHECK(verdict(state, AddressType::topic) == ack(Reason::implementation_specific_error));
    CHECK(verdict(state, AddressType::topic, Version::v3_1_1) ==
          closed(Reason::implementation_specific_error));
    CHECK(verdict(state, AddressType::topic, Version::v3_1_1, false,
                  {.on_reject = OldDevice::acknowledge}) == kAck);
    CHECK(verdict(modified(false, false), AddressType::anycast) == kHold);
}

TEST_CASE("rejected, by condition") {
    const std::pair<std::string_view, Reason> table[] = {
        {kUnauthorizedAccess, Reason::not_authorized},
        {kNotAllowed, Reason::not_authorized},
        {kNotFound, Reason::topic_name_invalid},
        {kMessageSizeExceeded, Reason::quota_exceeded},
        {kResourceLimitExceeded, Reason::quota_exceeded},
        {kPreconditionFailed, Reason::payload_format_invalid},
        {kDecodeError, Reason::payload_format_invalid},
        {kInternalError, Reason::implementation_specific_error},
        {"", Reason::implementation_specific_error},
    };
    for (const auto& [condition, reason] : table) {
        const Buffer state = wire::rejected(condition, "why");
        CHECK(verdict(state, AddressType::queue) == ack(reason));
        CHECK(verdict(state, AddressType::queue, Version::v3_1_1) == closed(reason));
        CHECK(verdict(state, AddressType::queue, Version::v3_1_1, false,
                      {.on_reject = OldDevice::acknowledge}) == kAck);
        CHECK(mqtt::may_carry(mqtt::PacketType::puback, reason));
        CHECK(mqtt::may_carry(mqtt::PacketType::pubrec, reason));
    }
    const Buffer bare{0x00, 0x53, 0x25, 0x45};  // without an error
    CHECK(verdict(bare, AddressType::queue) == ack(Reason::implementation_specific_error));
}

TEST_CASE("links that are refused") {
    CHECK(subscribe_reason(kNotFound) == Reason::unspecified_error);
    CHECK(subscribe_reason(kUnauthorizedAccess) == Reason::not_authorized);
    CHECK(subscribe_reason(kResourceLimitExceeded) == Reason::quota_exceeded);
    CHECK(subscribe_reason(kInvalidField) == Reason::topic_filter_invalid);
    CHECK(subscribe_reason(kNotImplemented) == Reason::implementation_specific_error);
    for (const std::string_view condition :
         {kNotFound, kUnauthorizedAccess, kInvalidField, kStolen, kResourceLimitExceeded}) {
        CHECK(mqtt::may_carry(mqtt::PacketType::suback, subscribe_reason(condition)));
    }
}

TEST_CASE("a persistent subscription of a multicast address gets QoS 0") {
    CHECK(granted(Qos::exactly_once, AddressType::multicast, true) == Qos::at_most_once);
    CHECK(granted(Qos::exactly_once, AddressType::multicast, false) == Qos::exactly_once);
    CHECK(granted(Qos::at_least_once, AddressType::topic, true) == Qos::at_least_once);
}

TEST_SUITE_END();

}  // namespace weft::mqtt_mapping

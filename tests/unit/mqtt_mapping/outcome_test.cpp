#include "mqtt-gateway/mapping/outcome.hpp"

#include "common/base/conditions.hpp"
#include "common/wire/delivery_state.hpp"
#include "common/wire/value.hpp"
#include "tests/unit/mqtt_mapping/spaces.hpp"

namespace weft::mqtt_mapping {
namespace {

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

Answer answer_of(Bytes state) {
    return read_outcome(state).answer;
}

/// A fence bars it, as a broker says so.
Buffer barred(std::string_view condition, const wire::Value& info) {
    Buffer map;
    wire::encode(map, info);
    Buffer out;
    wire::Writer writer{out};
    const auto list = writer.begin_described_list(0x25);
    wire::write_error(writer, condition, "why", map);
    writer.end_shortest(list);
    return out;
}

}  // namespace

TEST_SUITE_BEGIN("mqtt outcomes");

TEST_CASE("what the mesh says of a message") {
    CHECK(answer_of(wire::kAccepted) == Answer::accepted);
    CHECK(answer_of(wire::kReceived) == Answer::open);
    CHECK(answer_of({}) == Answer::open);
    CHECK(answer_of(wire::kReleased) == Answer::no_consumer);
    CHECK(answer_of(wire::kModifiedFailed) == Answer::no_consumer);
    CHECK(answer_of(modified(false, false)) == Answer::no_consumer);
    CHECK(answer_of(modified(true, true)) == Answer::undeliverable);
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
        const Outcome outcome = read_outcome(state);
        CHECK(outcome.answer == Answer::rejected);
        CHECK(outcome.condition == condition);
        CHECK(publish_reason(outcome.condition) == reason);
        CHECK(mqtt::may_carry(mqtt::PacketType::puback, reason));
        CHECK(mqtt::may_carry(mqtt::PacketType::pubrec, reason));
    }
    const Buffer bare{0x00, 0x53, 0x25, 0x45};  // without an error
    CHECK(answer_of(bare) == Answer::rejected);
    CHECK(read_outcome(bare).condition.empty());
}

TEST_CASE("the fence that bars a row") {
    const wire::Map fence{{wire::Symbol{"owner"}, "gw2"},
                          {wire::Symbol{"epoch"}, std::uint64_t{77}},
                          {wire::Symbol{"sequence"}, std::uint64_t{0}}};
    CHECK(fence_epoch(barred(kPreconditionFailed, fence)) == 77);
    CHECK_FALSE(fence_epoch(barred(kResourceLimitExceeded, fence)));
    CHECK_FALSE(fence_epoch(barred(kPreconditionFailed, wire::Map{{wire::Symbol{"epoch"}, "x"}})));
    CHECK_FALSE(fence_epoch(barred(kPreconditionFailed, wire::Map{})));
    CHECK_FALSE(fence_epoch(wire::rejected(kPreconditionFailed, "without info")));
    CHECK_FALSE(fence_epoch(wire::kAccepted));
    CHECK_FALSE(fence_epoch({}));
}

TEST_CASE("links that are refused") {
    CHECK(subscribe_reason(kNotFound) == Reason::unspecified_error);
    CHECK(subscribe_reason(kUnauthorizedAccess) == Reason::not_authorized);
    CHECK(subscribe_reason(kResourceLimitExceeded) == Reason::quota_exceeded);
    CHECK(subscribe_reason(kInvalidField) == Reason::topic_filter_invalid);
    CHECK(subscribe_reason(kNotImplemented) == Reason::wildcard_subscriptions_not_supported);
    for (const std::string_view condition : {kNotFound, kUnauthorizedAccess, kInvalidField, kStolen,
                                             kResourceLimitExceeded, kNotImplemented}) {
        CHECK(mqtt::may_carry(mqtt::PacketType::suback, subscribe_reason(condition)));
    }
}

TEST_SUITE_END();

}  // namespace weft::mqtt_mapping

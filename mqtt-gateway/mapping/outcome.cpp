#include "mqtt-gateway/mapping/outcome.hpp"

#include "common/base/conditions.hpp"
#include "common/wire/delivery_state.hpp"
#include "common/wire/reader.hpp"

namespace weft::mqtt_mapping {
namespace {

using mqtt::Reason;
using wire::Reader;

/// Spec: AMQP 1.0 §3.4.5
Answer modified_answer(Bytes state) noexcept {
    std::uint64_t descriptor = 0;
    Reader fields = Reader{state}.described_list(descriptor);
    static_cast<void>(fields.boolean());  // delivery-failed
    return fields.boolean().value_or(false) ? Answer::undeliverable : Answer::no_consumer;
}

/// Spec: AMQP 1.0 §3.4.3
std::string_view rejected_condition(Bytes state) noexcept {
    std::uint64_t descriptor = 0;
    Reader fields = Reader{state}.described_list(descriptor);
    if (fields.peek() != wire::Code::described) {
        return {};
    }
    Reader error = fields.described_list(descriptor);
    return error.symbol().value_or("");
}

}  // namespace

Outcome read_outcome(Bytes state) noexcept {
    switch (wire::outcome_of(state)) {
        case wire::Outcome::accepted:
            return {.answer = Answer::accepted};
        case wire::Outcome::released:
            return {.answer = Answer::no_consumer};
        case wire::Outcome::modified:
            return {.answer = modified_answer(state)};
        case wire::Outcome::rejected:
            return {.answer = Answer::rejected, .condition = rejected_condition(state)};
        case wire::Outcome::none:
        case wire::Outcome::received:
        case wire::Outcome::declared:
        case wire::Outcome::transactional:
            break;
    }
    return {};
}

std::optional<std::uint64_t> fence_epoch(Bytes state) noexcept {
    if (read_outcome(state).condition != kPreconditionFailed) {
        return std::nullopt;
    }
    std::uint64_t descriptor = 0;
    Reader error = Reader{state}.described_list(descriptor).described_list(descriptor);
    static_cast<void>(error.symbol());
    static_cast<void>(error.raw());  // description
    std::uint32_t count = 0;
    Reader info = error.map(count);
    while (!info.done()) {
        const std::string_view key = wire::is_text(info.peek()) ? info.text().value_or("") : "";
        Reader value{info.raw()};
        if (key == "epoch") {
            const auto epoch = value.integer();
            return epoch ? std::optional{static_cast<std::uint64_t>(*epoch)} : std::nullopt;
        }
    }
    return std::nullopt;
}

Reason publish_reason(std::string_view condition) noexcept {
    if (condition == kUnauthorizedAccess || condition == kNotAllowed) {
        return Reason::not_authorized;
    }
    if (condition == kNotFound) {
        return Reason::topic_name_invalid;
    }
    if (condition == kResourceLimitExceeded || condition == kMessageSizeExceeded) {
        return Reason::quota_exceeded;  // PUBACK and PUBREC can't say `packet too large`
    }
    if (condition == kPreconditionFailed || condition == kDecodeError) {
        return Reason::payload_format_invalid;
    }
    return Reason::implementation_specific_error;
}

Reason subscribe_reason(std::string_view condition) noexcept {
    if (condition == kUnauthorizedAccess || condition == kNotAllowed) {
        return Reason::not_authorized;
    }
    if (condition == kNotFound) {
        return Reason::unspecified_error;
    }
    if (condition == kResourceLimitExceeded) {
        return Reason::quota_exceeded;
    }
    if (condition == kInvalidField) {
        return Reason::topic_filter_invalid;
    }
    if (condition == kNotImplemented) {
        return Reason::wildcard_subscriptions_not_supported;
    }
    return Reason::implementation_specific_error;
}

}  // namespace weft::mqtt_mapping

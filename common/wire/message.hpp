#pragma once

#include "common/wire/sections.hpp"
#include "common/wire/value.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// A whole message as values, for those who read or write bodies: management, tools, tests.
/// Messages on their way through a router are never turned into one; see sections.hpp.
/// Threading: not shared (values). Spec: AMQP 1.0 §3.2
namespace weft::wire {

/// A body of data sections; without any it is written as one empty section.
struct Data {
    std::vector<Buffer> sections;
    bool operator==(const Data&) const = default;
};
/// A body of sequence sections; without any it is written as one empty section.
struct Sequence {
    std::vector<List> sections;
    bool operator==(const Sequence&) const = default;
};
/// A message without a body is read as one with the value null.
using Body = std::variant<Value, Data, Sequence>;

/// Absent fields are empty (ids: null); a map that is empty is not written.
struct Message {
    // Header. Written only if a field differs from its default.
    bool durable = false;
    std::uint8_t priority = kPriorityDefault;
    std::optional<std::uint32_t> ttl;  // milliseconds
    bool first_acquirer = false;
    std::uint32_t delivery_count = 0;

    Map delivery_annotations;
    Map message_annotations;

    // Properties.
    Value message_id;
    std::optional<Buffer> user_id;
    std::optional<std::string> to;
    std::optional<std::string> subject;
    std::optional<std::string> reply_to;
    Value correlation_id;
    std::optional<std::string> content_type;      // a symbol on the wire
    std::optional<std::string> content_encoding;  // a symbol on the wire
    std::optional<Timestamp> absolute_expiry_time;
    std::optional<Timestamp> creation_time;
    std::optional<std::string> group_id;
    std::optional<std::uint32_t> group_sequence;
    std::optional<std::string> reply_to_group_id;

    Map application_properties;
    Body body;
    Map footer;

    bool operator==(const Message&) const = default;
};

/// Reads a message that is all of `bytes`. Values of all sections together are at most kValuesMax.
/// Errors: kDecodeError.
[[nodiscard]] Result<Message> decode_message(Bytes bytes);

/// Appends the message in its shortest encoding.
void encode_message(Buffer& out, const Message& message);

}  // namespace weft::wire

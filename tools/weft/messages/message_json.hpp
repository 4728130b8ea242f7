#pragma once

#include "tools/weft/values/json.hpp"

#include <proton/message.hpp>

#include <string>

namespace weft::tools {

/// A message for people and programs. Threading: any thread (pure functions).

/// One object with the sections that the message has, in the spec's names: "header",
/// "delivery-annotations", "message-annotations", "properties", "application-properties", "body".
/// In a section only what differs from the default. Values as in value_json.hpp.
/// Spec: AMQP 1.0 §3.2 Message Format
Json message_json(const proton::message& message);

/// The body alone: text as it stands, binary that is not UTF-8 as hexadecimal, all else as one
/// line of JSON.
std::string body_text(const proton::message& message);

}  // namespace weft::tools

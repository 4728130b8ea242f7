#pragma once

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"
#include "common/mgmt/agent.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

/// The agent behind the address `$management`: request messages in, reply messages out.
namespace weft::mgmt {

/// A message for the caller to send.
struct ReplyMessage {
    std::string address = {};  // the request's reply-to
    Buffer bytes = {};
};

/// What became of a request.
struct Served {
    /// Absent for a request that names no reply-to.
    std::optional<ReplyMessage> reply = {};
    /// Absent: the delivery is accepted. Otherwise it is rejected with this: its bytes were no
    /// message, or it failed and there is nowhere to say so but here.
    std::optional<Error> rejection = {};
};

/// Whether one more reply may go to an address: not if too many wait for its receiver.
using MayReply = std::function<bool(std::string_view address)>;

/// Answers one request. The reply carries the request's correlation-id, or else its message-id,
/// as it came, type and all. A request without reply-to is carried out all the same; one that may
/// not be replied to is not, and rejected with amqp:resource-limit-exceeded.
/// `who` asks.
/// Threading: as the agent. Spec: AMQP 1.0 §3.2.4 (reply-to, correlation-id)
[[nodiscard]] Served serve_message(Agent& agent,
                                   Bytes request,
                                   const MayReply& may_reply = {},
                                   const Requester& who = {});

}  // namespace weft::mgmt

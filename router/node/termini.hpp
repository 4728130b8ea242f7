#pragma once

#include "common/amqp/performatives.hpp"
#include "common/base/result.hpp"
#include "router/core/attach.hpp"

#include <cstdint>
#include <string_view>

namespace weft::node {

/// A capability that a router desires of a link over which it takes messages from another one as
/// from any container: their trace, by which it knows those that come around.
inline constexpr std::string_view kTraceCapability = "weft.trace";

/// By which a peer claims to be a waypoint of its address ("qd.waypoint", or ".1" to ".9" behind
/// that), or its fallback.
inline constexpr std::string_view kWaypointCapability = "qd.waypoint";
inline constexpr std::string_view kFallbackCapability = "qd.fallback";

/// The answer to a receiver offers it whose address is a subscription with wildcards.
inline constexpr std::string_view kWildcardsCapability = "weft.wildcards";

/// What a peer's attach asks of the router, by the terminus on the router's side: the source of a
/// peer that receives, the target of one that sends. Views point into `attach`. Errors:
/// amqp:not-implemented if it asks for what this router does not do, and would be misled without.
/// Spec: AMQP 1.0 §3.5.3, §3.5.4
[[nodiscard]] Result<router::AttachRequest> read_attach(const amqp::Attach& attach);

/// The router's answer: what it really does. A router keeps nothing, so a terminus is neither
/// durable nor filtered nor copied, whatever was asked; `address` is the address in effect.
/// Views point into `attach` and `address`.
[[nodiscard]] amqp::Attach reply_to(const amqp::Attach& attach,
                                    std::string_view address,
                                    std::uint64_t max_message_size);

}  // namespace weft::node

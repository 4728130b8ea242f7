#include "router/node/termini.hpp"

#include "common/amqp/capabilities.hpp"
#include "common/base/conditions.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace weft::node {
namespace {

/// "qd.waypoint" is number 1, "qd.waypoint.3" number 3; of others none.
std::optional<std::uint8_t> waypoint_number(std::string_view capability) {
    if (capability == kWaypointCapability) {
        return 1;
    }
    const std::string_view number =
        capability.substr(std::min(kWaypointCapability.size(), capability.size()));
    const bool valid = capability.starts_with(kWaypointCapability) && number.size() == 2 &&
                       number[0] == '.' && number[1] >= '1' && number[1] <= '9';
    return valid ? std::optional(static_cast<std::uint8_t>(number[1] - '0')) : std::nullopt;
}

/// What the peer wants to be for its address: such capabilities ask for it. Errors:
/// amqp:not-implemented.
Result<void> read_capabilities(Bytes capabilities, router::AttachRequest& request) {
    Result<void> result;
    amqp::each_capability(capabilities, [&](const std::string& name) {
        if (const auto number = waypoint_number(name)) {
            // It takes what is in the phase before, and brings what is in the phase of the number.
            const bool sends = request.direction == router::Direction::in;
            request.phase = static_cast<std::uint8_t>(*number - (sends ? 0 : 1));
        } else if (name == kFallbackCapability) {
            const bool sends = request.direction == router::Direction::in;
            request.phase = sends ? 0 : router::kFallbackPhase;
            request.from_fallback = sends;
        } else if (name.starts_with("qd.")) {
            result = fail(kNotImplemented,
                          "this router does not support links with the capability " + name);
        }
    });
    return result;
}

}  // namespace

Result<router::AttachRequest> read_attach(const amqp::Attach& attach) {
    router::AttachRequest request;
    request.direction = attach.receiver ? router::Direction::out : router::Direction::in;
    request.presettles =
        attach.receiver && attach.sender_settle_mode == amqp::SenderSettleMode::settled;
    request.max_message_size = attach.receiver ? attach.max_message_size : 0;
    request.settles_second =
        attach.receiver && attach.receiver_settle_mode == amqp::ReceiverSettleMode::second;
    request.wants_trace =
        attach.receiver && amqp::has_capability(attach.desired_capabilities, kTraceCapability);
    const std::optional<amqp::Terminus>& terminus = attach.receiver ? attach.source : attach.target;
    if (!terminus) {
        return request;
    }
    request.address = terminus->address.value_or("");
    request.default_outcome = terminus->default_outcome;
    request.dynamic = terminus->dynamic;
    request.coordinator = terminus->kind == amqp::Terminus::Kind::coordinator;
    if (auto read = read_capabilities(terminus->capabilities, request); !read) {
        return tl::unexpected(std::move(read).error());
    }
    return request;
}

amqp::Attach reply_to(const amqp::Attach& attach,
                      std::string_view address,
                      std::uint64_t max_message_size) {
    amqp::Attach reply;
    // What producers have settled goes out settled, also to who would rather have it unsettled.
    const bool promises =
        attach.receiver && attach.sender_settle_mode == amqp::SenderSettleMode::unsettled;
    reply.sender_settle_mode = promises ? amqp::SenderSettleMode::mixed : attach.sender_settle_mode;
    reply.receiver_settle_mode = attach.receiver_settle_mode;
    reply.source = attach.source;
    reply.target = attach.target;
    reply.max_message_size = max_message_size;
    std::optional<amqp::Terminus>& ours = attach.receiver ? reply.source : reply.target;
    if (!ours) {
        ours.emplace();
        ours->kind = attach.receiver ? amqp::Terminus::Kind::source : amqp::Terminus::Kind::target;
    }
    if (!address.empty()) {
        ours->address = address;
    }
    ours->durable = 0;
    ours->expiry_policy = {};
    ours->timeout_seconds = 0;
    ours->filter = {};
    ours->distribution_mode = {};
    return reply;
}

}  // namespace weft::node

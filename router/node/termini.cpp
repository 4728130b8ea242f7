#include "router/node/termini.hpp"

#include "common/amqp/capabilities.hpp"
#include "common/base/conditions.hpp"

#include <optional>
#include <string>

namespace weft::node {
namespace {

/// Waypoints, fallback and inter-router links are asked for by such capabilities.
std::optional<Error> unsupported_capability(Bytes capabilities) {
    std::optional<Error> refusal;
    amqp::each_capability(capabilities, [&](const std::string& name) {
        if (name.starts_with("qd.")) {
            refusal = {kNotImplemented,
                       "this router does not support links with the capability " + name};
        }
    });
    return refusal;
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
    const std::optional<amqp::Terminus>& terminus = attach.receiver ? attach.source : attach.target;
    if (!terminus) {
        return request;
    }
    request.address = terminus->address.value_or("");
    request.default_outcome = terminus->default_outcome;
    request.dynamic = terminus->dynamic;
    request.coordinator = terminus->kind == amqp::Terminus::Kind::coordinator;
    if (auto refusal = unsupported_capability(terminus->capabilities)) {
        return tl::unexpected(*std::move(refusal));
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

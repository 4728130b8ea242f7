#pragma once

#include "broker/topic/subscription.hpp"
#include "common/amqp/performatives.hpp"
#include "common/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

/// What an attach says of a subscription, and what the answer says of it: the facts of the wire, as
/// Qpid JMS and other clients write them. Threading: any thread (no state).
namespace weft::topic {

/// Of the name of a subscription.
inline constexpr std::size_t kOwnerBytesMax = 512;

/// Capabilities of sources, and (shared, global) those that one is attached with that has no
/// source.
inline constexpr std::string_view kTopicCapability = "topic";
inline constexpr std::string_view kSharedCapability = "shared";
inline constexpr std::string_view kGlobalCapability = "global";
/// What a connection or link offers to those who ask whether it can share subscriptions.
inline constexpr std::string_view kSharedSubscriptions = "SHARED-SUBS";

/// What a receiver attaches to.
struct Request {
    /// It names no source: it wants the durable subscription of that owner as it is, as clients do
    /// that are about to close it.
    bool resumes = false;
    Kind kind = Kind::passing;
    Owner owner;
    Interest interest;  // the selector is not read here
    Expiry expiry;
    std::uint64_t bringer = 0;  // whose share of the shapes of filters it needs; not read here
};

/// `attach` is a receiver's, `container` the id of its connection's container. Errors:
/// amqp:invalid-field.
[[nodiscard]] Result<Request> read_request(const amqp::Attach& attach, std::string_view container);

/// The source that the answer states: what the subscription is, not what was asked for. Views point
/// into `subscription` and into `capabilities`, which is overwritten.
amqp::Terminus stated_source(const Subscription& subscription, Buffer& capabilities);

}  // namespace weft::topic

#include "broker/topic/request.hpp"

#include "common/amqp/capabilities.hpp"
#include "common/amqp/options.hpp"
#include "common/base/conditions.hpp"
#include "common/base/printable.hpp"

#include <string>
#include <utility>

namespace weft::topic {
namespace {

constexpr std::string_view kNeverExpires = "never";
constexpr std::string_view kExpiresDetached = "link-detach";

// Spec: AMQP 1.0 §3.5.5
constexpr std::uint32_t kDurableNone = 0;
constexpr std::uint32_t kDurableUnsettled = 2;

struct Lasting {
    bool beyond_links = false;
    Expiry expiry = 0;
};

Lasting lasting(const amqp::Terminus& source) {
    const std::string_view policy = source.expiry_policy;
    if (policy == kNeverExpires || (policy.empty() && source.durable != kDurableNone)) {
        return {.beyond_links = true, .expiry = std::nullopt};
    }
    return {.beyond_links = source.timeout_seconds > 0, .expiry = source.timeout_seconds};
}

bool is_policy(std::string_view policy) {
    return policy.empty() || policy == kNeverExpires || policy == kExpiresDetached ||
           policy == "session-end" || policy == "connection-close";
}

/// "orders|2", "orders|global", "orders|volatile1" are links of "orders".
std::string_view shared_name(std::string_view link) {
    return link.substr(0, link.find('|'));
}

Result<Owner> read_owner(std::string_view container,
                         std::string_view link,
                         bool shared,
                         bool global) {
    const std::string_view name = shared ? shared_name(link) : link;
    if (name.empty() || name.size() > kOwnerBytesMax) {
        return fail(kInvalidField, "a subscription's name, which is that of its link" +
                                       std::string{shared ? " up to '|'" : ""} + ", has 1 to " +
                                       std::to_string(kOwnerBytesMax) + " bytes");
    }
    // Of one as long as the most that is kept of it nobody knows how it goes on.
    if (!global && (container.empty() || container.size() >= amqp::kContainerIdMax)) {
        return fail(kInvalidField, "a subscription belongs to a container, whose id has 1 to " +
                                       std::to_string(amqp::kContainerIdMax - 1) +
                                       " bytes; name it in 'open', or ask for "
                                       "the capabilities shared and global");
    }
    return Owner{.global = global,
                 .container = global ? std::string{} : std::string{container},
                 .name = std::string{name}};
}

/// One that has no source. Spec: AMQP 1.0 §2.6.3
Result<Request> read_resumption(const amqp::Attach& attach, std::string_view container) {
    const bool global = amqp::has_capability(attach.desired_capabilities, kSharedCapability) &&
                        amqp::has_capability(attach.desired_capabilities, kGlobalCapability);
    Request request;
    request.resumes = true;
    WEFT_TRY(request.owner, read_owner(container, attach.name, /*shared=*/global, global));
    return request;
}

}  // namespace

Result<Request> read_request(const amqp::Attach& attach, std::string_view container) {
    if (!attach.source) {
        return read_resumption(attach, container);
    }
    const amqp::Terminus& source = *attach.source;
    const bool shared = amqp::has_capability(source.capabilities, kSharedCapability);
    const bool global = amqp::has_capability(source.capabilities, kGlobalCapability);
    if (global && !shared) {
        return fail(kInvalidField,
                    "only a subscription that is shared can be global; ask for the "
                    "capability shared, too");
    }
    if (!is_policy(source.expiry_policy)) {
        return fail(kInvalidField,
                    "there is no expiry-policy " + printable(source.expiry_policy) +
                        "; it is never, link-detach, session-end or connection-close");
    }
    Request request;
    WEFT_TRY(request.interest.filter, read_filter(source.address.value_or("")));
    const auto [durable, expiry] = lasting(source);
    request.expiry = expiry;
    request.kind = durable ? (shared ? Kind::shared_durable : Kind::durable)
                           : (shared ? Kind::shared : Kind::passing);
    if (request.kind != Kind::passing) {
        WEFT_TRY(request.owner, read_owner(container, attach.name, shared, global));
    }
    return request;
}

amqp::Terminus stated_source(const Subscription& subscription, Buffer& capabilities) {
    if (!is_shared(subscription.kind)) {
        capabilities = amqp::capabilities({kTopicCapability});
    } else if (!subscription.owner.global) {
        capabilities = amqp::capabilities({kTopicCapability, kSharedCapability});
    } else {
        capabilities = amqp::capabilities({kTopicCapability, kSharedCapability, kGlobalCapability});
    }
    const bool durable = is_durable(subscription.kind);
    amqp::Terminus source;
    source.address = subscription.interest.filter.text;
    source.durable = durable ? kDurableUnsettled : kDurableNone;
    source.expiry_policy = durable && !subscription.expiry ? kNeverExpires : kExpiresDetached;
    source.timeout_seconds = durable ? subscription.expiry.value_or(0) : 0;
    source.capabilities = capabilities;
    return source;
}

}  // namespace weft::topic

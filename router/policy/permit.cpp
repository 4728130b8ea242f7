#include "router/policy/permit.hpp"

#include "common/base/conditions.hpp"
#include "router/policy/policy.hpp"

#include <algorithm>
#include <utility>

namespace weft::policy {
namespace {

Refused unauthorized(std::string why) {
    return {kUnauthorizedAccess, std::move(why)};
}

Refused too_many(std::string_view what, std::uint32_t open, std::uint32_t max) {
    return {kResourceLimitExceeded, "the connection has " + std::to_string(open) + " " +
                                        std::string{what} + ", and may have " +
                                        std::to_string(max)};
}

}  // namespace

void Permit::renew(std::shared_ptr<const Rules> rules) {
    rules_ = std::move(rules);
    targets_.clear();
}

bool Permit::begin_session() {
    const std::uint32_t max = group().max_sessions;
    if (max != 0 && sessions_ >= max) {
        return false;
    }
    ++sessions_;
    return true;
}

void Permit::end_session() {
    sessions_ -= std::min(sessions_, 1U);
}

void Permit::detached(bool receives) {
    std::uint32_t& open = receives ? receivers_ : senders_;
    open -= std::min(open, 1U);
}

std::optional<Refused> Permit::refuses(const LinkWish& wish) const {
    const std::uint32_t open = wish.receives ? receivers_ : senders_;
    const std::uint32_t max = wish.receives ? group().max_receivers : group().max_senders;
    if (open >= max) {
        return too_many(wish.receives ? "receivers" : "senders", open, max);
    }
    return forbids(wish);
}

std::optional<Refused> Permit::forbids(const LinkWish& wish) const {
    if (auto routed = refuses_routed(wish)) {
        return routed;
    }
    return wish.receives ? refuses_receiver(wish) : refuses_sender(wish);
}

std::optional<Refused> Permit::refuses_routed(const LinkWish& wish) const {
    const bool lets =
        wish.routed.empty() || (wish.receives ? rules_->lets_receive(wish.routed, user_)
                                              : rules_->lets_send(wish.routed, user_));
    return lets
               ? std::nullopt
               : std::optional{unauthorized("the x-opt-qd.address of its dynamic node is none that "
                                            "the group may use")};
}

std::optional<Refused> Permit::refuses_claim(const LinkWish& wish) const {
    if (wish.waypoint && !group().waypoint_links) {
        return unauthorized("it claims to be a waypoint, and allowWaypointLinks is false");
    }
    if (wish.fallback && !group().fallback_links) {
        return unauthorized("it claims to be a fallback, and allowFallbackLinks is false");
    }
    return std::nullopt;
}

std::optional<Refused> Permit::refuses_receiver(const LinkWish& wish) const {
    if (wish.dynamic) {
        return group().dynamic_source ? std::nullopt
                                      : std::optional{unauthorized("allowDynamicSource is false")};
    }
    if (wish.address.empty()) {
        return unauthorized("its source has no address");
    }
    if (auto claim = refuses_claim(wish)) {
        return claim;
    }
    return rules_->lets_receive(wish.address, user_)
               ? std::nullopt
               : std::optional{unauthorized("its source is none that the group may receive from")};
}

std::optional<Refused> Permit::refuses_sender(const LinkWish& wish) const {
    if (wish.address.empty()) {
        const bool lets = group().anonymous_sender ||
                          (wish.coordinator && rules_->lets_send(kCoordinatorName, user_));
        return lets ? std::nullopt : std::optional{unauthorized("allowAnonymousSender is false")};
    }
    if (auto claim = refuses_claim(wish)) {
        return claim;
    }
    return rules_->lets_send(wish.address, user_)
               ? std::nullopt
               : std::optional{unauthorized("its target is none that the group may send to")};
}

bool Permit::lets_send(std::string_view to) {
    if (const auto known = targets_.find(to); known != targets_.end()) {
        return known->second;
    }
    const bool lets = rules_->lets_send(to, user_);
    if (to.size() <= kTargetBytesMax) {
        if (targets_.size() >= kTargetsMax) {
            targets_.clear();
        }
        targets_.emplace(to, lets);
    }
    return lets;
}

std::optional<Error> Permit::refuses(const router::MessageFacts& message) {
    if (!message.user_id.empty() && judges_user_ids() && as_text(message.user_id) != user_) {
        return Error{kUnauthorizedAccess, std::string{kUserIdViolation}};
    }
    // One without an address has an error of its own.
    if (message.to && !message.to->empty() && !lets_send(*message.to)) {
        return Error{kUnauthorizedAccess, std::string{kTargetViolation}};
    }
    return std::nullopt;
}

}  // namespace weft::policy

#pragma once

#include "common/base/keyed_hash.hpp"
#include "router/core/admission.hpp"
#include "router/policy/rules.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace weft::policy {

/// A link that a peer wants to attach.
struct LinkWish {
    std::string_view address{};  // empty: none
    std::string routed{};        // of a dynamic node: the address that link routes know it by
    bool receives = false;       // the peer receives from the address
    bool dynamic = false;
    bool coordinator = false;
    bool waypoint = false;  // it claims to be one of the address
    bool fallback = false;  // likewise
};

/// A transaction's coordinator, as an address that senders may be allowed to use.
inline constexpr std::string_view kCoordinatorName = "$coordinator";

/// What is refused: the condition, and why, for the log.
struct Refused {
    std::string_view condition;
    std::string why;
};

/// What one connection may do, by the rules of its group, and what of that it does: its sessions
/// and links are counted.
///
/// What it decides of the targets of messages it remembers, so that a message costs one look-up.
/// Threading: loop-confined (the connection's).
class Permit final {
public:
    /// Of targets that are remembered.
    static constexpr std::size_t kTargetsMax = 1024;
    static constexpr std::size_t kTargetBytesMax = 256;

    Permit(std::shared_ptr<const Rules> rules, std::string user)
        : rules_{std::move(rules)}, user_{std::move(user)} {}

    const Rules& rules() const { return *rules_; }
    const GroupConfig& group() const { return rules_->group(); }
    const std::string& user() const { return user_; }
    /// Other rules from now on.
    void renew(std::shared_ptr<const Rules> rules);

    /// False: it is one too many, and not counted.
    [[nodiscard]] bool begin_session();
    void end_session();
    /// Nothing: the link is let in. It is counted once it was `attached`.
    [[nodiscard]] std::optional<Refused> refuses(const LinkWish& wish) const;
    /// The same, however many links there are.
    [[nodiscard]] std::optional<Refused> forbids(const LinkWish& wish) const;
    void attached(bool receives) { ++(receives ? receivers_ : senders_); }
    void detached(bool receives);

    /// As router::Admission.
    std::optional<Error> refuses(const router::MessageFacts& message);
    bool judges_user_ids() const { return !group().user_id_proxy; }

private:
    std::optional<Refused> refuses_routed(const LinkWish& wish) const;
    std::optional<Refused> refuses_receiver(const LinkWish& wish) const;
    std::optional<Refused> refuses_sender(const LinkWish& wish) const;
    std::optional<Refused> refuses_claim(const LinkWish& wish) const;
    bool lets_send(std::string_view to);

    std::shared_ptr<const Rules> rules_;
    std::string user_;
    std::uint32_t sessions_ = 0;
    std::uint32_t senders_ = 0;
    std::uint32_t receivers_ = 0;
    boost::unordered_flat_map<std::string, bool, TextHash, std::equal_to<>> targets_;
};

}  // namespace weft::policy

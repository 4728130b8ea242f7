#pragma once

#include "common/base/result.hpp"
#include "router/core/address.hpp"
#include "router/policy/host_rule.hpp"
#include "router/policy/name_set.hpp"
#include "router/policy/vhost.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weft::policy {

/// What the users of one group of a vhost may do, ready to be looked up.
/// Threading: immutable after construction, for any thread.
class Rules {
public:
    /// `max_message_size`: of the vhost or the policy, if the group says nothing. Errors:
    /// amqp:invalid-field, what is wrong with the group.
    [[nodiscard]] static Result<std::shared_ptr<const Rules>> compile(
        const std::string& vhost,
        GroupConfig group,
        std::uint64_t max_message_size,
        const HostAddresses& addresses);

    const std::string& vhost() const { return vhost_; }
    const GroupConfig& group() const { return group_; }
    /// Bytes; 0: any.
    std::uint64_t max_message_size() const { return max_message_size_; }
    bool lets_in_from(std::string_view host) const;
    /// Of an address as a client writes it: it is what a router reads of it, so that no scheme
    /// makes "news:/payroll" one of "news*".
    bool lets_receive(std::string_view address, std::string_view user) const {
        return sources_.allows(router::plain_text(address), user);
    }
    bool lets_send(std::string_view address, std::string_view user) const {
        return targets_.allows(router::plain_text(address), user);
    }

private:
    std::string vhost_;
    GroupConfig group_;
    std::uint64_t max_message_size_ = 0;
    std::vector<HostRule> hosts_;
    NameSet sources_;
    NameSet targets_;
};

/// The names of hosts that a vhost's groups let in: they have addresses to be found out. Errors:
/// as Rules::compile.
[[nodiscard]] Result<std::vector<std::string>> host_names(const VhostConfig& vhost);

}  // namespace weft::policy

#pragma once

#include "common/base/keyed_hash.hpp"
#include "common/base/result.hpp"
#include "router/policy/rules.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace weft::policy {

/// One vhost with the rules of its groups: who is in which.
/// Threading: immutable after construction, for any thread.
class VhostRules {
public:
    /// `max_message_size`: of the policy, if the vhost says nothing. Errors: amqp:invalid-field,
    /// what is wrong with the vhost, with its name and the group's.
    [[nodiscard]] static Result<VhostRules> compile(VhostConfig config,
                                                    std::uint64_t max_message_size,
                                                    const HostAddresses& addresses = {});

    const VhostConfig& config() const { return config_; }
    /// Of the group that the user is in, else of that with the user "*", else of $default if users
    /// of no group are let in; null: they are not.
    std::shared_ptr<const Rules> of_user(std::string_view user) const;
    /// Of the group of that name; null: there is none.
    std::shared_ptr<const Rules> of_group(std::string_view name) const;

private:
    template <class Value>
    using ByName = boost::unordered_flat_map<std::string, Value, TextHash, std::equal_to<>>;

    Result<void> add(const GroupConfig& group,
                     std::uint64_t max_message_size,
                     const HostAddresses& addresses);

    VhostConfig config_;
    ByName<std::shared_ptr<const Rules>> groups_;
    ByName<std::shared_ptr<const Rules>> users_;
};

}  // namespace weft::policy

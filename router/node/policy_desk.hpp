#pragma once

#include "common/io/guarded.hpp"
#include "router/policy/policy.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weft::node {

/// Where the connections of all loops ask whether they are let in, and tell what was refused: the
/// router's one policy. A connection asks once, when it opens; what it may do then it knows itself.
/// Threading: any thread, unless it is said.
class PolicyDesk final {
public:
    explicit PolicyDesk(policy::PolicyConfig config)
        : config_{config}, policy_{std::move(config)} {}

    const policy::PolicyConfig& config() const { return config_; }
    /// The vhosts are enforced.
    bool is_open() const { return config_.enabled; }

    /// As policy::Policy. What is looked up is the caller's: names of hosts before, with `resolve`.
    [[nodiscard]] Result<void> put(policy::VhostConfig vhost,
                                   const policy::HostAddresses& addresses);
    bool remove(std::string_view hostname);
    [[nodiscard]] Result<std::shared_ptr<const policy::Rules>> connect(policy::Caller caller);
    [[nodiscard]] Result<std::shared_ptr<const policy::Rules>> reconsider(std::uint64_t connection);
    void disconnect(std::uint64_t connection);
    std::shared_ptr<const policy::Rules> of_connector(std::string_view vhost);
    void count(policy::Denial what, std::string_view vhost);
    void count_surplus();

    /// For management: others wait while `use` is at it.
    template <class Use>
    auto with(Use use) {
        return policy_.with(std::move(use));
    }

private:
    policy::PolicyConfig config_;
    io::Guarded<policy::Policy> policy_;
};

/// The addresses of those names of hosts. Waits for the system's resolver; a warning is logged of
/// one that has none. Threading: any thread.
[[nodiscard]] policy::HostAddresses resolve_hosts(const std::vector<std::string>& names);

}  // namespace weft::node

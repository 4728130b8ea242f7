#pragma once

#include "common/base/result.hpp"
#include "router/tenant/bucket.hpp"
#include "router/tenant/tenants.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace weft::tenant {

/// What one tenant has at this router, against its quota, and how often it wanted more.
/// Threading: not shared.
class Account {
public:
    /// Who owes more begins no session.
    static constexpr Duration kDebtMax = std::chrono::seconds{30};

    /// Numbers that management shows.
    struct Figures {
        std::uint32_t connections = 0;
        std::uint32_t links = 0;
        std::uint64_t messages = 0;  // that its connections have sent, since it is known
        std::uint64_t bytes = 0;
        std::uint64_t held_back = 0;  // times that a session had to wait for a rate
        std::uint64_t connections_denied = 0;
        std::uint64_t sessions_denied = 0;
        std::uint64_t links_denied = 0;
        std::uint64_t addresses_denied = 0;
        std::uint64_t sizes_denied = 0;
    };

    explicit Account(std::shared_ptr<const Tenant> tenant);

    const Tenant& tenant() const { return *tenant_; }
    const std::shared_ptr<const Tenant>& owner() const { return tenant_; }
    const Figures& figures() const { return figures_; }
    /// Different ones that its links are attached to.
    std::size_t addresses() const { return addresses_.size(); }

    /// Errors of both: amqp:resource-limit-exceeded, it has as many as it may; nothing is counted.
    [[nodiscard]] Result<void> connect();
    /// `address`: of a link; empty: it has none.
    [[nodiscard]] Result<void> attach(std::string_view address);
    /// A session begins: what it may send at once comes on top of what is owed, so that there is
    /// none while that is too much. Errors: amqp:resource-limit-exceeded.
    [[nodiscard]] Result<void> begin(Instant now);
    void disconnect();
    void detach(std::string_view address);
    /// So much came from it. How long no more is to come: zero, unless it is too much.
    Duration charge(std::uint64_t messages, std::uint64_t bytes, Instant now);
    /// A session is made to wait for that.
    void count_held() { ++figures_.held_back; }
    /// A message was larger than it may be.
    void count_size() { ++figures_.sizes_denied; }

private:
    Duration debt(Instant now) const;

    std::shared_ptr<const Tenant> tenant_;
    Figures figures_;
    boost::unordered_flat_map<std::string, std::uint32_t> addresses_;  // and the links to each
    Bucket messages_;
    Bucket bytes_;
};

}  // namespace weft::tenant

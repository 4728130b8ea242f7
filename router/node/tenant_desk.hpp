#pragma once

#include "common/io/guarded.hpp"
#include "router/tenant/account.hpp"
#include "router/tenant/tenants.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weft::node {

/// The tenants of a router and their accounts, for the connections of all loops.
/// Threading: any thread.
class TenantDesk final {
public:
    using Account = io::Guarded<tenant::Account>;

    explicit TenantDesk(tenant::Tenants tenants);

    /// That of the tenant that the host belongs to, whose connection it counts. Errors: as
    /// Tenants::of_host and Account::connect.
    [[nodiscard]] Result<std::shared_ptr<Account>> connect(std::string_view host);
    /// Such a connection is gone.
    void disconnect(Account& account);
    /// Of those that are configured, and those that have connections.
    std::size_t size();
    /// `count` of them from position `offset` on, by their prefixes.
    std::vector<std::shared_ptr<Account>> accounts(std::size_t offset, std::size_t count);

private:
    using Accounts = std::map<std::string, std::shared_ptr<Account>, std::less<>>;
    /// Where a page ended: who asks for the next one need not count from the beginning.
    struct PageEnd {
        std::size_t offset = 0;
        std::string prefix{};  // of the account that comes next
    };

    const tenant::Tenants tenants_;
    io::Guarded<Accounts> accounts_;
    PageEnd page_end_;  // guarded with the accounts
};

}  // namespace weft::node

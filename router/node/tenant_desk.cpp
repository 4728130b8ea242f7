#include "router/node/tenant_desk.hpp"

#include <algorithm>
#include <utility>

namespace weft::node {

TenantDesk::TenantDesk(tenant::Tenants tenants) : tenants_{std::move(tenants)} {
    accounts_.with([this](Accounts& accounts) {
        for (const auto& tenant : tenants_.configured()) {
            accounts.emplace(tenant->prefix, std::make_shared<Account>(tenant));
        }
        return 0;
    });
}

Result<std::shared_ptr<TenantDesk::Account>> TenantDesk::connect(std::string_view host) {
    WEFT_TRY(auto tenant, tenants_.of_host(host));
    return accounts_.with([&](Accounts& accounts) -> Result<std::shared_ptr<Account>> {
        std::shared_ptr<Account>& account = accounts[tenant->prefix];
        if (account == nullptr) {
            account = std::make_shared<Account>(tenant);
        }
        if (auto counted =
                account->with([](tenant::Account& counted_in) { return counted_in.connect(); });
            !counted) {
            return tl::unexpected(std::move(counted).error());
        }
        return account;
    });
}

void TenantDesk::disconnect(Account& account) {
    accounts_.with([&](Accounts& accounts) {
        const auto [prefix, is_idle] = account.with([](tenant::Account& left) {
            left.disconnect();
            return std::pair{left.tenant().prefix, left.figures().connections == 0};
        });
        const bool is_configured = std::ranges::any_of(
            tenants_.configured(), [&](const auto& each) { return each->prefix == prefix; });
        if (is_idle && !is_configured) {
            accounts.erase(prefix);
        }
        return 0;
    });
}

std::vector<std::shared_ptr<TenantDesk::Account>> TenantDesk::accounts() {
    return accounts_.with([](const Accounts& accounts) {
        std::vector<std::shared_ptr<Account>> all;
        all.reserve(accounts.size());
        for (const auto& [prefix, account] : accounts) {
            all.push_back(account);
        }
        return all;
    });
}

}  // namespace weft::node

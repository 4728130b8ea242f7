#include "router/node/tenant_desk.hpp"

#include <algorithm>
#include <iterator>
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
        if (is_idle && !tenants_.is_configured(prefix)) {
            accounts.erase(prefix);
        }
        return 0;
    });
}

std::size_t TenantDesk::size() {
    return accounts_.with([](const Accounts& accounts) { return accounts.size(); });
}

std::vector<std::shared_ptr<TenantDesk::Account>> TenantDesk::accounts(std::size_t offset,
                                                                       std::size_t count) {
    return accounts_.with([&](const Accounts& accounts) {
        std::vector<std::shared_ptr<Account>> page;
        auto at = offset != 0 && offset == page_end_.offset
                      ? accounts.lower_bound(page_end_.prefix)
                      : std::next(accounts.begin(),
                                  static_cast<std::ptrdiff_t>(std::min(offset, accounts.size())));
        for (; at != accounts.end() && page.size() < count; ++at) {
            page.push_back(at->second);
        }
        page_end_ = at == accounts.end() ? PageEnd{} : PageEnd{offset + page.size(), at->first};
        return page;
    });
}

}  // namespace weft::node

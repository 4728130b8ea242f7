#include "router/tenant/account.hpp"

#include "common/base/assert.hpp"
#include "common/base/conditions.hpp"

#include <algorithm>
#include <utility>

namespace weft::tenant {
namespace {

bool is_full(std::size_t has, std::uint32_t most) {
    return most != 0 && has >= most;
}

tl::unexpected<Error> no_more(std::string_view what, std::uint32_t most, std::string_view remedy) {
    return fail(kResourceLimitExceeded,
                "your tenant has " + std::to_string(most) + " " + std::string{what} +
                    " at this router, as many as its quota allows: " + std::string{remedy} +
                    ", or have the quota raised");
}

}  // namespace

Account::Account(std::shared_ptr<const Tenant> tenant)
    : tenant_{std::move(tenant)},
      messages_{tenant_->quota.messages_per_second},
      bytes_{tenant_->quota.bytes_per_second} {}

Result<void> Account::connect() {
    const std::uint32_t most = tenant_->quota.connections;
    if (is_full(figures_.connections, most)) {
        ++figures_.connections_denied;
        return no_more("connections", most, "close some");
    }
    ++figures_.connections;
    return {};
}

Result<void> Account::begin(Instant now) {
    if (debt(now) <= kDebtMax) {
        return {};
    }
    ++figures_.sessions_denied;
    return fail(kResourceLimitExceeded,
                "your tenant has sent more than its quota allows in the next 30 s: begin further "
                "sessions later, send over the ones that you have, or have the quota raised");
}

void Account::disconnect() {
    WEFT_DCHECK(figures_.connections > 0);
    --figures_.connections;
}

Result<void> Account::attach(std::string_view address) {
    const Quota& quota = tenant_->quota;
    if (is_full(figures_.links, quota.links)) {
        ++figures_.links_denied;
        return no_more("links", quota.links, "detach some");
    }
    const std::string name{address};
    if (!name.empty() && !addresses_.contains(name)) {
        if (is_full(addresses_.size(), quota.addresses)) {
            ++figures_.addresses_denied;
            return no_more("addresses", quota.addresses, "detach all links of one");
        }
    }
    if (!name.empty()) {
        ++addresses_[name];
    }
    ++figures_.links;
    return {};
}

void Account::detach(std::string_view address) {
    WEFT_DCHECK(figures_.links > 0);
    --figures_.links;
    if (const auto at = addresses_.find(std::string{address});
        at != addresses_.end() && --at->second == 0) {
        addresses_.erase(at);
    }
}

Duration Account::charge(std::uint64_t messages, std::uint64_t bytes, Instant now) {
    figures_.messages += messages;
    figures_.bytes += bytes;
    messages_.spend(messages, now);
    bytes_.spend(bytes, now);
    return debt(now);
}

Duration Account::debt(Instant now) const {
    return std::max(messages_.debt(now), bytes_.debt(now));
}

}  // namespace weft::tenant

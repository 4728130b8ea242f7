#include "router/tenant/tenants.hpp"

#include "common/base/conditions.hpp"
#include "common/base/printable.hpp"

#include <algorithm>
#include <utility>

namespace weft::tenant {
namespace {

constexpr std::size_t kShownMax = 64;

bool is_alphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool may_be_in_host(char c) {
    return is_alphanumeric(c) || std::string_view{".-_:[]"}.find(c) != std::string_view::npos;
}

std::string in_small_letters(std::string_view text) {
    std::string small{text};
    std::ranges::for_each(
        small, [](char& c) { c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return small;
}

std::string quoted(std::string_view text) {
    return "\"" + printable(text.substr(0, kShownMax)) + "\"";
}

tl::unexpected<Error> wrong(std::string text) {
    return fail(kInvalidField, std::move(text));
}

/// Each level of it is as a host's name, and so it ends with '/'.
std::string_view why_no_prefix(std::string_view prefix) {
    if (prefix.size() > kHostBytesMax) {
        return "it is longer than 255 bytes";
    }
    if (!prefix.ends_with('/')) {
        return "it does not end with \"/\"";
    }
    while (!prefix.empty()) {
        const std::size_t level = prefix.find('/');
        if (const auto why = why_no_host(prefix.substr(0, level)); !why.empty()) {
            return why;
        }
        prefix.remove_prefix(level + 1);
    }
    return {};
}

}  // namespace

std::string_view why_no_host(std::string_view host) {
    if (host.empty()) {
        return "it is empty";
    }
    if (host.size() > kHostBytesMax) {
        return "it is longer than 255 bytes";
    }
    if (!is_alphanumeric(host.front()) && host.front() != '[') {
        return "it begins with neither a letter nor a digit";
    }
    if (host.ends_with(':')) {
        return "it ends with \":\"";
    }
    return std::ranges::all_of(host, &may_be_in_host)
               ? std::string_view{}
               : "it has other characters than letters, digits and . - _ : [ ]";
}

Result<void> Tenants::add(const TenantConfig& config) {
    auto tenant = std::make_shared<const Tenant>(
        Tenant{.name = config.name,
               .prefix = config.prefix.empty() ? config.name + "/" : config.prefix,
               .hosts = config.hosts.empty() ? std::vector{config.name} : config.hosts,
               .quota = config.quota});
    if (auto fits = check(*tenant); !fits) {
        return fits;
    }
    All hosts;
    for (const std::string& host : tenant->hosts) {
        if (auto fits = check_host(*tenant, host); !fits) {
            return fits;
        }
        hosts.emplace(in_small_letters(host), tenant);
    }
    by_host_.merge(hosts);
    by_prefix_.emplace(tenant->prefix, tenant);
    configured_.push_back(std::move(tenant));
    return {};
}

Result<void> Tenants::check(const Tenant& tenant) const {
    if (const auto why = why_no_host(tenant.name); !why.empty()) {
        return wrong("the name " + quoted(tenant.name) +
                     " can't be a tenant's: " + std::string{why});
    }
    if (const auto why = why_no_prefix(tenant.prefix); !why.empty()) {
        return wrong("the prefix " + quoted(tenant.prefix) + " of tenant " + quoted(tenant.name) +
                     " can't be: " + std::string{why});
    }
    if (std::ranges::any_of(configured_,
                            [&](const auto& other) { return other->name == tenant.name; })) {
        return wrong("there is a tenant " + quoted(tenant.name) + " already; keep one of them");
    }
    const Tenant* other = below(tenant.prefix);
    for (std::size_t end = tenant.prefix.find('/'); other == nullptr && end != std::string::npos;
         end = tenant.prefix.find('/', end + 1)) {
        const auto above = by_prefix_.find(std::string_view{tenant.prefix}.substr(0, end + 1));
        other = above == by_prefix_.end() ? nullptr : above->second.get();
    }
    if (other != nullptr) {
        return wrong("the prefix " + quoted(tenant.prefix) + " of tenant " + quoted(tenant.name) +
                     " and " + quoted(other->prefix) + " of " + quoted(other->name) +
                     " have addresses in common: neither may begin with the other");
    }
    return {};
}

Result<void> Tenants::check_host(const Tenant& tenant, const std::string& host) const {
    const auto why = host == kDefaultVhost ? std::string_view{} : why_no_host(host);
    if (!why.empty()) {
        return wrong("the vhost " + quoted(host) + " of tenant " + quoted(tenant.name) +
                     " can't be: " + std::string{why});
    }
    if (const auto known = by_host_.find(in_small_letters(host)); known != by_host_.end()) {
        return wrong("the vhost " + quoted(host) + " of tenant " + quoted(tenant.name) +
                     " is that of " + quoted(known->second->name) +
                     " already: keep it in one list");
    }
    return {};
}

/// Whose addresses are among those with the prefix; null: nobody's.
const Tenant* Tenants::below(std::string_view prefix) const {
    const auto next = by_prefix_.lower_bound(prefix);
    return next != by_prefix_.end() && next->first.starts_with(prefix) ? next->second.get()
                                                                       : nullptr;
}

Result<std::shared_ptr<const Tenant>> Tenants::of_host(std::string_view host) const {
    if (host == kDefaultVhost || why_no_host(host).empty()) {
        if (const auto known = by_host_.find(in_small_letters(host)); known != by_host_.end()) {
            return known->second;
        }
        if (!others_) {
            return wrong("the hostname " + quoted(host) + " of the open is no tenant's here");
        }
        std::string prefix = std::string{host} + "/";
        if (below(prefix) == nullptr) {
            return std::make_shared<const Tenant>(Tenant{.name = std::string{host},
                                                         .prefix = std::move(prefix),
                                                         .hosts = {std::string{host}}});
        }
        return wrong("the hostname " + quoted(host) +
                     " is no tenant's: its addresses belong to another one");
    }
    return wrong("the hostname of the open names the tenant here, and " + quoted(host) +
                 " can't: " + std::string{why_no_host(host)});
}

}  // namespace weft::tenant

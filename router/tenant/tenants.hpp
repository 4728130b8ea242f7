#pragma once

#include "common/base/result.hpp"
#include "router/tenant/quota.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weft::tenant {

/// A tenant that the configuration knows: hosts that are its own, what is put before its addresses,
/// and how much it may have.
struct TenantConfig {
    std::string name;
    std::vector<std::string> hosts{};  // empty: its name
    std::string prefix{};              // empty: "NAME/"
    Quota quota{};
};

/// Who a connection belongs to.
struct Tenant {
    std::string name;    // as configured; of a host that nobody configured, that host
    std::string prefix;  // of all its addresses: "acme/"
    std::vector<std::string> hosts{};
    Quota quota{};
};

/// Longest name of a host or a tenant, and longest prefix, in bytes.
inline constexpr std::size_t kHostBytesMax = 255;

/// Why no tenant can be called so, for a person; empty: one can. A name is made of letters, digits
/// and . - _ : [ ], begins with a letter, a digit or '[', and does not end with ':'. So it is one
/// level of an address, has no wildcards in it, and means nothing to a router.
[[nodiscard]] std::string_view why_no_host(std::string_view host);

/// Which tenant the host belongs to that a connection names.
///
///   T1  of two tenants neither prefix begins with the other: who has one has none of the other's
///       addresses
///   T2  no host that nobody configured leads below a configured prefix
///
/// Threading: any thread, once all were added.
class Tenants {
public:
    /// The tenant of a vhost that is no host's name: of connections that name none that there is.
    static constexpr std::string_view kDefaultVhost = "$default";

    /// Errors: amqp:invalid-field: a name or prefix that there can't be, or that another one has;
    /// the tenant is not added then.
    [[nodiscard]] Result<void> add(const TenantConfig& config);

    /// From now on only hosts that are configured name a tenant.
    void refuse_others() { others_ = false; }

    /// `host`: of an open, or the name of its vhost. Configured hosts are found in letters of any
    /// case; of others each is a tenant of its own, by its name as it is written, unless they are
    /// refused. Errors:
    /// amqp:invalid-field: a host that names no tenant; the text is for the peer.
    [[nodiscard]] Result<std::shared_ptr<const Tenant>> of_host(std::string_view host) const;
    bool is_configured(std::string_view prefix) const { return by_prefix_.contains(prefix); }
    /// In the order of the configuration.
    const std::vector<std::shared_ptr<const Tenant>>& configured() const { return configured_; }

private:
    using All = std::map<std::string, std::shared_ptr<const Tenant>, std::less<>>;

    [[nodiscard]] Result<void> check(const Tenant& tenant) const;
    [[nodiscard]] Result<void> check_host(const Tenant& tenant, const std::string& host) const;
    const Tenant* below(std::string_view prefix) const;

    std::vector<std::shared_ptr<const Tenant>> configured_;
    All by_host_;  // in small letters
    All by_prefix_;
    bool others_ = true;  // may come in
};

}  // namespace weft::tenant

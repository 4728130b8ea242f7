#pragma once

#include "common/amqp/performatives.hpp"
#include "common/base/result.hpp"
#include "router/core/link.hpp"
#include "router/tenant/space.hpp"
#include "router/tenant/tenants.hpp"

#include <memory>
#include <string>
#include <utility>

namespace weft::node {

/// That a connection belongs to a tenant: what its peer calls addresses, and what all others do.
///
/// Between a peer's attach and the answer to it everything else knows whole addresses alone.
/// Threading: loop-confined (the connection's).
class Tenancy final {
public:
    explicit Tenancy(std::shared_ptr<const tenant::Tenant> tenant)
        : tenant_{std::move(tenant)}, space_{tenant_->prefix} {}

    const tenant::Tenant& tenant() const { return *tenant_; }
    tenant::Space& space() { return space_; }
    const tenant::Space& space() const { return space_; }

    /// What an attach's views point into once it was changed.
    struct Memory {
        std::string address;
        std::string name;
    };
    /// The peer's attach, as others are to know it: its address is whole, and its name no other
    /// tenant's. Errors: as tenant::Space::whole.
    [[nodiscard]] Result<void> make_whole(amqp::Attach& attach, Memory& memory);
    /// The name of such a link, to others.
    std::string link_name(std::string_view name) const;
    /// The answer to it, as the peer is to have it. `direction`: of the link, seen from the core.
    void make_own(amqp::Attach& answer, router::Direction direction, std::string& memory) const;

private:
    std::shared_ptr<const tenant::Tenant> tenant_;
    tenant::Space space_;
};

}  // namespace weft::node

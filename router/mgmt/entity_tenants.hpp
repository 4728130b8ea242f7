#pragma once

#include "common/mgmt/source.hpp"
#include "router/tenant/tenants.hpp"

namespace weft::router_mgmt {

/// The tenants that are configured, in that order. Threading: loop-confined (home's loop).
class TenantSource final : public mgmt::Source {
public:
    /// The tenants must outlive it.
    explicit TenantSource(const tenant::Tenants& tenants) : tenants_{tenants} {}

    std::size_t size() const override { return tenants_.configured().size(); }
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;

private:
    const tenant::Tenants& tenants_;
};

}  // namespace weft::router_mgmt

#pragma once

#include "common/mgmt/source.hpp"

namespace weft::node {
class TenantDesk;
}

namespace weft::router_mgmt {

/// The tenants that are configured, and those that have connections, by their prefixes.
/// Threading: loop-confined (home's loop).
class TenantSource final : public mgmt::Source {
public:
    /// The desk must outlive it.
    explicit TenantSource(node::TenantDesk& desk) : desk_{desk} {}

    std::size_t size() const override;
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;

private:
    node::TenantDesk& desk_;
};

}  // namespace weft::router_mgmt

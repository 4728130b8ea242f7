#pragma once

#include "common/mgmt/source.hpp"
#include "router/mgmt/address_totals.hpp"

namespace weft::node {
class Mesh;
}

namespace weft::linkroute {
class LinkRoutes;
}

namespace weft::router_mgmt {

/// The addresses that somebody uses, here or at other routers, those of services in process and of
/// the routers themselves included; then those of link routes.
/// Threading: loop-confined (home's loop).
class AddressSource final : public mgmt::Source {
public:
    /// `mesh` is null if this router is alone. All must outlive it.
    AddressSource(Survey& survey, const node::Mesh* mesh, const linkroute::LinkRoutes& routes)
        : survey_{survey}, mesh_{mesh}, routes_{routes}, keys_{survey} {}

    std::size_t size() const override;
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;
    std::optional<mgmt::Row> find(mgmt::FindBy by, std::string_view value) const override;

private:
    Survey& survey_;
    const node::Mesh* mesh_;
    const linkroute::LinkRoutes& routes_;
    AddressKeys keys_;
};

}  // namespace weft::router_mgmt

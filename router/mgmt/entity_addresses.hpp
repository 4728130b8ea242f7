#pragma once

#include "common/mgmt/source.hpp"
#include "router/mgmt/address_totals.hpp"

namespace weft::router {

class Mesh;

/// The addresses that somebody uses, here or at other routers, those of services in process and of
/// the routers themselves included.
/// Threading: loop-confined (home's loop).
class AddressSource final : public mgmt::Source {
public:
    /// `mesh` is null if this router is alone. Both must outlive it.
    AddressSource(Shards& shards, const Mesh* mesh) : shards_{shards}, mesh_{mesh}, keys_{shards} {}

    std::size_t size() const override { return keys_.size(); }
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;
    std::optional<mgmt::Row> find(mgmt::Key key, std::string_view value) const override;

private:
    Shards& shards_;
    const Mesh* mesh_;
    AddressKeys keys_;
};

}  // namespace weft::router

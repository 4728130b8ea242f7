#pragma once

#include "common/mgmt/source.hpp"

namespace weft::node {
class Shards;
}

namespace weft::router_mgmt {

/// The links of clients and those to other routers; those of services in process and between loops
/// are not shown.
/// Threading: loop-confined (home's loop).
class LinkSource final : public mgmt::Source {
public:
    explicit LinkSource(node::Shards& shards) : shards_{shards} {}

    std::size_t size() const override;
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;
    std::optional<mgmt::Row> find(mgmt::FindBy by, std::string_view value) const override;

private:
    node::Shards& shards_;
};

}  // namespace weft::router_mgmt

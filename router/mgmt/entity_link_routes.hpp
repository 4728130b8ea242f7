#pragma once

#include "common/mgmt/source.hpp"

namespace weft::router_config {
struct NodeConfig;
}

namespace weft::exchange {
class Distributor;
}

namespace weft::node {
class Containers;
class SharedAddresses;
class Shards;
}  // namespace weft::node

namespace weft::router_mgmt {

/// The link routes: those of the configuration file, which are there again after a restart, then
/// those made while the router runs. Threading: loop-confined (loop 0).
class LinkRouteSource final : public mgmt::Source {
public:
    /// All must outlive it; `shared` is null if the router is alone.
    LinkRouteSource(const router_config::NodeConfig& config,
                    node::Containers& containers,
                    node::Shards& shards,
                    const exchange::Distributor& exchanges,
                    node::SharedAddresses* shared)
        : config_{config},
          containers_{containers},
          shards_{shards},
          exchanges_{exchanges},
          shared_{shared} {}

    std::size_t size() const override;
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;
    std::optional<mgmt::Row> find(mgmt::FindBy by, std::string_view value) const override;
    Result<mgmt::Row> create(std::string_view name, mgmt::Attributes attributes) override;
    Result<void> remove(const std::string& identity) override;

private:
    const router_config::NodeConfig& config_;
    node::Containers& containers_;
    node::Shards& shards_;
    const exchange::Distributor& exchanges_;
    node::SharedAddresses* shared_;
};

}  // namespace weft::router_mgmt

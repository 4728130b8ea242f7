#pragma once

#include "common/mgmt/source.hpp"
#include "router/config/router_config.hpp"
#include "router/mgmt/broker_places.hpp"

#include <vector>

namespace weft::node {
class Shards;
class SharedAddresses;
}  // namespace weft::node

namespace weft::router_mgmt {

/// The configured addresses: those of the configuration file first. All can be made, changed and
/// deleted while the router runs, for it alone (until it starts again, those of its file) or for
/// the whole mesh; then those of the mesh that it does not use.
/// Threading: loop-confined (loop 0).
class AddressRuleSource final : public mgmt::Source {
public:
    /// `shared` and `mesh` are null if this router is alone. All must outlive it.
    AddressRuleSource(const router_config::NodeConfig& config,
                      node::Shards& shards,
                      node::SharedAddresses* shared,
                      const node::Mesh* mesh,
                      const node::Containers& containers)
        : config_{config},
          shards_{shards},
          shared_{shared},
          containers_{containers},
          places_{config.id, containers, mesh} {}

    std::size_t size() const override;
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;
    Result<mgmt::Row> create(std::string_view name, mgmt::Attributes attributes) override;
    Result<mgmt::Row> update(const std::string& identity, mgmt::Attributes changes) override;
    Result<void> remove(const std::string& identity) override;

private:
    mgmt::Row rule_row(const router::AddressRule& rule) const;
    std::vector<mgmt::Row> unused() const;
    Result<void> check_collisions(const router_config::AddressConfig& address) const;
    Result<void> check_broker_links(const router_config::AddressConfig& address) const;
    Result<const router::AddressRule*> own_rule(const std::string& identity) const;

    const router_config::NodeConfig& config_;
    node::Shards& shards_;
    node::SharedAddresses* shared_;
    const node::Containers& containers_;
    BrokerPlaces places_;
};

}  // namespace weft::router_mgmt

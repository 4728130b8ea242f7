#pragma once

#include "common/mgmt/source.hpp"

namespace weft::router_config {
struct NodeConfig;
}

namespace weft::node {
class PolicyDesk;
class Shards;
}  // namespace weft::node

namespace weft::router_mgmt {

/// The vhosts, by their names. One that is made, changed or deleted holds at once, also for the
/// connections that are open. Threading: loop-confined (home's loop).
class VhostSource final : public mgmt::Source {
public:
    /// All must outlive it.
    VhostSource(const router_config::NodeConfig& config,
                node::PolicyDesk& desk,
                node::Shards& shards)
        : config_{config}, desk_{desk}, shards_{shards} {}

    std::size_t size() const override;
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;
    std::optional<mgmt::Row> find(mgmt::FindBy by, std::string_view value) const override;
    Result<mgmt::Row> create(std::string_view name, mgmt::Attributes attributes) override;
    Result<mgmt::Row> update(const std::string& identity, mgmt::Attributes changes) override;
    Result<void> remove(const std::string& identity) override;

private:
    Result<mgmt::Row> put(std::string name, const mgmt::Attributes& attributes);

    const router_config::NodeConfig& config_;
    node::PolicyDesk& desk_;
    node::Shards& shards_;
};

/// What has become of those who asked for the vhosts. Threading: loop-confined (home's loop).
class VhostStatsSource final : public mgmt::Source {
public:
    /// The desk must outlive it.
    explicit VhostStatsSource(node::PolicyDesk& desk) : desk_{desk} {}

    std::size_t size() const override;
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;

private:
    node::PolicyDesk& desk_;
};

}  // namespace weft::router_mgmt

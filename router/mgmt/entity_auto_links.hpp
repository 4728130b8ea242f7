#pragma once

#include "common/mgmt/source.hpp"

namespace weft::router_config {
class NodeConfig;
}

namespace weft::node {
class Containers;
}

namespace weft::router_mgmt {

/// The auto-links: those of the configuration file, which are there again after a restart, then
/// those made while the router runs. Threading: loop-confined (loop 0).
class AutoLinkSource final : public mgmt::Source {
public:
    /// Both must outlive it.
    AutoLinkSource(const router_config::NodeConfig& config, node::Containers& containers)
        : config_{config}, containers_{containers} {}

    std::size_t size() const override;
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;
    std::optional<mgmt::Row> find(mgmt::FindBy by, std::string_view value) const override;
    Result<mgmt::Row> create(std::string_view name, mgmt::Attributes attributes) override;
    Result<void> remove(const std::string& identity) override;

private:
    const router_config::NodeConfig& config_;
    node::Containers& containers_;
};

}  // namespace weft::router_mgmt

#pragma once

#include "common/mgmt/source.hpp"

namespace weft::exchange {
class Distributor;
}

namespace weft::io {
class Loop;
}

namespace weft::linkroute {
class LinkRoutes;
}

namespace weft::router_config {
struct NodeConfig;
}

namespace weft::router_mgmt {

/// The exchanges: those of the configuration file, which are there again after a restart, then
/// those made while the router runs. One that is deleted takes its bindings along.
/// Threading: loop-confined (loop 0).
class ExchangeSource final : public mgmt::Source {
public:
    /// All must outlive it.
    ExchangeSource(const router_config::NodeConfig& config,
                   exchange::Distributor& exchanges,
                   const linkroute::LinkRoutes& link_routes,
                   const io::Loop& loop)
        : config_{config}, exchanges_{exchanges}, link_routes_{link_routes}, loop_{loop} {}

    std::size_t size() const override;
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;
    Result<mgmt::Row> create(std::string_view name, mgmt::Attributes attributes) override;
    Result<void> remove(const std::string& identity) override;

private:
    const router_config::NodeConfig& config_;
    exchange::Distributor& exchanges_;
    const linkroute::LinkRoutes& link_routes_;
    const io::Loop& loop_;
};

/// Their bindings, in the same way. Threading: loop-confined (loop 0).
class BindingSource final : public mgmt::Source {
public:
    /// All must outlive it.
    BindingSource(const router_config::NodeConfig& config,
                  exchange::Distributor& exchanges,
                  const io::Loop& loop)
        : config_{config}, exchanges_{exchanges}, loop_{loop} {}

    std::size_t size() const override;
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;
    std::optional<mgmt::Row> find(mgmt::FindBy by, std::string_view value) const override;
    Result<mgmt::Row> create(std::string_view name, mgmt::Attributes attributes) override;
    Result<void> remove(const std::string& identity) override;

private:
    const router_config::NodeConfig& config_;
    exchange::Distributor& exchanges_;
    const io::Loop& loop_;
};

}  // namespace weft::router_mgmt

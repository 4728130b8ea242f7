#pragma once

#include "common/mgmt/source.hpp"

#include <cstdint>
#include <string>

namespace weft::router_config {
struct NodeConfig;
enum class Role : std::uint8_t;
}  // namespace weft::router_config

namespace weft::node {
class LinkRouting;
}  // namespace weft::node

namespace weft::router_mgmt {

class ManagementEndpoint;
class Survey;

/// The link routes that connections made for themselves. Who asks by a connection has to do with
/// its own alone; by the web all are shown. Threading: loop-confined (loop 0).
class OwnLinkRouteSource final : public mgmt::Source {
public:
    /// All must outlive it.
    OwnLinkRouteSource(const router_config::NodeConfig& config,
                       const ManagementEndpoint& endpoint,
                       Survey& survey,
                       node::LinkRouting& routing)
        : config_{config}, endpoint_{endpoint}, survey_{survey}, routing_{routing} {}

    std::size_t size() const override;
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;
    Result<mgmt::Row> create(std::string_view name, mgmt::Attributes attributes) override;
    Result<void> remove(const std::string& identity) override;

private:
    /// Who makes one, as its loop knows it.
    struct Maker {
        bool is_there = false;
        router_config::Role role{};
        bool is_allowed = true;  // by the rules for its user
        std::string container{};
    };
    const Maker* maker(std::uint64_t connection) const;
    bool may_make(router_config::Role role) const;

    const router_config::NodeConfig& config_;
    const ManagementEndpoint& endpoint_;
    Survey& survey_;
    node::LinkRouting& routing_;
};

}  // namespace weft::router_mgmt

#pragma once

#include "common/base/time.hpp"
#include "common/mgmt/source.hpp"
#include "router/linkstate/link_state.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace weft::node {
class Containers;
class Mesh;
}  // namespace weft::node

namespace weft::router_config {
struct NodeConfig;
}

namespace weft::router_mgmt {

class Survey;

/// The router itself. Threading: loop-confined (loop 0).
class RouterSource final : public mgmt::Source {
public:
    /// `mesh` is null if this router is alone. All must outlive it.
    RouterSource(const router_config::NodeConfig& config,
                 Instant started_at,
                 Survey& survey,
                 const node::Mesh* mesh,
                 const node::Containers& containers)
        : config_{config},
          started_at_{started_at},
          survey_{survey},
          mesh_{mesh},
          containers_{containers} {}

    std::size_t size() const override { return 1; }
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;
    /// Also as it is called among all types: "router/A".
    std::optional<mgmt::Row> find(mgmt::FindBy by, std::string_view value) const override;

private:
    mgmt::Row row() const;
    mgmt::Attributes settings() const;
    void add_totals(mgmt::Attributes& row) const;

    const router_config::NodeConfig& config_;
    Instant started_at_;
    Survey& survey_;
    const node::Mesh* mesh_;
    const node::Containers& containers_;
};

/// In a mesh of more routers, the origins of the messages that pass through are not shown: they
/// take a tree of each router, and all of that at once would hold up the loop.
inline constexpr std::size_t kOriginsShownMax = 256;

/// The routers of the mesh, this one first; none where there is no mesh.
/// Threading: loop-confined (home's loop).
class NodeSource final : public mgmt::Source {
public:
    /// `mesh`, null if this router is alone, must outlive it. `now` is the loop's time.
    NodeSource(node::Mesh* mesh, Instant now);

    std::size_t size() const override;
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;

private:
    mgmt::Row row_of(const linkstate::RouterNode& node) const;
    void add_origins(const std::vector<linkstate::RouterNode>& nodes,
                     std::size_t begin,
                     std::vector<mgmt::Row>& rows) const;
    std::int64_t wall_seconds(Instant moment) const;

    node::Mesh* mesh_;
    Duration since_1970_;  // of the loop's zero
};

}  // namespace weft::router_mgmt

#pragma once

#include "tests/simulation/mesh_sim_graph.hpp"
#include "tests/simulation/mesh_sim_wire.hpp"
#include "tests/unit/core/fake_port.hpp"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::router {

/// A simulated router: a core, its ends of the wires, a connection for clients, and what it
/// believes of the mesh, which it is told with delay.
class Node final : public Topology, private Demand {
public:
    Node(std::size_t number, std::size_t mesh_size, const Instant& now);
    ~Node() override;
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;

    static std::string name_of(std::size_t node) { return "n" + std::to_string(node); }

    /// Believes from now on what is true.
    void learn(const Graph& graph, const std::vector<std::unique_ptr<Node>>& nodes);
    /// A wire of its own is gone: the paths first, then the links.
    void lose(std::size_t neighbour, const Graph& graph);
    /// Nobody else is there any more.
    void leave_mesh();

    bool knows(const Graph& graph, const std::vector<std::unique_ptr<Node>>& nodes) const;
    /// The addresses that consumers here receive from.
    const std::set<std::string>& local() const { return local_; }

    // Topology
    RouterIndex index_of(std::string_view router_id) const override;
    const Destinations& valid_destinations(RouterIndex origin) override;
    bool leads_here(RouterIndex, const Trunk&) override { return true; }  // asked of originals only

    Core core;
    FakePort clients;
    std::map<std::size_t, std::unique_ptr<WireEnd>> ends;  // by neighbour

private:
    void demand_changed(const Address& address, bool wanted) override;
    void believe(const Graph& graph);
    void hear_of(std::size_t node, const std::set<std::string>& addresses);
    RouterIndex index_of(std::size_t node) const;
    std::size_t node_of(RouterIndex index) const { return (number_ + index) % size_; }

    const Instant& now_;
    std::size_t number_;
    std::size_t size_;
    Graph graph_;
    Tree tree_;
    std::vector<Destinations> valid_;  // by origin; empty: not computed
    Destinations nowhere_;
    std::set<std::string> local_;
    std::map<std::size_t, std::set<std::string>> heard_;
};

}  // namespace weft::router

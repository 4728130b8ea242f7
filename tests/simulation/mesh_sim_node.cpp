#include "tests/simulation/mesh_sim_node.hpp"

#include <array>
#include <cstdint>
#include <cstdlib>

namespace weft::router {

namespace {

/// The same in each run, and other ones at each router.
NameSource names_of(std::size_t number) {
    return [router = static_cast<std::uint8_t>(number), next = std::uint32_t{0}]() mutable {
        ++next;
        return std::array<std::uint8_t, 16>{router, static_cast<std::uint8_t>(next),
                                            static_cast<std::uint8_t>(next >> 8U),
                                            static_cast<std::uint8_t>(next >> 16U)};
    };
}

}  // namespace

Node::Node(std::size_t number, std::size_t mesh_size, const Instant& now)
    : core{{.router_id = name_of(number),
            .names = names_of(number),
            .limits = {.slice = number % 2 == 0 ? std::size_t{500} : std::size_t{2}}}},
      clients{core, now},
      now_{now},
      number_{number},
      size_{mesh_size} {
    core.routes().set_topology(this);
    core.reach().set_local_demand(this);
    graph_.size = mesh_size;
    believe(graph_);
}

Node::~Node() = default;

RouterIndex Node::index_of(std::size_t node) const {
    return static_cast<RouterIndex>((node + size_ - number_) % size_);
}

RouterIndex Node::index_of(std::string_view router_id) const {
    const std::string digits(router_id.substr(1));
    return index_of(static_cast<std::size_t>(std::atoi(digits.c_str())));
}

const Destinations& Node::valid_destinations(RouterIndex origin) {
    if (origin >= size_) {
        return nowhere_;
    }
    Destinations& valid = valid_[origin];
    if (valid.empty()) {
        const std::size_t root = node_of(origin);
        const Tree tree = shortest_paths(graph_, root);
        for (RouterIndex router = 0; router < size_; ++router) {
            const std::size_t node = node_of(router);
            valid.push_back(node != number_ && tree.reaches(node) && tree.passes(number_, node));
        }
    }
    return valid;
}

void Node::demand_changed(const Address& address, bool wanted) {
    if (address.key.address_class() == 'M') {
        wanted ? static_cast<void>(local_.insert(address.key.text))
               : static_cast<void>(local_.erase(address.key.text));
    }
}

void Node::believe(const Graph& graph) {
    graph_ = graph;
    tree_ = shortest_paths(graph_, number_);
    valid_.assign(size_, {});
    for (std::size_t node = 0; node < size_; ++node) {
        if (node == number_) {
            continue;
        }
        Trunk* trunk = nullptr;
        if (tree_.reaches(node)) {
            const auto end = ends.find(tree_.next_hop(number_, node));
            trunk = end == ends.end() ? nullptr : &end->second->trunk();
        }
        core.reach().set_path(index_of(node), name_of(node), trunk, tree_.cost[node], now_);
    }
}

void Node::hear_of(std::size_t node, const std::set<std::string>& addresses) {
    std::set<std::string>& heard = heard_[node];
    for (const std::string& address : std::set(heard)) {
        if (!addresses.contains(address)) {
            core.reach().set_remote(index_of(node), address, false, {}, now_);
            heard.erase(address);
        }
    }
    for (const std::string& address : addresses) {
        if (heard.insert(address).second) {
            core.reach().set_remote(index_of(node), address, true, {}, now_);
        }
    }
}

void Node::learn(const Graph& graph, const std::vector<std::unique_ptr<Node>>& nodes) {
    if (graph != graph_) {
        believe(graph);
    }
    for (std::size_t node = 0; node < size_; ++node) {
        if (node != number_) {
            hear_of(node, nodes[node]->local());
        }
    }
}

bool Node::knows(const Graph& graph, const std::vector<std::unique_ptr<Node>>& nodes) const {
    if (graph != graph_) {
        return false;
    }
    for (std::size_t node = 0; node < size_; ++node) {
        const auto heard = heard_.find(node);
        const bool same = heard == heard_.end() ? nodes[node]->local().empty()
                                                : heard->second == nodes[node]->local();
        if (node != number_ && !same) {
            return false;
        }
    }
    return true;
}

void Node::lose(std::size_t neighbour, const Graph& graph) {
    believe(graph);
    ends.at(neighbour)->down();
}

void Node::leave_mesh() {
    for (std::size_t node = 0; node < size_; ++node) {
        if (node != number_) {
            hear_of(node, {});
        }
    }
    Graph alone;
    alone.size = size_;
    believe(alone);
}

}  // namespace weft::router

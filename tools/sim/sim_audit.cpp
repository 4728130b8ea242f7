#include "tools/sim/sim_audit.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

namespace weft::sim {

Truth truth_of(const SimMesh& mesh) {
    Truth truth;
    const std::size_t size = mesh.size();
    truth.links.resize(size);
    truth.cost.assign(size, std::vector(size, Truth::kFar));
    truth.parent.assign(size, std::vector(size, Truth::kNobody));
    truth.next_hop.assign(size, std::vector(size, Truth::kNobody));
    for (const SimMesh::Wire& wire : mesh.wires()) {
        if (mesh.carries(wire)) {
            const auto add = [&](std::size_t from, std::size_t to) {
                const auto known = truth.links[from].emplace(to, wire.cost).first;
                known->second = std::min(known->second, wire.cost);
            };
            add(wire.a, wire.b);
            add(wire.b, wire.a);
        }
    }
    for (std::size_t root = 0; root < size; ++root) {
        truth.compute(root, [&](std::size_t router) { return mesh.place(router).id; });
    }
    return truth;
}

namespace {

/// What is wrong with the paths and addresses that the router `at` knows.
std::string audit_router(SimMesh& mesh, const Truth& truth, std::size_t at) {
    SimRouter& here = mesh.router(at);
    const auto id = [&](std::size_t router) { return mesh.place(router).id; };
    linkstate::LinkState& machine = here.machine;
    const auto fault = [&](std::size_t to, const std::string& what) {
        return id(at) + " to " + id(to) + ": " + what;
    };
    if (!here.faults.empty()) {
        return id(at) + ": " + here.faults.front();
    }
    for (std::size_t to = 0; to < mesh.size(); ++to) {
        if (to == at) {
            continue;
        }
        const RouterIndex index = machine.index_of(id(to));
        const std::optional<linkstate::Path> path =
            index == kNoRouter ? std::nullopt : machine.path_to(index);
        const bool reachable = truth.cost[at][to] != Truth::kFar;
        if (reachable != path.has_value()) {
            return fault(to, reachable ? "no path" : "a path that should not be");
        }
        if (!path) {
            continue;
        }
        if (path->cost != truth.cost[at][to]) {
            return fault(to, "cost " + std::to_string(path->cost) + ", but should be " +
                                 std::to_string(truth.cost[at][to]));
        }
        const std::string_view hop = machine.neighbour_on(path->link);
        if (hop != id(truth.next_hop[at][to])) {
            return fault(to, "next hop " + std::string(hop) + ", but should be " +
                                 id(truth.next_hop[at][to]));
        }
        if (here.paths.at(index) != *path) {
            return fault(to, "the path told is not the path");
        }
        std::set<std::string, std::less<>> expected(mesh.place(to).addresses.begin(),
                                                    mesh.place(to).addresses.end());
        expected.insert("M0_weft/" + id(to));
        if (here.keys[index] != expected) {
            return fault(to, std::to_string(here.keys[index].size()) +
                                 " addresses, but should be " + std::to_string(expected.size()));
        }
    }
    return {};
}

/// Sends a multicast of `origin` to all: each router forwards toward its valid destinations, once
/// for each next hop. Each router must get it exactly once.
std::string audit_multicast(SimMesh& mesh, const Truth& truth, std::size_t origin) {
    const auto id = [&](std::size_t router) { return mesh.place(router).id; };
    std::vector<int> copies(mesh.size(), 0);
    std::vector<std::size_t> queue{origin};
    while (!queue.empty()) {
        const std::size_t at = queue.back();
        queue.pop_back();
        linkstate::LinkState& machine = mesh.router(at).machine;
        const RouterIndex source = machine.index_of(id(origin));
        const std::vector<bool>& valid = machine.valid_destinations(source);
        std::set<std::size_t> hops;
        for (std::size_t to = 0; to < mesh.size(); ++to) {
            const RouterIndex index = machine.index_of(id(to));
            const bool is_valid = index != kNoRouter && index < valid.size() && valid[index];
            if (is_valid != (to != at && truth.passes(origin, at, to))) {
                return "of origin " + id(origin) + ", " + id(to) + " is " +
                       (is_valid ? "" : "not ") + "valid at " + id(at);
            }
            if (is_valid) {
                hops.insert(truth.next_hop[at][to]);
            }
        }
        for (const std::size_t hop : hops) {
            if (++copies[hop] > 1) {
                return id(hop) + " gets a multicast of " + id(origin) + " twice";
            }
            queue.push_back(hop);
        }
    }
    for (std::size_t to = 0; to < mesh.size(); ++to) {
        const bool reachable = to != origin && truth.cost[origin][to] != Truth::kFar;
        if (copies[to] != (reachable ? 1 : 0)) {
            return id(to) + " does not get a multicast of " + id(origin);
        }
    }
    return {};
}

}  // namespace

std::string audit_paths(SimMesh& mesh, const Truth& truth) {
    for (std::size_t at = 0; at < mesh.size(); ++at) {
        if (mesh.runs(at)) {
            if (std::string fault = audit_router(mesh, truth, at); !fault.empty()) {
                return fault;
            }
        }
    }
    return {};
}

std::string audit(SimMesh& mesh) {
    const Truth truth = truth_of(mesh);
    if (std::string fault = audit_paths(mesh, truth); !fault.empty()) {
        return fault;
    }
    for (std::size_t origin = 0; origin < mesh.size(); ++origin) {
        if (mesh.runs(origin)) {
            if (std::string fault = audit_multicast(mesh, truth, origin); !fault.empty()) {
                return fault;
            }
        }
    }
    return {};
}

std::string dump(const SimMesh& mesh) {
    std::string text;
    for (const SimMesh::Wire& wire : mesh.wires()) {
        if (wire.alive) {
            text += "\n" + mesh.place(wire.a).id + " - " + mesh.place(wire.b).id + " cost " +
                    std::to_string(wire.cost);
        }
    }
    for (std::size_t at = 0; at < mesh.size(); ++at) {
        const SimPlace& place = mesh.place(at);
        text += "\n" + place.id + (place.alive() ? "" : " is down");
        for (const linkstate::RouterNode& known :
             place.alive() ? place.router->machine.nodes() : std::vector<linkstate::RouterNode>{}) {
            text += "\n  " + known.id + " instance " + std::to_string(known.instance) + " links " +
                    std::to_string(known.ls_seq) + " addresses " +
                    std::to_string(known.mobile_seq) + (known.path ? " via " : " away") +
                    known.next_hop + " {";
            for (const auto& [peer, cost] : place.router->machine.peers_of(known.index)) {
                text += " " + peer + ":" + std::to_string(cost);
            }
            text += " }";
        }
    }
    return text;
}

}  // namespace weft::sim

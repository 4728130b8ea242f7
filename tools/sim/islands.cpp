#include "tools/sim/islands.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace weft::sim {
namespace {

using Neighbours = std::vector<std::vector<std::pair<std::size_t, std::size_t>>>;  // router, link

Neighbours neighbours_of(const Topology& topology) {
    Neighbours neighbours(topology.routers.size());
    for (std::size_t i = 0; i < topology.links.size(); ++i) {
        const Topology::Link& link = topology.links[i];
        neighbours[link.from].emplace_back(link.to, i);
        neighbours[link.to].emplace_back(link.from, i);
    }
    return neighbours;
}

std::vector<Island> islands(const Neighbours& neighbours, const std::set<Part>& failed) {
    const auto is_failed = [&failed](bool is_link, std::size_t number) {
        return failed.contains({.is_link = is_link, .number = number});
    };
    std::vector<bool> seen(neighbours.size());
    for (const Part& part : failed) {
        if (!part.is_link) {
            seen[part.number] = true;
        }
    }
    std::vector<Island> found;
    for (std::size_t first = 0; first < neighbours.size(); ++first) {
        if (seen[first]) {
            continue;
        }
        seen[first] = true;
        Island island{first};
        for (std::size_t at = 0; at < island.size(); ++at) {
            for (const auto& [peer, link] : neighbours[island[at]]) {
                if (!seen[peer] && !is_failed(true, link)) {
                    seen[peer] = true;
                    island.push_back(peer);
                }
            }
        }
        std::ranges::sort(island);
        found.push_back(std::move(island));
    }
    std::ranges::stable_sort(found, std::greater{}, &Island::size);
    return found;
}

}  // namespace

std::vector<Island> islands(const Topology& topology, const std::set<Part>& failed) {
    return islands(neighbours_of(topology), failed);
}

std::vector<std::size_t> cut_off(const std::vector<Island>& islands) {
    std::vector<std::size_t> routers;
    for (std::size_t i = 1; i < islands.size(); ++i) {
        routers.insert(routers.end(), islands[i].begin(), islands[i].end());
    }
    std::ranges::sort(routers);
    return routers;
}

std::vector<SinglePoint> single_points(const Topology& topology) {
    const Neighbours neighbours = neighbours_of(topology);
    std::vector<SinglePoint> points;
    if (islands(neighbours, {}).size() > 1) {
        return points;
    }
    const auto try_without = [&](Part part) {
        const std::vector<Island> left = islands(neighbours, {part});
        if (left.size() > 1) {
            points.push_back({.part = part, .cut_off = cut_off(left)});
        }
    };
    for (std::size_t i = 0; i < topology.routers.size(); ++i) {
        try_without({.is_link = false, .number = i});
    }
    for (std::size_t i = 0; i < topology.links.size(); ++i) {
        try_without({.is_link = true, .number = i});
    }
    return points;
}

std::vector<Unserved> unserved(const Topology& topology, const std::vector<Island>& islands) {
    std::map<std::string, std::vector<std::size_t>> without;
    for (const Topology::Router& router : topology.routers) {
        for (const std::string& address : router.addresses) {
            without[address];
        }
    }
    for (const Island& island : islands) {
        std::set<std::string> served;
        for (const std::size_t router : island) {
            const auto& addresses = topology.routers[router].addresses;
            served.insert(addresses.begin(), addresses.end());
        }
        for (auto& [address, routers] : without) {
            if (!served.contains(address)) {
                routers.insert(routers.end(), island.begin(), island.end());
            }
        }
    }
    std::vector<Unserved> found;
    for (auto& [address, routers] : without) {
        if (!routers.empty()) {
            std::ranges::sort(routers);
            found.push_back({address, std::move(routers)});
        }
    }
    return found;
}

}  // namespace weft::sim

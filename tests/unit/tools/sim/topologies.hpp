#pragma once

#include "tools/sim/topology.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace weft::sim {

/// "a b:orders c; a-b a-3-c": routers with addresses of which they have consumers, then links
/// with their costs between the ids, which are one letter each.
inline Topology drawn(const std::string& text) {
    Topology topology;
    const std::size_t semicolon = text.find(';');
    std::size_t begin = 0;
    while (begin < text.size()) {
        const std::size_t end = std::min(text.find_first_of(" ;", begin), text.size());
        const std::string word = text.substr(begin, end - begin);
        if (!word.empty() && begin < semicolon) {
            topology.routers.push_back({.id = word.substr(0, 1)});
            if (word.size() > 1) {
                topology.routers.back().addresses.push_back(word.substr(2));
            }
        } else if (!word.empty()) {
            const std::size_t last = word.rfind('-');
            topology.links.push_back({.from = *topology.find_router(word.substr(0, 1)),
                                      .to = *topology.find_router(word.substr(last + 1)),
                                      .cost = last == 1 ? 1U
                                                        : static_cast<std::uint32_t>(std::stoul(
                                                              word.substr(2, last - 2)))});
        }
        begin = end + 1;
    }
    return topology;
}

}  // namespace weft::sim

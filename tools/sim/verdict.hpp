#pragma once

#include "tools/sim/report.hpp"
#include "tools/sim/topology.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace weft::sim {

/// What to tell the one who asked. Threading: not shared (a value).
struct Verdict {
    std::string text{};    // one sentence
    std::string remedy{};  // what to do
};

[[nodiscard]] Verdict judge(const Topology& topology, const Report& report);

/// Ids of routers, separated by commas; of many the first, and how many more.
inline constexpr std::size_t kNamedMax = 10;
std::string names_text(const Topology& topology, const std::vector<std::size_t>& routers);

}  // namespace weft::sim

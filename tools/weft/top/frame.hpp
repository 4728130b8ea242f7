#pragma once

#include "tools/weft/tables/table.hpp"
#include "tools/weft/values/json.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace weft::tools {

/// What one router showed at one time. Threading: not shared (a value).
struct Sample {
    std::string router{};
    double seconds = 0;     // on any clock
    std::string failure{};  // why there is nothing else
    Entity totals{};        // the router entity
    std::vector<Entity> addresses{};
    std::vector<Entity> links{};
};

/// Addresses and links that a frame shows.
inline constexpr std::size_t kTopRowsMax = 10;

/// Routers, busiest addresses and slowest links, as tables. Rates are those since `before`; of a
/// router that is not there, or started anew since, averages since its start.
std::vector<Table> top_frame(const std::vector<Sample>& now, const std::vector<Sample>& before);

}  // namespace weft::tools

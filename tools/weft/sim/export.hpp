#pragma once

#include "tools/weft/values/json.hpp"

#include <string>
#include <vector>

namespace weft::tools {

/// What one router of a live mesh shows. Threading: not shared (a value).
struct Sight {
    std::string router{};
    std::string failure{};  // why there is nothing else
    Entity self{};          // the router entity
    std::vector<Entity> nodes{};
    std::vector<Entity> addresses{};
    std::vector<Entity> connections{};
    std::vector<Entity> connectors{};
};

/// The mesh as a topology's file that `weft sim` reads, with comments on what is not known. Links
/// are those that the first router knows of, between routers that are in `sights`.
std::string topology_text(const std::vector<Sight>& sights);

}  // namespace weft::tools

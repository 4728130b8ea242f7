#pragma once

#include "tools/weft/tables/report.hpp"

#include <string>
#include <vector>

namespace weft::tools {

// What `weft address` says of entries. Threading: any thread (pure functions).

/// The entries of `scope` (empty: all) by their rules, and below them what is wrong with some.
Report address_report(std::vector<Entity> entries, const std::string& scope);

/// "prefix news (multicast, priority 7, slow consumers lose messages)".
std::string described(const Entity& entry);

/// Where it is known, `router` being the one that was asked.
std::string known_where(const Entity& entry, const std::string& router);

/// "prefix news: not used here: …"; empty if all is well.
std::string conflict_line(const Entity& entry);

}  // namespace weft::tools

#pragma once

#include "tools/weft/values/json.hpp"

#include <string>
#include <string_view>
#include <vector>

/// What a daemon has refused: entities of the type "refusal".
/// Threading: any thread (pure functions).
namespace weft::tools {

/// Those of that client, the last one first: by its user, its container or client identifier, its
/// host or host and port. Empty: of all.
std::vector<Entity> refusals_of(std::vector<Entity> refusals, std::string_view client);

/// What is to be said of one, some lines with their ends.
std::string refusal_text(const Entity& refusal);

}  // namespace weft::tools

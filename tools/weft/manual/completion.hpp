#pragma once

#include "tools/weft/description.hpp"

#include <span>
#include <string>
#include <vector>

namespace weft::tools {

/// A command of `weft` as a shell completes it.
struct Completed {
    std::string name;                // "queue"
    std::vector<std::string> verbs;  // "peek", …
    Description words;
};

/// What each shell reads to complete the words of `weft`: its commands, their verbs and flags, and
/// files where a flag takes one. Pure.
[[nodiscard]] std::string bash_completion(std::span<const Completed> commands);
[[nodiscard]] std::string zsh_completion(std::span<const Completed> commands);
[[nodiscard]] std::string fish_completion(std::span<const Completed> commands);

}  // namespace weft::tools

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weft::router_config {

/// A comment of a qdrouterd.conf, without its #.
struct ConfComment {
    std::uint32_t line = 0;
    /// The line where the section begins that it stands in, or in front of; 0: none follows.
    std::uint32_t section = 0;
    std::string text{};

    bool operator==(const ConfComment&) const = default;
};

/// All comments, in order, by the rules of qdrouterd_text.hpp. Total: any text has a result.
/// Threading: any thread (no state).
[[nodiscard]] std::vector<ConfComment> comments_of_conf(std::string_view text);

}  // namespace weft::router_config

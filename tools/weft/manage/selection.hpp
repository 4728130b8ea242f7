#pragma once

#include "tools/weft/values/json.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace weft::tools {

/// Which rows of a QUERY are shown, and in what order: the same words as those of /api
/// (common/mgmt/http_selection.hpp). Threading: not shared (a value).
struct Selection {
    std::vector<std::string>
        conditions{};     // NAME=TEXT, NAME!=TEXT; all must hold; TEXT*: begins so
    std::string match{};  // a value must contain it, in any case; empty: any
    std::string sort{};   // NAME, or -NAME: the largest first; empty: as they come

    bool asks() const { return !conditions.empty() || !match.empty() || !sort.empty(); }
};

/// Those of `rows` that are meant, in order; `limit` of them at most, 0: all. What a row does not
/// say is empty, and least. Throws Failure on a condition that is none.
std::vector<Entity> selected(std::vector<Entity> rows,
                             const Selection& selection,
                             std::size_t limit);

}  // namespace weft::tools

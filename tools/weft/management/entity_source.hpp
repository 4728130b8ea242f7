#pragma once

#include "tools/weft/values/json.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace weft::tools {

/// What the views of `weft stat` read a router through. All calls throw Failure.
/// Threading: not shared.
class EntitySource {
public:
    virtual ~EntitySource() = default;

    /// The entities of a type (short or full name), in the router's order, with the named
    /// attributes, or with all if none is named. `limit` 0 is no limit.
    virtual std::vector<Entity> query(std::string_view type,
                                      const std::vector<std::string>& attributes,
                                      std::size_t limit) = 0;

    /// True if the router has entities of this type, be it none at the moment.
    virtual bool knows(std::string_view type) = 0;

    /// The body of a node-level operation without arguments, such as GET-SCHEMA.
    virtual Json ask(std::string_view operation) = 0;

    /// Recent log lines, oldest first: [module, level, text, file, line, epoch seconds].
    virtual Json log(std::size_t limit) = 0;
};

}  // namespace weft::tools

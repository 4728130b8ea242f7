#pragma once

#include "common/config/entity.hpp"
#include "common/config/fault.hpp"
#include "common/config/file_reader.hpp"
#include "common/config/keys.hpp"
#include "common/config/node.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace weft::config {

/// A whole configuration: every singleton of the table once, and the lists' entities in order.
struct Document {
    std::vector<Entity> entities;

    const Entity& singleton(std::string_view section) const;
    std::vector<const Entity*> all(std::string_view section) const;
};

/// Checks `root` (an object of sections) against the table and types its values.
///
/// Every fault is reported; what is faulty is left out of the document.
[[nodiscard]] Document read_document(const KeyTable& table,
                                     const Node& root,
                                     Dialect dialect,
                                     const FileReader& reader,
                                     Faults& faults);

/// One entity alone, which `pointer` says is in the configuration; as far as it is not faulty.
[[nodiscard]] Entity read_entity(const Section& section,
                                 const Node& node,
                                 const std::string& pointer,
                                 Dialect dialect,
                                 const FileReader& reader,
                                 Faults& faults);

}  // namespace weft::config

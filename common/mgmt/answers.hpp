#pragma once

#include "common/mgmt/directory.hpp"
#include "common/wire/value.hpp"

#include <cstddef>
#include <string>
#include <vector>

/// Rows as management answers show them.
namespace weft::mgmt {

/// Rows in one QUERY's answer; whoever wants more asks on from a later offset.
inline constexpr std::size_t kRowsMax = 10'000;
/// Values in one QUERY's answer: fewer rows fit where the columns are many.
inline constexpr std::size_t kCellsMax = 500'000;
/// Bytes, about, of the values in one QUERY's answer, whatever those of its last row are.
inline constexpr std::size_t kPageBytesMax = std::size_t{16} * 1024 * 1024;
/// Attribute names in one QUERY.
inline constexpr std::size_t kColumnsMax = 256;

/// All attributes of one entity: null ones too for the types whose columns are fixed.
wire::Map entity_map(const EntityType& type, const Row& row);

struct Query {
    const EntityType* type = nullptr;     // null: every type
    std::vector<std::string> attributes;  // empty: all that the type, or any type, has
    std::size_t offset = 0;
    std::size_t count = kRowsMax;  // no more than the limits above are answered
};

struct RowPage {
    std::vector<std::string> attributes;
    std::vector<wire::List> rows;
    /// Rows were left out at the end, or, where that isn't known without reading them, may be.
    bool more = false;
};

/// Reads one page. A query over several types leaves out entities that have none of the
/// attributes. Errors: kNotFound for an attribute that neither the type nor, with every type
/// asked, any type has; kInvalidField past kColumnsMax.
[[nodiscard]] Result<RowPage> read_page(const Catalogue& catalogue,
                                        const Directory& directory,
                                        Query query);

}  // namespace weft::mgmt

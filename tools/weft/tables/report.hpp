#pragma once

#include "tools/weft/tables/table.hpp"
#include "tools/weft/values/json.hpp"

#include <functional>
#include <ostream>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace weft::tools {

/// What one view of `weft stat` has to show.
/// Threading: not shared (a value).
struct Report {
    /// Tables and plain lines, printed in order with an empty line between them.
    std::vector<std::variant<Table, std::string>> parts;
    /// What --json prints: the entities behind the rows.
    std::vector<Entity> entities;
};

void print(const Report& report, bool csv, std::ostream& out);

/// A table's column: its head and what it shows of an entity.
struct Column {
    std::string head;
    std::function<std::string(const Entity&)> cell;
};

Table make_table(std::string title,
                 const std::vector<Entity>& entities,
                 const std::vector<Column>& columns);

/// A two-column table of one entity: what `make_table` would show as heads, in rows.
Table make_sheet(std::string title, const Entity& entity, const std::vector<Column>& lines);

/// A column that shows an attribute as it stands.
Column plain(std::string head, std::string attribute);

/// An attribute as text: null and missing are empty, booleans True and False, lists as qdstat
/// prints them: ['a', 'b'].
std::string text_of(const Entity& entity, std::string_view attribute);

/// An attribute as a number; 0 if it is missing or none.
std::int64_t number_of(const Entity& entity, std::string_view attribute);

/// True if an attribute exists, is not null, not false and not empty.
bool is_set(const Entity& entity, std::string_view attribute);

/// True if any of the entities has the attribute at all, be it null.
bool any_has(const std::vector<Entity>& entities, std::string_view attribute);

}  // namespace weft::tools

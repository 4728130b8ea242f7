#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace weft::tools {

/// A titled table. Rows have as many cells as there are heads.
/// Threading: not shared (a value).
struct Table {
    std::string title;
    std::vector<std::string> heads;
    std::vector<std::vector<std::string>> rows;
};

/// Title, heads, a line of '=', rows; columns left-aligned, two spaces apart, the last one not
/// padded. What a terminal would obey is escaped.
void print_text(const Table& table, std::ostream& out);

/// Title, then heads and rows as quoted cells; an empty cell is written without quotes.
void print_csv(const Table& table, std::ostream& out);

}  // namespace weft::tools

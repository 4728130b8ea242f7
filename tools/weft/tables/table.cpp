#include "tools/weft/tables/table.hpp"

#include "common/base/printable.hpp"

#include <algorithm>

namespace weft::tools {
namespace {

constexpr std::size_t kGap = 2;

/// Characters on the screen: bytes that do not continue a UTF-8 sequence.
std::size_t width(const std::string& text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (c & '\xC0') != '\x80'; }));
}

using Rows = std::vector<std::vector<std::string>>;

Rows printable_rows(Rows rows) {
    for (auto& row : rows) {
        std::ranges::transform(row, row.begin(),
                               [](const std::string& cell) { return printable(cell); });
    }
    return rows;
}

std::vector<std::size_t> column_widths(const std::vector<std::string>& heads, const Rows& rows) {
    std::vector<std::size_t> widths;
    widths.reserve(heads.size());
    for (const std::string& head : heads) {
        widths.push_back(width(head));
    }
    for (const auto& row : rows) {
        for (std::size_t column = 0; column < row.size(); ++column) {
            widths[column] = std::max(widths[column], width(row[column]));
        }
    }
    return widths;
}

void print_text_row(const std::vector<std::string>& cells,
                    const std::vector<std::size_t>& widths,
                    std::ostream& out) {
    std::string line(kGap, ' ');
    for (std::size_t column = 0; column < cells.size(); ++column) {
        line += cells[column];
        if (column + 1 < cells.size()) {
            line.append(widths[column] - width(cells[column]) + kGap, ' ');
        }
    }
    out << line << '\n';
}

void print_csv_row(const std::vector<std::string>& cells, std::ostream& out) {
    std::string line;
    for (const std::string& cell : cells) {
        if (&cell != &cells.front()) {
            line += ',';
        }
        if (cell.empty()) {
            continue;
        }
        line += '"';
        for (const char c : cell) {
            line.append(c == '"' ? 2 : 1, c);
        }
        line += '"';
    }
    out << line << '\n';
}

}  // namespace

void print_text(const Table& table, std::ostream& out) {
    const Rows rows = printable_rows(table.rows);
    const std::vector<std::size_t> widths = column_widths(table.heads, rows);
    out << printable(table.title, Breaks::kept) << '\n';
    print_text_row(table.heads, widths, out);
    std::size_t total = 0;
    for (const std::size_t column : widths) {
        total += column + kGap;
    }
    out << std::string(kGap, ' ') << std::string(total, '=') << '\n';
    for (const auto& row : rows) {
        print_text_row(row, widths, out);
    }
}

void print_csv(const Table& table, std::ostream& out) {
    out << table.title << '\n';
    print_csv_row(table.heads, out);
    for (const auto& row : table.rows) {
        print_csv_row(row, out);
    }
}

}  // namespace weft::tools

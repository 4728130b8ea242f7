#include "common/mgmt/nearest.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace weft::mgmt {
namespace {

constexpr std::size_t kLengthMax = 64;

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Insertions, deletions, replacements and swaps of neighbours that turn one text into the other.
std::size_t edits(std::string_view a, std::string_view b) {
    std::array<std::array<std::size_t, kLengthMax + 1>, kLengthMax + 1> table{};
    for (std::size_t i = 0; i <= a.size(); ++i) {
        table[i][0] = i;
    }
    for (std::size_t j = 0; j <= b.size(); ++j) {
        table[0][j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const bool same = lower(a[i - 1]) == lower(b[j - 1]);
            std::size_t best = table[i - 1][j - 1] + (same ? 0 : 1);
            best = std::min({best, table[i - 1][j] + 1, table[i][j - 1] + 1});
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                lower(a[i - 2]) == lower(b[j - 1])) {
                best = std::min(best, table[i - 2][j - 2] + 1);
            }
            table[i][j] = best;
        }
    }
    return table[a.size()][b.size()];
}

}  // namespace

std::string_view nearest(std::string_view name, const std::vector<std::string_view>& known) {
    std::string_view best;
    std::size_t best_edits = std::max<std::size_t>(name.size() / 3, 1) + 1;
    if (name.empty() || name.size() > kLengthMax) {
        return best;
    }
    for (const std::string_view each : known) {
        if (each.size() > kLengthMax) {
            continue;
        }
        if (const std::size_t distance = edits(name, each); distance < best_edits) {
            best = each;
            best_edits = distance;
        }
    }
    return best;
}

}  // namespace weft::mgmt

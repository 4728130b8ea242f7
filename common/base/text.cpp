#include "common/base/text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace weft {
namespace {

constexpr std::size_t kTypedNameMax = 64;

/// Insertions, deletions, replacements and swaps of neighbours that turn one text into the other.
std::size_t edits(std::string_view a, std::string_view b) {
    std::array<std::array<std::size_t, kTypedNameMax + 1>, kTypedNameMax + 1> table{};
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

std::string lower(std::string_view text) {
    std::string out{text};
    std::ranges::transform(out, out.begin(), [](char c) { return lower(c); });
    return out;
}

bool same_but_case(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

std::string hex(Bytes bytes) {
    std::string out;
    out.reserve(bytes.size() * 2);
    append_hex(out, bytes);
    return out;
}

void append_hex(std::string& out, Bytes bytes) {
    for (const std::uint8_t byte : bytes) {
        append_hex(out, byte);
    }
}

void append_hex(std::string& out, std::uint8_t byte) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    out += kDigits[byte >> 4];
    out += kDigits[byte & 0xf];
}

std::string_view nearest(std::string_view name, std::span<const std::string_view> names) {
    std::string_view best;
    if (name.size() > kTypedNameMax) {
        return best;
    }
    std::size_t best_edits = std::max<std::size_t>(name.size() / 3, 2) + 1;
    for (const std::string_view each : names) {
        if (each.size() > kTypedNameMax) {
            continue;
        }
        const std::size_t distance = edits(name, each);
        if (distance < best_edits && distance < each.size()) {
            best = each;
            best_edits = distance;
        }
    }
    return best;
}

}  // namespace weft

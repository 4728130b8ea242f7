#include "common/config/keys.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

namespace weft::config {

namespace {

/// Names longer than this are nobody's typing error.
constexpr std::size_t kTypedNameMax = 64;

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Insertions, deletions and replacements between two names; case is free.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t replaced = diagonal + (lower(a[i]) == lower(b[j]) ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

}  // namespace

const Key* Section::find(std::string_view key) const {
    const auto found = std::ranges::find(keys, key, &Key::name);
    return found == keys.end() ? nullptr : &*found;
}

const Section* Table::find(std::string_view section) const {
    const auto found = std::ranges::find(sections, section, &Section::name);
    return found == sections.end() ? nullptr : &*found;
}

std::string_view unit_of(const Key& key) {
    if (key.type == Type::size) {
        return "bytes";
    }
    return key.type == Type::seconds ? "s" : key.unit;
}

std::string_view nearest(std::span<const std::string_view> names, std::string_view name) {
    std::string_view best;
    if (name.size() > kTypedNameMax) {
        return best;
    }
    std::size_t best_distance = std::max<std::size_t>(name.size() / 3, 2) + 1;
    for (const std::string_view candidate : names) {
        const std::size_t distance = edit_distance(name, candidate);
        if (distance < best_distance && distance < candidate.size()) {
            best = candidate;
            best_distance = distance;
        }
    }
    return best;
}

}  // namespace weft::config

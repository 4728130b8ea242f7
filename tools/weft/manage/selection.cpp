#include "tools/weft/manage/selection.hpp"

#include "common/base/text.hpp"
#include "common/mgmt/condition.hpp"
#include "tools/weft/failure.hpp"

#include <algorithm>
#include <utility>

namespace weft::tools {
namespace {

Json value_at(const Entity& row, const std::string& name) {
    const auto found = row.find(name);
    return found == row.end() ? Json{} : *found;
}

std::string shown(const Json& value) {
    if (value.is_null()) {
        return {};
    }
    return value.is_string() ? value.get<std::string>() : json_text(value, -1);
}

mgmt::Condition condition_of(const std::string& text) {
    auto condition = mgmt::Condition::of(text);
    if (!condition) {
        throw Failure("--where " + condition.error().text);
    }
    return *std::move(condition);
}

bool contains(const Entity& row, const std::string& small_letters) {
    return std::any_of(row.begin(), row.end(), [&](const Json& value) {
        return lower(shown(value)).find(small_letters) != std::string::npos;
    });
}

/// What is not known is least, then numbers, then words.
bool is_less(const Json& a, const Json& b) {
    const auto rank = [](const Json& value) {
        return value.is_null() ? 0 : value.is_number() ? 1 : 2;
    };
    if (rank(a) != rank(b) || rank(a) == 0) {
        return rank(a) < rank(b);
    }
    return rank(a) == 1 ? a.get<double>() < b.get<double>() : shown(a) < shown(b);
}

}  // namespace

std::vector<Entity> selected(std::vector<Entity> rows,
                             const Selection& selection,
                             std::size_t limit) {
    for (const std::string& each : selection.conditions) {
        const mgmt::Condition condition = condition_of(each);
        std::erase_if(rows, [&](const Entity& row) {
            return !condition.holds(shown(value_at(row, condition.name)));
        });
    }
    if (!selection.match.empty()) {
        const std::string match = lower(selection.match);
        std::erase_if(rows, [&](const Entity& row) { return !contains(row, match); });
    }
    if (!selection.sort.empty()) {
        const bool largest_first = selection.sort.starts_with('-');
        const std::string name = selection.sort.substr(largest_first ? 1 : 0);
        std::ranges::stable_sort(rows, [&](const Entity& left, const Entity& right) {
            const Json a = value_at(left, name);
            const Json b = value_at(right, name);
            return largest_first ? is_less(b, a) : is_less(a, b);
        });
    }
    if (limit > 0 && rows.size() > limit) {
        rows.resize(limit);
    }
    return rows;
}

}  // namespace weft::tools

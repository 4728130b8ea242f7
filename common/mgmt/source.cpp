#include "common/mgmt/source.hpp"

#include "common/base/conditions.hpp"
#include "common/mgmt/status.hpp"

#include <algorithm>

namespace weft::mgmt {

void Attributes::set(std::string_view name, wire::Value value) {
    const auto found = std::ranges::find(entries_, name, &Entry::first);
    if (found != entries_.end()) {
        found->second = std::move(value);
        return;
    }
    entries_.emplace_back(name, std::move(value));
}

const wire::Value* Attributes::find(std::string_view name) const {
    const auto found = std::ranges::find(entries_, name, &Entry::first);
    return found == entries_.end() ? nullptr : &found->second;
}

std::optional<Row> Source::find(FindBy by, std::string_view value) const {
    std::optional<Row> found;
    read(0, size(), [&](const Row& row) {
        if ((by == FindBy::identity ? row.identity : row.shown_name()) == value) {
            found = row;
        }
        return !found;
    });
    return found;
}

// NOLINTBEGIN(performance-unnecessary-value-param): those that can move from it.
Result<Row> Source::create(std::string_view, Attributes) {
    return fail(kNotImplemented, "This daemon can't create such entities while it runs");
}

Result<Row> Source::update(const std::string&, Attributes) {
    return fail(kNotImplemented, "This daemon can't change such entities while it runs");
}
// NOLINTEND(performance-unnecessary-value-param)

Result<void> Source::remove(const std::string&) {
    return fail(kNotImplemented, "This daemon can't delete such entities while it runs");
}

}  // namespace weft::mgmt

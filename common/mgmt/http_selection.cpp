#include "common/mgmt/http_selection.hpp"

#include "common/base/text.hpp"
#include "common/mgmt/json.hpp"
#include "common/mgmt/status.hpp"
#include "common/mgmt/uri_text.hpp"

#include <algorithm>
#include <compare>
#include <numeric>
#include <tuple>
#include <utility>

namespace weft::mgmt {
namespace {

using wire::Value;

std::string shown_text(const Value& value) {
    if (const std::string* text = value.text()) {
        return *text;
    }
    return value.is_null() ? std::string{} : to_json(value);
}

std::optional<double> real_of(const Value& value) {
    if (const auto integer = value.integer()) {
        return static_cast<double>(*integer);
    }
    if (const auto* real = value.as<double>()) {
        return *real;
    }
    const auto* small = value.as<float>();
    return small == nullptr ? std::nullopt : std::optional{static_cast<double>(*small)};
}

/// What is not known is least, then numbers, then words.
bool is_less(const Value& a, const Value& b) {
    const auto rank = [](const Value& value) {
        return value.is_null() ? 0 : real_of(value) ? 1 : 2;
    };
    if (rank(a) != rank(b) || rank(a) == 0) {
        return rank(a) < rank(b);
    }
    return rank(a) == 1 ? *real_of(a) < *real_of(b) : shown_text(a) < shown_text(b);
}

bool contains_but_case(const std::string& text, const std::string& small_letters) {
    const auto same = [](char c, char small) { return lower(c) == small; };
    return !std::ranges::search(text, small_letters, same).empty() || small_letters.empty();
}

/// All values of `name`, decoded.
Result<std::vector<std::string>> all_values(std::string_view query, std::string_view name) {
    std::vector<std::string> values;
    while (!query.empty()) {
        const std::size_t end = std::min(query.find('&'), query.size());
        if (const auto given = query_value(query.substr(0, end), name)) {
            auto value = percent_decoded(*given);
            if (!value) {
                return fail(kInvalidField,
                            "Malformed percent-encoding in '" + std::string{name} + "'");
            }
            values.push_back(*std::move(value));
        }
        query.remove_prefix(std::min(end + 1, query.size()));
    }
    return values;
}

}  // namespace

Result<std::optional<HttpSelection>> HttpSelection::of(std::string_view query) {
    WEFT_TRY(const auto conditions, all_values(query, "where"));
    WEFT_TRY(const auto matches, all_values(query, "match"));
    WEFT_TRY(const auto sorts, all_values(query, "sort"));
    if (conditions.size() > kConditionsMax || matches.size() > 1 || sorts.size() > 1) {
        return fail(kInvalidField, "At most " + std::to_string(kConditionsMax) +
                                       " 'where', one 'match' and one 'sort' can be asked for");
    }
    if (conditions.empty() && matches.empty() && sorts.empty()) {
        return std::nullopt;
    }
    HttpSelection selection;
    for (const std::string& each : conditions) {
        auto condition = Condition::of(each);
        if (!condition) {
            return fail(kInvalidField, "'where' " + condition.error().text);
        }
        selection.conditions_.push_back({*std::move(condition)});
    }
    selection.match_ = matches.empty() ? std::string{} : lower(matches.front());
    if (!sorts.empty()) {
        selection.largest_first_ = sorts.front().starts_with('-');
        selection.sort_ = sorts.front().substr(selection.largest_first_ ? 1 : 0);
    }
    return selection;
}

Result<void> HttpSelection::know(const wire::List& columns) {
    const auto find = [&](const std::string& name, std::size_t& column) -> Result<void> {
        const auto found =
            std::ranges::find_if(columns, [&](const Value& each) { return *each.text() == name; });
        if (found == columns.end()) {
            return fail(kInvalidField,
                        "'" + name + "' is none of the attributes that are asked for");
        }
        column = static_cast<std::size_t>(found - columns.begin());
        return {};
    };
    for (InColumn& each : conditions_) {
        if (auto found = find(each.condition.name, each.column); !found) {
            return found;
        }
    }
    return sort_.empty() ? Result<void>{} : find(sort_, sort_column_);
}

bool HttpSelection::matches(const wire::List& row) const {
    return match_.empty() || std::ranges::any_of(row, [&](const Value& value) {
               return contains_but_case(shown_text(value), match_);
           });
}

void HttpSelection::gather(const wire::List& row) {
    const auto holds = [&](const InColumn& each) {
        return each.condition.holds(shown_text(row[each.column]));
    };
    if (!is_full() && std::ranges::all_of(conditions_, holds) && matches(row)) {
        rows_.push_back(row);
    }
}

void HttpSelection::arrange(std::size_t count) {
    order_.resize(rows_.size());
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    if (sort_.empty()) {
        return;
    }
    const auto before = [&](std::size_t a, std::size_t b) {
        const Value& left = rows_[a][sort_column_];
        const Value& right = rows_[b][sort_column_];
        const bool less = largest_first_ ? is_less(right, left) : is_less(left, right);
        const bool more = largest_first_ ? is_less(left, right) : is_less(right, left);
        return less || (!more && a < b);
    };
    const auto end = order_.begin() + static_cast<std::ptrdiff_t>(std::min(count, order_.size()));
    std::ranges::partial_sort(order_, end, before);
}

}  // namespace weft::mgmt

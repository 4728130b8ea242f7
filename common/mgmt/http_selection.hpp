#pragma once

#include "common/base/result.hpp"
#include "common/mgmt/condition.hpp"
#include "common/wire/value.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::mgmt {

/// Which rows of a list are asked for, and in what order. Of the query of GET /api/TYPE:
///
///   where=NAME=TEXT, where=NAME!=TEXT   rows whose attribute says so; "TEXT*": begins so. May be
///                                       there more than once: all must hold
///   match=TEXT                          rows one of whose attributes contains it, in any case
///   sort=NAME, sort=-NAME               the least first, or the largest
///
/// NAME is one of the attributes that are asked for. Rows are gathered from the whole list, up to
/// kGatheredMax that are meant, and put in order when all are there.
/// Threading: not shared (values). Internal to common/mgmt: see HttpListing.
class HttpSelection {
public:
    static constexpr std::size_t kGatheredMax = 10'000;  // rows
    static constexpr std::size_t kConditionsMax = 16;

    /// Empty: none of the three is in the query. Errors: kInvalidField.
    static Result<std::optional<HttpSelection>> of(std::string_view query);

    /// Once, before the first row. Errors: kInvalidField for a name that is none of `columns`.
    [[nodiscard]] Result<void> know(const wire::List& columns);
    void gather(const wire::List& row);
    bool is_full() const { return rows_.size() >= kGatheredMax; }

    std::size_t size() const { return rows_.size(); }
    /// Puts the first `count` of them in order: all that will be asked for. As equal ones came.
    void arrange(std::size_t count);
    const wire::List& row(std::size_t at) const { return rows_[order_[at]]; }

private:
    struct InColumn {
        Condition condition;
        std::size_t column = 0;
    };

    bool matches(const wire::List& row) const;

    std::vector<InColumn> conditions_;
    std::string match_;  // in small letters
    std::string sort_;
    bool largest_first_ = false;
    std::size_t sort_column_ = 0;
    std::vector<wire::List> rows_;
    std::vector<std::size_t> order_;
};

}  // namespace weft::mgmt

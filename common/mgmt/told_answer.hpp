#pragma once

#include "common/base/http.hpp"
#include "common/mgmt/json_writer.hpp"
#include "common/wire/value.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace weft::mgmt {

inline constexpr std::size_t kWatchedRowsMax = 1000;  // of one answer

/// What a watcher was told of one answer of /api, so that the next one is told as what changed.
///
/// Lines of JSON, each with its end; "watch" is the watcher's number:
///
///   {"watch": 3, "total": 812, "missing": "…", "order": ["q1", "q2"], "rows": {"q2": {…}}}
///       of a list: "rows", by their keys, are new or say something else than before; "order",
///       where it changed, are the keys of all rows of the page as they stand, and whose key is not
///       there any more is gone. A row's key is its identity, or its name, or its place. "total"
///       are the rows of all pages, "missing" is what the list leaves out, if anything
///   {"watch": 3, "answer": {…}}              of what is no list
///   {"watch": 3}                             nothing is new
///   {"watch": 3, "status": 403, "error": "…"}   it fails; what comes after that is told whole
///
/// Keeps a key and a hash of each row, not the rows; a list of more than kWatchedRowsMax fails.
/// Threading: not shared (a value).
class ToldAnswer {
public:
    /// The line that tells what `answer` changes.
    std::string change(std::int64_t watch, const HttpResponse& answer);

private:
    struct Row {
        std::string key;
        std::uint64_t hash = 0;
    };

    std::string list(std::int64_t watch, const HttpResponse& answer);
    std::vector<Row> rows_of(const wire::List& told,
                             std::map<std::string, std::string>& changed) const;
    void write_order(JsonWriter& json) const;

    std::vector<Row> rows_;
    std::uint64_t rest_ = 0;  // a hash of what is no row
    bool is_list_ = false;
    bool is_new_ = true;
};

}  // namespace weft::mgmt

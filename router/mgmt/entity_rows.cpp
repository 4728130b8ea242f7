#include "router/mgmt/entity_rows.hpp"

#include <algorithm>
#include <numeric>

namespace weft::router_mgmt {
namespace {

using mgmt::Row;

/// A part of a shard's list.
struct Part {
    std::size_t offset = 0;
    std::size_t count = 0;
};

/// Zero where a shard does not say.
std::vector<std::size_t> sizes_of(Survey& survey, const ShardedList& list) {
    std::vector<std::size_t> sizes(survey.size());
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        const auto* size =
            survey.ask<std::size_t>(i, std::string{list.name} + " size",
                                    [measure = list.size](node::Shard& shard, std::size_t& found) {
                                        found = measure(shard);
                                        return true;
                                    });
        sizes[i] = size == nullptr ? 0 : *size;
    }
    return sizes;
}

/// What the page [offset, offset + count) has of each shard.
std::vector<Part> parts_of(const std::vector<std::size_t>& sizes,
                           std::size_t offset,
                           std::size_t count) {
    std::vector<Part> parts;
    for (const std::size_t size : sizes) {
        const std::size_t at = std::min(offset, size);
        parts.push_back({at, std::min(count, size - at)});
        offset -= at;
        count -= parts.back().count;
    }
    return parts;
}

/// The part of a loop's list, as much of it as there still is; null if it is not known.
const std::vector<Row>* rows_of(Survey& survey,
                                const ShardedList& list,
                                std::size_t index,
                                Part part) {
    return survey.ask<std::vector<Row>>(
        index,
        std::string{list.name} + " " + std::to_string(part.offset) + "+" +
            std::to_string(part.count),
        [size = list.size, append = list.append, part](node::Shard& shard, std::vector<Row>& rows) {
            const std::size_t at = part.offset + rows.size();
            const std::size_t end = std::min(size(shard), part.offset + part.count);
            if (at < end) {
                append(shard, at, std::min(kRowsAtOnce, end - at), rows);
            }
            return at + kRowsAtOnce >= end;
        });
}

}  // namespace

std::size_t size_of(Survey& survey, const ShardedList& list) {
    const std::vector<std::size_t> sizes = sizes_of(survey, list);
    return std::accumulate(sizes.begin(), sizes.end(), std::size_t{0});
}

void show_page(Survey& survey,
               const ShardedList& list,
               std::size_t offset,
               std::size_t count,
               const mgmt::Source::Visit& visit) {
    const std::vector<std::size_t> sizes = sizes_of(survey, list);
    if (survey.lacks()) {
        return;
    }
    // By the sizes as they were told, home's too: so each attempt asks the others the same.
    const std::vector<Part> parts = parts_of(sizes, offset, count);
    std::vector<const std::vector<Row>*> told(parts.size());
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (parts[i].count > 0) {
            told[i] = rows_of(survey, list, i, parts[i]);
        }
    }
    if (survey.lacks()) {
        return;
    }
    for (const std::vector<Row>* rows : told) {
        if (rows != nullptr && !std::ranges::all_of(*rows, visit)) {
            return;
        }
    }
}

namespace {

/// How far a search has come.
struct Search {
    std::size_t at = 0;
    std::optional<Row> row;
};

}  // namespace

std::optional<Row> find_on(Survey& survey,
                           std::size_t index,
                           const std::string& what,
                           const Finds& finds) {
    const auto* search = survey.ask<Search>(
        index, what,
        [finds](node::Shard& shard, Search& found) { return finds(shard, found.at, found.row); });
    return search == nullptr ? std::nullopt : search->row;
}

std::optional<Row> find_numbered(Survey& survey,
                                 const std::string& what,
                                 std::string_view identity,
                                 const std::function<Finds(std::uint64_t number)>& finds) {
    const std::uint64_t number = daemon::number_of(identity);
    if (number == 0) {
        return std::nullopt;
    }
    return find_on(survey, survey.shards().index_of(number), what + " " + std::to_string(number),
                   finds(number));
}

}  // namespace weft::router_mgmt

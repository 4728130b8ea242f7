#pragma once

#include "common/daemon/rows.hpp"
#include "common/mgmt/source.hpp"
#include "router/core/outlet.hpp"
#include "router/mgmt/survey.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What sources of management have in common: lists that are spread over the shards.
namespace weft::router_mgmt {

/// Rows that are made at once: a larger page is made in pieces, so that no loop is held up long.
inline constexpr std::size_t kRowsAtOnce = 500;
/// Things that are looked at in one turn of a loop, to find one of them.
inline constexpr std::size_t kSearchedAtOnce = 1000;

/// A list that is spread over the shards: those of home, then those of the others in turn.
struct ShardedList {
    using Size = std::function<std::size_t(node::Shard&)>;
    /// Appends `count` rows from `offset` on; both are in range. Runs on the shard's loop.
    using Append = std::function<void(
        node::Shard&, std::size_t offset, std::size_t count, std::vector<mgmt::Row>& rows)>;

    const char* name;  // of the list, in questions
    Size size;
    Append append;
};

/// How many there are on all shards that say so.
std::size_t size_of(Survey& survey, const ShardedList& list);
/// Shows the page [offset, offset + count), once all that it has is known. Costs what the page
/// costs.
void show_page(Survey& survey,
               const ShardedList& list,
               std::size_t offset,
               std::size_t count,
               const mgmt::Source::Visit& visit);

/// Looks for a row in a list of the shard from `at` on, at kSearchedAtOnce things at most. True:
/// `at` is behind the last, or the row was found.
using Finds =
    std::function<bool(node::Shard& shard, std::size_t& at, std::optional<mgmt::Row>& row)>;
/// The row that `finds` finds on the shard `index`; nothing if that is not known. `what` names the
/// question.
std::optional<mgmt::Row> find_on(Survey& survey,
                                 std::size_t index,
                                 const std::string& what,
                                 const Finds& finds);
/// The same on the shard that gave what is looked for its number; nothing if it is no number.
std::optional<mgmt::Row> find_numbered(Survey& survey,
                                       const std::string& what,
                                       std::string_view identity,
                                       const std::function<Finds(std::uint64_t number)>& finds);

}  // namespace weft::router_mgmt

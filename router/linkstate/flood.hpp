#pragma once

#include "common/base/time.hpp"
#include "router/linkstate/database.hpp"
#include "router/linkstate/messages.hpp"

#include <boost/unordered/unordered_flat_set.hpp>

#include <cstdint>
#include <string_view>
#include <vector>

namespace weft::linkstate {

/// Remembers for a moment what was flooded, so that a copy that comes another way is dropped.
///
/// For a moment only: what a router says periodically is the same each time.
/// Threading: loop-confined.
class FloodMemory {
public:
    /// How long a message is remembered: once to twice this, and shorter if there are too many.
    static constexpr Duration kAge = std::chrono::seconds(1);
    static constexpr std::size_t kRemembered = 65'536;  // of each of two halves

    /// True if this content of `origin` did not come before.
    bool is_new(std::string_view origin, Bytes content, Instant now);

private:
    boost::unordered_flat_set<std::size_t> recent_;
    boost::unordered_flat_set<std::size_t> older_;
    Instant turned_{};  // when recent_ became older_
};

/// Whom this router passes a flood on to: its children in the tree of the origin, so that each
/// router gets one copy.
///
/// The tree of each origin is not needed for that, only how far each origin is from the routers
/// nearby. One computation on the reversed graph tells how far all origins are from one router.
/// Threading: loop-confined.
class FloodTree {
public:
    /// More distances are not computed: in so dense a mesh the copies cost less than the trees.
    static constexpr std::size_t kDistancesMax = 256;

    /// `database` must outlive it.
    explicit FloodTree(Database& database) : database_{&database} {}

    /// False if the trees are not to be used: the neighbourhood is too large.
    bool usable();
    /// Where `router`, this one or a neighbour, gets what `origin` floods; kNoRouter if the origin
    /// does not reach it, or is it. Only if usable.
    RouterIndex parent(RouterIndex router, RouterIndex origin);

private:
    void refresh();

    Database* database_;
    std::uint64_t version_ = 0;  // of the database, that all below is for
    bool usable_ = false;
    Graph reversed_;
    std::vector<std::vector<std::uint64_t>> distances_;  // [r][origin]: from origin to r; lazily
};

}  // namespace weft::linkstate

#pragma once

#include "router/linkstate/database.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace weft::linkstate {

/// This router's paths, and those of others that lead through it.
///
/// Threading: loop-confined.
class Paths {
public:
    /// `database` must outlive it.
    explicit Paths(Database& database) : database_{&database} {}

    /// To be called before the edges of `router` become `edges`: whether a path of this router
    /// changes is found without computing all of them.
    void note_change(RouterIndex router, std::span<const Edge> edges);
    /// Computes this router's paths if they may have changed; true if it did.
    bool update();

    /// Valid after update. kNoRouter: there is no path.
    RouterIndex next_hop(RouterIndex router) const {
        return router < first_.size() ? first_[router] : kNoRouter;
    }
    /// Of a router that can be reached; capped, should the sum be too large for it.
    std::uint32_t cost(RouterIndex router) const;

    /// The routers to which messages of `origin` pass through this one, by the edges as they are.
    const std::vector<bool>& valid_destinations(RouterIndex origin);
    /// The neighbour over which messages of `origin` come here. kNoRouter: they do not.
    RouterIndex previous_hop(RouterIndex origin);
    std::uint64_t origins_computed() const { return origins_computed_; }

private:
    bool may_matter(const Edge& edge, RouterIndex from) const;
    bool lost_matters(const Edge& edge, RouterIndex from) const;

    struct Origin {
        std::uint64_t version = 0;  // of the database
        std::vector<bool> destinations;
        RouterIndex previous_hop = kNoRouter;
    };
    const Origin& tree_of(RouterIndex origin);

    Database* database_;
    Tree own_;
    std::vector<RouterIndex> first_;  // hop to each router
    bool stale_ = true;
    Tree scratch_;
    std::vector<Origin> origins_;  // by router: at most one bit for each pair
    std::uint64_t origins_computed_ = 0;
};

}  // namespace weft::linkstate

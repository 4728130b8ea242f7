#include "router/linkstate/database.hpp"

#include "common/base/assert.hpp"

#include <algorithm>
#include <utility>

namespace weft::linkstate {

Database::Database(std::string_view self, std::size_t routers_max)
    : routers_max_{std::min(routers_max, kGraphSizeMax)} {
    static_cast<void>(learn(self, Instant{}));
}

RouterIndex Database::find(std::string_view id) const {
    if (knows(found_last_) && records_[found_last_]->id == id) {
        return found_last_;
    }
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? kNoRouter : found_last_ = found->second;
}

RouterIndex Database::learn(std::string_view id, Instant now) {
    if (const RouterIndex known = find(id); known != kNoRouter) {
        return known;
    }
    if (by_id_.size() >= routers_max_) {
        return kNoRouter;
    }
    const auto free = std::ranges::find_if(records_, [](const auto& record) { return !record; });
    const auto router = static_cast<RouterIndex>(free - records_.begin());
    if (free == records_.end()) {
        records_.emplace_back();
    }
    records_[router] = std::make_unique<RouterRecord>();
    records_[router]->id = id;
    records_[router]->heard = now;
    records_[router]->last_change = now;
    by_id_.emplace(id, router);
    ranked_ = false;
    return router;
}

void Database::forget(RouterIndex router) {
    WEFT_CHECK(router != kThisRouter && at(router).mentions == 0 && at(router).edges.empty());
    by_id_.erase(at(router).id);
    records_[router] = nullptr;
    while (records_.back() == nullptr) {
        records_.pop_back();
    }
    ranked_ = false;
}

void Database::replace_edges(RouterIndex router, std::vector<Edge> edges) {
    for (const Edge& edge : at(router).edges) {
        --at(edge.to).mentions;
    }
    for (const Edge& edge : edges) {
        ++at(edge.to).mentions;
    }
    edges_ += edges.size();
    edges_ -= at(router).edges.size();
    at(router).edges = std::move(edges);
    ++version_;
}

void Database::rank() {
    graph_.by_rank.clear();
    for (RouterIndex router = 0; router < end(); ++router) {
        if (knows(router)) {
            graph_.by_rank.push_back(router);
        }
    }
    std::ranges::sort(graph_.by_rank, {},
                      [this](RouterIndex router) -> const std::string& { return at(router).id; });
    graph_.rank.assign(records_.size(), 0);
    for (std::uint32_t place = 0; place < graph_.by_rank.size(); ++place) {
        graph_.rank[graph_.by_rank[place]] = place;
    }
    ranked_ = true;
}

const Graph& Database::graph() {
    if (ranked_ && graph_version_ == version_) {
        return graph_;
    }
    if (!ranked_) {
        rank();
    }
    graph_.first.assign(1, 0);
    graph_.edges.clear();
    for (const auto& record : records_) {
        if (record != nullptr) {
            graph_.edges.insert(graph_.edges.end(), record->edges.begin(), record->edges.end());
        }
        graph_.first.push_back(static_cast<std::uint32_t>(graph_.edges.size()));
    }
    graph_version_ = version_;
    return graph_;
}

}  // namespace weft::linkstate

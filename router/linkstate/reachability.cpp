#include "router/linkstate/reachability.hpp"

#include <utility>

namespace weft::linkstate {
namespace {

using Kind = LinkStateEvent::Kind;

}  // namespace

Reachability::Reachability(Ground& ground, RemoteAddresses& addresses)
    : ground_{ground}, addresses_{addresses}, paths_{ground.database} {
    static_cast<void>(paths_.update());
}

void Reachability::replace_edges(RouterIndex router, std::vector<Edge> edges, Instant now) {
    RouterRecord& record = ground_.database.at(router);
    if (record.edges == edges) {
        return;
    }
    paths_.note_change(router, edges);
    ground_.database.replace_edges(router, std::move(edges));
    record.last_change = now;
    graph_changed_ = now;
    dirty_ = true;
    ++version_;
}

void Reachability::replace_link(RouterRecord& neighbour,
                                std::optional<PeerLink> link,
                                Instant now) {
    if (neighbour.link != link) {
        neighbour.link = link;
        dirty_ = true;
        due_ = now;
    }
}

std::vector<RouterIndex> Reachability::publish(Instant now) {
    std::vector<RouterIndex> appeared;
    if (!std::exchange(dirty_, false)) {
        return appeared;
    }
    Database& database = ground_.database;
    if (paths_.update()) {
        ++ground_.counters.recomputed;
        due_ = now + kGap * static_cast<std::int64_t>(database.size());
    }
    bool changed = false;
    std::vector<std::pair<RouterIndex, Path>> found;
    reachable_ = 1;
    for (RouterIndex router = 1; router < database.end(); ++router) {
        if (!database.knows(router)) {
            continue;
        }
        const std::optional<Path> path = current_path(router);
        reachable_ += path ? 1U : 0U;
        if (path) {
            database.at(router).next_hop = paths_.next_hop(router);
        }
        if (path == database.at(router).path) {
            continue;
        }
        changed = true;
        if (path) {
            found.emplace_back(router, *path);
        } else {
            lose(router);
        }
    }
    for (const auto& [router, path] : found) {
        if (find(router, path, now)) {
            appeared.push_back(router);
        }
    }
    version_ += changed ? 1U : 0U;
    return appeared;
}

std::optional<Path> Reachability::current_path(RouterIndex router) const {
    const RouterIndex hop = paths_.next_hop(router);
    if (router == kThisRouter || hop == kNoRouter || !ground_.database.at(hop).link) {
        return std::nullopt;
    }
    return Path{*ground_.database.at(hop).link, paths_.cost(router)};
}

void Reachability::lose(RouterIndex router) {
    RouterRecord& record = ground_.database.at(router);
    addresses_.follow(router, /*has_path=*/false);  // I4
    record.path.reset();
    record.next_hop = kNoRouter;
    ground_.output.on_path(router, std::nullopt);
    ground_.reports.tell(Kind::router_unreachable, record.id, {});
}

/// True if there was no path before.
bool Reachability::find(RouterIndex router, const Path& path, Instant now) {
    RouterRecord& record = ground_.database.at(router);
    const bool is_new = !std::exchange(record.path, path);
    ground_.output.on_path(router, path);
    if (is_new) {
        record.reachable_since = appeared_ = now;
        ground_.reports.tell(Kind::router_reachable, record.id, {});
        addresses_.follow(router, /*has_path=*/true);  // I4
    }
    return is_new;
}

const std::vector<bool>& Reachability::valid_destinations(RouterIndex origin) {
    const std::vector<bool>& found = paths_.valid_destinations(origin);
    ground_.counters.origins = paths_.origins_computed();
    return found;
}

RouterIndex Reachability::previous_hop(RouterIndex origin) {
    const RouterIndex found = paths_.previous_hop(origin);
    ground_.counters.origins = paths_.origins_computed();
    return found;
}

}  // namespace weft::linkstate

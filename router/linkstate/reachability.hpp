#pragma once

#include "common/base/router_index.hpp"
#include "common/base/time.hpp"
#include "router/linkstate/ground.hpp"
#include "router/linkstate/paths.hpp"
#include "router/linkstate/remote_addresses.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace weft::linkstate {

/// Which routers can be reached, and how; tells the output when that changes.
///
///     unreachable ──publish: on_path, then its keys──▶ reachable
///     reachable ──publish: its keys are taken back, then on_path(nothing)──▶ unreachable
///
/// Changes of edges and links are noted at once and published later, many together.
/// Threading: loop-confined.
class Reachability {
public:
    /// Paths are computed anew at most this often for each router that there is; but at once if
    /// this router's own links change.
    static constexpr Duration kGap = std::chrono::microseconds(10);

    /// Both must outlive it.
    Reachability(Ground& ground, RemoteAddresses& addresses);

    /// The links of `router` are these now.
    void replace_edges(RouterIndex router, std::vector<Edge> edges, Instant now);
    /// `link` leads to the neighbour now; nothing: it is none.
    void replace_link(RouterRecord& neighbour, std::optional<PeerLink> link, Instant now);
    /// This router's own links changed: what is noted may be published at once.
    void hurry(Instant now) { due_ = now; }

    bool is_due(Instant now) const { return now >= due_; }
    /// Computes the paths again if something may have changed, and tells what did: what is lost
    /// first, then what is found. Returns the routers that became reachable, ascending.
    [[nodiscard]] std::vector<RouterIndex> publish(Instant now);
    /// When there is something to publish; kNever if there is nothing.
    Instant deadline(Instant now) const { return dirty_ ? std::max(now, due_) : kNever; }

    /// Routers that can be reached, this one included, as published last.
    std::size_t reachable() const { return reachable_; }
    /// When the last router became reachable.
    Instant appeared() const { return appeared_; }
    /// When a link of any router last changed.
    Instant graph_changed() const { return graph_changed_; }
    /// Changes with each change of the paths or of the links.
    std::uint64_t version() const { return version_; }

    // Of Paths, counted.
    const std::vector<bool>& valid_destinations(RouterIndex origin);
    RouterIndex previous_hop(RouterIndex origin);

private:
    std::optional<Path> current_path(RouterIndex router) const;
    void lose(RouterIndex router);
    bool find(RouterIndex router, const Path& path, Instant now);

    Ground& ground_;
    RemoteAddresses& addresses_;
    Paths paths_;
    bool dirty_ = false;  // something changed since the last publish
    Instant due_{};
    Instant graph_changed_{};
    Instant appeared_{};
    std::size_t reachable_ = 0;
    std::uint64_t version_ = 1;
};

}  // namespace weft::linkstate

#pragma once

#include "common/base/router_index.hpp"
#include "common/base/time.hpp"
#include "router/linkstate/ground.hpp"

#include <cstddef>
#include <string_view>

namespace weft::linkstate {

/// How many routers there may be: routers_max in the database, and kRoutersMaxWithOriginals in a
/// mesh with originals among them. What is beyond a limit is reported once.
///
/// Threading: loop-confined.
class Limits {
public:
    /// A router without Weft's key is an original if it was reachable this long.
    static constexpr Duration kOriginalGrace = std::chrono::seconds(5);

    /// `ground` must outlive it.
    explicit Limits(Ground& ground) : ground_{ground} {}

    /// The number of the router, new or known; kNoRouter if the database is full.
    RouterIndex learn(std::string_view id, Instant now);
    /// Routers may have been forgotten: once there is room again, a full database is news.
    void note_room();

    /// Counts the originals; once a tick.
    void count_originals(Instant now);
    /// Whether all that can be reached are Weft routers, as counted last.
    bool only_weft() const { return only_weft_; }
    static bool is_original(const RouterRecord& record, Instant now) {
        return !record.is_weft && now - record.reachable_since >= kOriginalGrace;
    }

    /// Whether the mesh, of which this router reaches `reachable` (itself included), has more
    /// routers than the originals in it can count.
    bool is_exceeded(std::size_t reachable) const {
        return originals_ > 0 && reachable > kRoutersMaxWithOriginals;
    }
    /// Tells that it is exceeded, once until it is not any more.
    void report_exceeded(std::size_t reachable);
    /// Decides whether router `id`, which the adjacency now leads to, may become a neighbour: it is
    /// refused if originals could not count the routers with it. One that was refused is looked at
    /// again with each of its HELLOs: others may have gone.
    void admit(Adjacency& adjacency, std::string_view id, std::size_t reachable);

private:
    bool would_exceed(std::string_view id, bool is_original, std::size_t reachable) const;

    Ground& ground_;
    std::size_t originals_ = 0;
    bool only_weft_ = false;
    bool exceeded_reported_ = false;
    bool full_reported_ = false;
};

}  // namespace weft::linkstate

#pragma once

#include "common/base/router_index.hpp"
#include "common/base/time.hpp"
#include "router/linkstate/ground.hpp"
#include "router/linkstate/inquiries.hpp"
#include "router/linkstate/limits.hpp"
#include "router/linkstate/messages.hpp"
#include "router/linkstate/reachability.hpp"
#include "router/linkstate/remote_addresses.hpp"

#include <cstdint>
#include <vector>

namespace weft::linkstate {

/// What other routers say of themselves, in RAs and LSUs, and how long it counts.
///
///     mentioned ──LSU──▶ known ──silent for remote_ls_max_age──▶ mentioned
///     mentioned ──no edge, no neighbour, no path for kIdleTicksMax ticks──▶ forgotten
///     any ──another instance──▶ mentioned: a new life, of which nothing is known
///
/// Threading: loop-confined.
class RemoteLinks {
public:
    /// How often records age, as the original's do.
    static constexpr Duration kTick = std::chrono::seconds(1);
    static constexpr std::uint32_t kIdleTicksMax = 2;
    /// A router that says less than we have from it this long lost its memory, or we were lied to.
    static constexpr Duration kBehindSpan = std::chrono::seconds(2);

    /// All must outlive it.
    RemoteLinks(Ground& ground,
                Limits& limits,
                Inquiries& inquiries,
                RemoteAddresses& addresses,
                Reachability& reachability)
        : ground_{ground},
          limits_{limits},
          inquiries_{inquiries},
          addresses_{addresses},
          reachability_{reachability} {}

    /// Whether what `router` says as `instance` counts: not if that life of it is over. All that is
    /// known of a former life is dropped.
    bool is_current(RouterIndex router, std::int64_t instance, Instant now);

    // True if others may hear of it, too.
    bool take(Adjacency& from, const RouterAdvert& advert, Instant now);
    bool take(Adjacency& from, const LinkStateUpdate& update, Instant now);

    /// Once each kTick: gives up what is too old, and asks those whose adverts do not come.
    void age(Instant now);

private:
    void restart(RouterIndex router, std::int64_t instance, Instant now);
    void note_progress(RouterIndex router, const RouterAdvert& advert, Instant now);
    bool fit(RouterRecord& record, const LinkStateUpdate& update);
    std::vector<Edge> edges_of(const LinkStateUpdate& update, Instant now);
    void age(RouterIndex router, Instant now);
    bool forget_if_idle(RouterIndex router);

    Ground& ground_;
    Limits& limits_;
    Inquiries& inquiries_;
    RemoteAddresses& addresses_;
    Reachability& reachability_;
};

}  // namespace weft::linkstate

#pragma once

#include "common/base/router_index.hpp"
#include "router/linkroute/areas.hpp"
#include "router/linkroute/link_route.hpp"
#include "router/linkroute/places.hpp"
#include "router/linkroute/tellers.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace weft::linkroute {

/// Where a link goes: over the connection to a container, or on to a router that has one.
struct Way {
    std::uint64_t connection = 0;    // its id; 0: to a router
    RouterIndex router = kNoRouter;  // not the next hop: who has the container
    ExternalPrefixes prefixes{};     // toward a container
    std::uint64_t route = 0;         // toward a container: the link route's id
    std::uint32_t area = 0;          // of Areas: for `count`
    std::uint32_t serial = 0;        // to a router: of its word
};

/// Which of the targets and routers of an area a link goes to (R4).
/// Threading: loop-confined.
class WayChoice {
public:
    /// Of more connections than this that a link may go over, so many are compared, each time
    /// others.
    static constexpr std::size_t kComparedMax = 64;

    /// All must outlive it.
    WayChoice(Areas& areas, const Places& places, const Tellers& tellers)
        : areas_{areas}, places_{places}, tellers_{tellers} {}

    /// `with`: the way of a link that it belongs to, by whose connection or router it goes if it
    /// can; null: to none. Nothing: nobody is there.
    std::optional<Way> choose(std::uint32_t area, const Way* with);
    /// So many more links, or fewer, go that way.
    void count(const Way& way, int more);

    /// Those that were compared, ever.
    std::uint64_t compared() const { return compared_; }

private:
    bool is_open(const Target& target) const;
    template <class Targets, class Cost>
    typename Targets::iterator fewest_links(Targets& targets, std::uint32_t& turn, Cost cost);

    Areas& areas_;
    const Places& places_;
    const Tellers& tellers_;
    std::uint64_t compared_ = 0;
};

}  // namespace weft::linkroute

#pragma once

#include "common/base/result.hpp"
#include "common/base/router_index.hpp"
#include "router/linkroute/allotment.hpp"
#include "router/linkroute/areas.hpp"
#include "router/linkroute/link_route.hpp"
#include "router/linkroute/places.hpp"
#include "router/linkroute/tellers.hpp"
#include "router/linkroute/way_choice.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace weft::linkroute {

/// The link routes of a router, and those that others told of: which links are passed on, and to
/// whom. README.md has its terms, and the invariants R1–R5.
/// Threading: loop-confined (home's loop).
class LinkRoutes {
public:
    /// Most link routes that a connection may make for itself.
    static constexpr std::size_t kMadeByOneMax = 1'000;

    using Routes = std::vector<std::unique_ptr<LinkRoute>>;  // by id

    /// Several may mean the same links. Errors: amqp:precondition-failed (the name is another's),
    /// amqp:invalid-field (no such pattern).
    [[nodiscard]] Result<const LinkRoute*> add(LinkRouteConfig config);
    /// One that a connection makes for itself; it is gone with it. `container`: the id that its
    /// peer opened with. Of `config`: name, text, grammar and direction. Errors: as `add`, and
    /// amqp:resource-limit-exceeded (its own are too many, or take too much: see Allotment).
    [[nodiscard]] Result<const LinkRoute*> add_for(std::uint64_t connection,
                                                   std::string_view container,
                                                   LinkRouteConfig config);
    /// False: there is none. It may leave room for keys of other routers, which `work` finds.
    bool remove(std::uint64_t id);
    /// Those of the configuration and of management.
    const Routes& all() const { return configured_; }
    const Routes& made_by_connections() const { return made_; }
    /// Those that this connection made for itself.
    std::span<LinkRoute* const> made_by(std::uint64_t connection) const;
    /// Of `all`, those that are active.
    std::size_t active() const { return areas_.active(); }
    /// One of `all` whose pattern has the same levels; null: there is none.
    const LinkRoute* rival(const router::AddressPattern& pattern) const;
    /// Null if there is none, among both.
    const LinkRoute* find(std::uint64_t id) const;

    /// A connection to a container is open: links can go there as `work` comes to the link routes
    /// that name it.
    void container_came(std::uint64_t connection,
                        std::string_view container,
                        std::string_view name) {
        places_.came(connection, container, name);
    }
    /// It is over, and what it made for itself with it: no link goes there from now on. Means
    /// nothing if it never came.
    void container_gone(std::uint64_t connection);
    /// Goes on with what containers that came or went mean for `budget` link routes, and with
    /// `budget` keys of other routers for which there was no room before. True: there is more.
    bool work(std::size_t budget) {
        const bool more = places_.work(budget);
        return tellers_.work(budget) || more;
    }

    /// What the path to another router costs; nothing: there is none. It is told before the first
    /// key of the router; once it is taken back, keys that are left lead nowhere.
    void set_cost(RouterIndex router, std::optional<std::uint32_t> cost) {
        tellers_.set_cost(router, cost);
    }
    /// Another router has containers for this key. Returns why it is not taken: it takes too much,
    /// or is no pattern. Nothing, too, while there are others of the router's that were not taken.
    std::optional<Error> router_has(RouterIndex router, std::string_view key) {
        return tellers_.has(router, key);
    }
    /// True: there is room for another, which `work` finds.
    bool router_lost(RouterIndex router, std::string_view key) {
        tellers_.lost(router, key);
        return tellers_.has_work();
    }

    /// Some link route of this or another router means such links: they are never message-routed.
    /// `address` is one as router::mobile_address makes it.
    bool covers(router::Direction direction, std::string_view address) const {
        return areas_.at(direction, address) != 0;
    }
    /// Where a link goes: to the container here that has the fewest of these links, or else on to
    /// the closest router; before these, the way of a link `with` which it belongs together.
    /// Nothing: it is not covered, or nobody is there.
    std::optional<Way> choose(router::Direction direction,
                              std::string_view address,
                              const Way* with = nullptr) {
        return ways_.choose(areas_.at(direction, address), with);
    }
    /// A link went that way, until it ends. What became of the link route meanwhile matters not.
    void started(const Way& way) { ways_.count(way, 1); }
    void ended(const Way& way) { ways_.count(way, -1); }

    std::size_t area_count() const { return areas_.count(); }
    /// The page [offset, offset + count).
    std::vector<AreaView> areas(std::size_t offset, std::size_t count) const {
        return areas_.page(offset, count);
    }
    /// Nothing: there is none of that key.
    std::optional<AreaView> area_of(std::string_view key) const { return areas_.view_of_key(key); }

    /// That which decides about links for `address`. Nothing: they are not routed.
    std::optional<AreaView> area_for(router::Direction direction, std::string_view address) const;

    /// What changed for the mesh since the last call, in order.
    std::vector<Announcement> take_announcements() { return areas_.take_announcements(); }

    struct Counters {
        std::uint64_t refused_of_connections = 0;  // link routes that would take too much
        std::uint64_t refused_of_routers = 0;      // keys, likewise
        std::uint64_t steps = 0;                   // levels and connections that were looked at
    };
    Counters counters() const {
        return {of_connections_.refused(), tellers_.refused(), areas_.steps() + ways_.compared()};
    }

private:
    /// A connection that made link routes for itself.
    struct Maker {
        std::string container;
        std::vector<LinkRoute*> routes;
        Allotment::Share own{};
    };

    Result<LinkRoute*> place_in_area(Routes& routes,
                                     LinkRouteConfig config,
                                     const std::string& of,
                                     const Allotment::Share* own);
    LinkRoute* known(std::uint64_t id) const;

    Routes configured_;
    Routes made_;
    std::unordered_set<std::string_view> names_;  // of those configured that have one
    std::unordered_map<std::uint64_t, Maker> makers_;
    Allotment of_connections_;
    Areas areas_;
    Places places_{areas_};
    Tellers tellers_{areas_};
    WayChoice ways_{areas_, places_, tellers_};
    std::uint64_t next_id_ = 1;
};

}  // namespace weft::linkroute

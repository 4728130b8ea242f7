#pragma once

#include "common/base/result.hpp"
#include "common/base/router_index.hpp"
#include "router/linkroute/allotment.hpp"
#include "router/linkroute/link_route.hpp"
#include "router/linkroute/rule_tree.hpp"

#include <boost/container/small_vector.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace weft::linkroute {

/// Where a link goes: over the connection to a container, or on to a router that has one.
struct Way {
    std::uint64_t connection = 0;    // its id; 0: to a router
    RouterIndex router = kNoRouter;  // not the next hop: who has the container
    ExternalPrefixes prefixes{};     // toward a container
    std::uint64_t route = 0;         // toward a container: the link route's id
    std::uint32_t area = 0;          // of LinkRoutes: for `started` and `ended`
    std::uint32_t serial = 0;        // to a router: of its word
};

/// The links of one direction that patterns of the same levels mean, for people.
struct AreaView {
    std::string key;                   // as other routers know it
    std::size_t containers = 0;        // connections that take such links here
    std::vector<RouterIndex> routers;  // that have such containers
};

/// What the mesh is to hear: this router has containers for the key, or has none any more.
struct Announcement {
    std::string key;
    bool has = false;
    bool operator==(const Announcement&) const = default;
};

/// The link routes of a router, and those that others told of: which links are passed on, and to
/// whom. README.md has its terms, and the invariants R1–R5.
/// Threading: loop-confined (home's loop).
class LinkRoutes {
public:
    /// Most link routes that a connection may make for itself.
    static constexpr std::size_t kMadeByOneMax = 1'000;
    /// Of more connections than this that a link may go over, so many are compared, each time
    /// others.
    static constexpr std::size_t kComparedMax = 64;

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
    /// False: there is none.
    bool remove(std::uint64_t id);
    /// Those of the configuration and of management.
    const Routes& all() const { return configured_; }
    const Routes& made_by_connections() const { return made_; }
    /// Those that this connection made for itself.
    std::span<LinkRoute* const> made_by(std::uint64_t connection) const;
    /// Of `all`, those that are active.
    std::size_t active() const { return active_; }
    /// One of `all` whose pattern has the same levels; null: there is none.
    const LinkRoute* rival(const router::AddressPattern& pattern) const;
    /// Null if there is none, among both.
    const LinkRoute* find(std::uint64_t id) const;

    /// A connection to a container is open: links can go there as `work` comes to the link routes
    /// that name it.
    void container_came(std::uint64_t connection,
                        std::string_view container,
                        std::string_view name);
    /// It is over, and what it made for itself with it: no link goes there from now on. Means
    /// nothing if it never came.
    void container_gone(std::uint64_t connection);
    /// Goes on with what containers that came or went mean for `budget` link routes. True: there is
    /// more.
    bool work(std::size_t budget);

    /// What the path to another router costs; nothing: there is none. It is told before the first
    /// key of the router; once it is taken back, keys that are left lead nowhere.
    void set_cost(RouterIndex router, std::optional<std::uint32_t> cost);
    /// Another router has containers for this key. Returns why it is not taken: it takes too much,
    /// or is no pattern. Nothing, too, while there are others of the router's that were not taken.
    std::optional<Error> router_has(RouterIndex router, std::string_view key);
    void router_lost(RouterIndex router, std::string_view key);

    /// Some link route of this or another router means such links: they are never message-routed.
    /// `address` is one as router::mobile_address makes it.
    bool covers(router::Direction direction, std::string_view address) const;
    /// Where a link goes: to the container here that has the fewest of these links, or else on to
    /// the closest router. Nothing: it is not covered, or nobody is there.
    std::optional<Way> choose(router::Direction direction, std::string_view address);
    /// A link went that way, until it ends. What became of the link route meanwhile matters not.
    void started(const Way& way) { count(way, 1); }
    void ended(const Way& way) { count(way, -1); }

    std::size_t area_count() const { return areas_.size() - 1 - free_areas_.size(); }
    /// The page [offset, offset + count).
    std::vector<AreaView> areas(std::size_t offset, std::size_t count) const;
    /// Nothing: there is none of that key.
    std::optional<AreaView> area_of(std::string_view key) const;

    /// That which decides about links for `address`. Nothing: they are not routed.
    std::optional<AreaView> area_for(router::Direction direction, std::string_view address) const;

    /// What changed for the mesh since the last call, in order.
    std::vector<Announcement> take_announcements();

    struct Counters {
        std::uint64_t refused_of_connections = 0;  // link routes that would take too much
        std::uint64_t refused_of_routers = 0;      // keys, likewise
        std::uint64_t steps = 0;                   // levels and connections that were looked at
    };
    Counters counters() const {
        return {of_connections_.refused(), of_routers_.refused(), tree_.steps() + compared_};
    }

private:
    /// A connection to a container that an area's links can go over.
    struct Target {
        std::uint64_t connection = 0;
        LinkRoute* route = nullptr;
        std::uint32_t links = 0;
    };
    /// A router that has such.
    struct Far {
        RouterIndex router = kNoRouter;
        std::uint32_t keys = 0;  // that say so
        std::uint32_t links = 0;
        std::uint32_t serial = 0;  // it is another one each time that it says so again
        std::size_t find = 0;      // what they added to the cost of a look
    };
    /// The links of one direction that patterns of the same levels mean.
    struct Area {
        boost::container::small_vector<LinkRoute*, 1> routes;
        boost::container::small_vector<Target, 1> targets;
        std::vector<Far> routers;
        std::string key;  // as a router said it first
        RuleTree::Node node = 0;
        std::uint32_t turn = 0;
        router::Direction direction = router::Direction::in;
        bool is_announced = false;
    };
    /// A container, or a name of connections, that link routes name or that is connected.
    struct Place {
        std::vector<LinkRoute*> routes;
        std::vector<std::uint64_t> connections;
    };
    using Places = std::unordered_map<std::string, Place>;
    /// A connection came to a place, or went: the first so many of its link routes follow.
    struct Following {
        std::string place;
        std::uint64_t connection = 0;
        bool came = true;
        std::size_t left = 0;
        bool has_begun = false;
    };
    /// A connection that made link routes for itself.
    struct Maker {
        std::string container;
        std::vector<LinkRoute*> routes;
        Allotment::Share own{};
    };
    /// A router that told of some.
    struct Teller {
        Allotment::Share own{};
        // Their hashes: what takes them back means nothing.
        boost::unordered_flat_set<std::size_t> refused{};
    };
    /// A place for a pattern, and what it takes.
    struct Obtained {
        std::uint32_t area = 0;
        Allotment::Share taken{};
    };

    Result<LinkRoute*> place_in_area(Routes& routes,
                                     LinkRouteConfig config,
                                     const std::string& of,
                                     const Allotment::Share* own);
    Result<Obtained> obtain_area(router::Direction direction,
                                 const router::AddressPattern& pattern,
                                 const Allotment& all,
                                 const Allotment::Share* own);
    std::uint32_t make_area(router::Direction direction, RuleTree::Node node);
    Result<void> take(RouterIndex router, Teller& teller, std::string_view key);
    void give_back(RouterIndex router, Teller& teller, std::string_view key);
    void drop_area_if_unused(std::uint32_t number);
    /// The area that decides about links for `address`; the first, which is none: they are not
    /// routed.
    std::uint32_t area_at(router::Direction direction, std::string_view address) const;
    template <class Targets, class Cost>
    typename Targets::iterator fewest_links(Targets& targets, std::uint32_t& turn, Cost cost);
    Target* target_of(Area& area, std::uint64_t connection, std::uint64_t route);
    void erase_target(Area& area, std::uint32_t position);
    LinkRoute* known(std::uint64_t id) const;
    void leave_area(LinkRoute& route);
    void follow(const std::string& place, std::uint64_t connection, bool came);
    bool is_open(const Target& target) const;
    void forget_if_unused(Places::iterator at);
    void add_target(LinkRoute& route, std::uint64_t connection);
    void remove_target(LinkRoute& route, std::uint64_t connection);
    static bool is_used(const Area& area) { return !area.routes.empty() || !area.routers.empty(); }
    static std::string key_of(const Area& area);
    static AreaView view_of(const Area& area);
    void announce(Area& area, bool has);
    std::uint32_t cost_of(RouterIndex router) const;
    void count(const Way& way, int more);

    Routes configured_;
    Routes made_;
    std::unordered_set<std::string_view> names_;  // of those configured that have one
    RuleTree tree_;                               // to areas
    std::deque<Area> areas_{1};                   // the first is none
    std::vector<std::uint32_t> free_areas_;
    Places places_;
    boost::unordered_flat_map<std::uint64_t, std::vector<std::string>> connections_;  // their names
    std::deque<Following> following_;
    std::unordered_map<std::uint64_t, Maker> makers_;
    boost::unordered_flat_map<RouterIndex, std::uint32_t> costs_;
    std::unordered_map<RouterIndex, Teller> tellers_;
    /// Where targets stand in their areas, by connection and link route.
    boost::unordered_flat_map<std::pair<std::uint64_t, std::uint64_t>, std::uint32_t> positions_;
    std::uint64_t compared_ = 0;
    Allotment of_connections_;
    Allotment of_routers_;
    std::vector<Announcement> announcements_;
    std::size_t active_ = 0;
    std::uint64_t next_id_ = 1;
    std::uint32_t next_serial_ = 1;
};

}  // namespace weft::linkroute

#pragma once

#include "common/base/result.hpp"
#include "router/linkroute/allotment.hpp"
#include "router/linkroute/area.hpp"
#include "router/linkroute/rule_tree.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::linkroute {

/// The areas, by number: which one decides about an address (R3), which targets each has (R1), and
/// what the mesh is to hear of that (R2). Number 0 is none.
/// Threading: loop-confined.
class Areas {
public:
    /// A place for a pattern, and what it takes.
    struct Obtained {
        std::uint32_t area = 0;
        Allotment::Share taken{};
    };

    /// The area of that pattern, made if there is none; it is used soon, or to be dropped. `own` is
    /// what its maker has of `all`; null: it may take what it likes. Errors: as Allotment::check.
    [[nodiscard]] Result<Obtained> obtain(router::Direction direction,
                                          const router::AddressPattern& pattern,
                                          const Allotment& all,
                                          const Allotment::Share* own);
    void drop_if_unused(std::uint32_t number);

    Area& operator[](std::uint32_t number) { return areas_[number]; }
    const Area& operator[](std::uint32_t number) const { return areas_[number]; }
    /// The one that decides about links for `address`; 0: they are not routed.
    std::uint32_t at(router::Direction direction, std::string_view address) const;
    /// The one of that pattern.
    std::uint32_t known(router::Direction direction, const router::AddressPattern& pattern) const;
    std::size_t count() const { return areas_.size() - 1 - free_.size(); }

    static AreaView view_of(const Area& area);
    /// The page [offset, offset + count).
    std::vector<AreaView> page(std::size_t offset, std::size_t count) const;
    /// Nothing: there is none of that key.
    std::optional<AreaView> view_of_key(std::string_view key) const;

    /// The link route is one of its area's.
    void join(LinkRoute& route);
    /// Its links go nowhere any more.
    void leave(LinkRoute& route);
    /// Links of the link route can go over that connection; not twice.
    void add_target(LinkRoute& route, std::uint64_t connection);
    void remove_target(LinkRoute& route, std::uint64_t connection);
    /// Null: there is none.
    Target* target_of(Area& area, std::uint64_t connection, std::uint64_t route);
    /// Link routes that have a target, but for those that a connection made for itself.
    std::size_t active() const { return active_; }

    /// What changed for the mesh since the last call, in order.
    std::vector<Announcement> take_announcements() { return std::exchange(announcements_, {}); }
    /// Levels that were looked at, ever.
    std::uint64_t steps() const { return tree_.steps(); }

private:
    std::uint32_t make(router::Direction direction, RuleTree::Node node);
    void erase_target(Area& area, std::uint32_t position);
    void announce(Area& area, bool has);

    RuleTree tree_;              // to areas
    std::deque<Area> areas_{1};  // the first is none
    std::vector<std::uint32_t> free_;
    /// Where targets stand in their areas, by connection and link route.
    boost::unordered_flat_map<std::pair<std::uint64_t, std::uint64_t>, std::uint32_t> positions_;
    std::vector<Announcement> announcements_;
    std::size_t active_ = 0;
};

}  // namespace weft::linkroute

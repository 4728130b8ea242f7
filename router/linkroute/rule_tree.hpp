#pragma once

#include "common/base/keyed_hash.hpp"
#include "router/core/address_pattern.hpp"
#include "router/core/link.hpp"
#include "router/linkroute/shapes.hpp"

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace weft::linkroute {

/// Patterns by their levels. Each ends at a node, which carries a number for each direction; 0:
/// none. Patterns that are level by level the same end at the same node. A node that carries
/// nothing and leads nowhere goes away.
///
/// Finding what an address means costs its levels, and the wildcards that it meets, however many
/// patterns there are. A '#' that is not the last of a pattern ends within the first
/// Shapes::kPlacesMax levels of an address. Threading: loop-confined.
class RuleTree {
public:
    using Node = std::uint32_t;

    RuleTree();
    RuleTree(const RuleTree&) = delete;
    RuleTree& operator=(const RuleTree&) = delete;

    /// The node at which the pattern ends, made if it is not there. It is to carry something soon,
    /// or to be dropped.
    Node obtain(const router::AddressPattern& pattern);
    /// Goes away with those above it, as far as nothing needs them.
    void drop_unused(Node node);
    /// The same if it is there; else the root, at which none ends.
    Node known(const router::AddressPattern& pattern) const;
    std::uint32_t carried(Node node, router::Direction direction) const;
    void carry(Node node, router::Direction direction, std::uint32_t number);

    /// What the most specific pattern that matches `address` and carries something for `direction`
    /// carries: of patterns that differ at a level, literals go before '*' before '#'.
    std::uint32_t find(router::Direction direction, std::string_view address) const;

    std::size_t size() const { return nodes_.size() - free_.size(); }
    /// Most that `find` costs, in nodes looked at, give or take one and the same again for '#'.
    std::size_t find_cost() const { return shapes_.cost(); }
    /// Nodes that `find` has looked at, ever.
    std::uint64_t steps() const { return steps_; }

private:
    static constexpr Node kRoot = 0;  // also: none

    struct Level {
        std::string literal;  // empty: '*', '#' or the root
        Node above = kRoot;
        Node one = kRoot;         // what comes behind '*'
        Node many = kRoot;        // what comes behind '#'
        std::uint32_t below = 0;  // nodes of which this one is above
        Shapes::Shape shape = Shapes::kNone;
        std::array<std::uint32_t, 2> carried{};  // by direction
    };
    struct Place {
        Node above;
        std::string_view literal;
    };
    struct Hash {
        using is_transparent = void;
        using is_avalanching = void;
        const std::deque<Level>* nodes;
        std::size_t operator()(const Place& place) const;
        std::size_t operator()(Node node) const;
    };
    struct Equal {
        using is_transparent = void;
        const std::deque<Level>* nodes;
        bool operator()(const Place& place, Node node) const;
        bool operator()(Node node, const Place& place) const { return (*this)(place, node); }
        bool operator()(Node one, Node other) const { return one == other; }
    };
    struct Search;

    Node next(Node above, const router::AddressPattern::Level& level);
    Node make(Node above, const router::AddressPattern::Level& level);
    std::uint32_t look(Search& search, Node node, std::size_t at) const;
    std::uint32_t look_behind_many(Search& search, Node many, std::size_t at) const;

    std::deque<Level> nodes_;
    std::vector<Node> free_;
    Shapes shapes_;
    boost::unordered_flat_set<Node, Hash, Equal> literals_;
    mutable std::uint64_t steps_ = 0;
};

}  // namespace weft::linkroute

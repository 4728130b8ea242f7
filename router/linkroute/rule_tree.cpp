#include "router/linkroute/rule_tree.hpp"

#include <boost/container/small_vector.hpp>

#include <algorithm>
#include <optional>

namespace weft::linkroute {
namespace {

using Kind = router::AddressPattern::Kind;

constexpr std::string_view kSeparators = "/.";

std::size_t index_of(router::Direction direction) {
    return static_cast<std::size_t>(direction);
}

}  // namespace

/// A look for one address. A place in it is the number of its next level; past the last one: all
/// levels are taken. Levels are read when they are asked for.
struct RuleTree::Search {
    std::size_t direction;
    std::optional<std::string_view> rest;  // of the address: what is not read
    boost::container::small_vector<std::string_view, 16> levels{};
    // From where on what is behind a '#' was looked through, in vain: no place is tried twice.
    boost::unordered_flat_map<Node, std::size_t> tried{};

    bool has_level(std::size_t at) {
        while (at >= levels.size() && rest) {
            const std::size_t end = rest->find_first_of(kSeparators);
            levels.push_back(rest->substr(0, end));
            rest =
                end != std::string_view::npos ? std::optional{rest->substr(end + 1)} : std::nullopt;
        }
        return at < levels.size();
    }
};

std::size_t RuleTree::Hash::operator()(const Place& place) const {
    // As far apart as the texts are: nobody chooses the numbers of nodes.
    return TextHash{}(place.literal) + place.above * std::size_t{0x9e3779b97f4a7c15};
}

std::size_t RuleTree::Hash::operator()(Node node) const {
    return (*this)(Place{(*nodes)[node].above, (*nodes)[node].literal});
}

bool RuleTree::Equal::operator()(const Place& place, Node node) const {
    return (*nodes)[node].above == place.above && (*nodes)[node].literal == place.literal;
}

RuleTree::RuleTree() : nodes_(1), literals_{0, Hash{&nodes_}, Equal{&nodes_}} {}

RuleTree::Node RuleTree::make(Node above, const router::AddressPattern::Level& level) {
    Node made = static_cast<Node>(nodes_.size());
    if (free_.empty()) {
        nodes_.emplace_back();
    } else {
        made = free_.back();
        free_.pop_back();
    }
    nodes_[made].literal = level.literal;
    nodes_[made].above = above;
    nodes_[made].shape = shapes_.enter(nodes_[above].shape, level.kind);
    ++nodes_[above].below;
    return made;
}

RuleTree::Node RuleTree::next(Node above, const router::AddressPattern::Level& level) {
    if (level.kind == Kind::literal) {
        const auto known = literals_.find(Place{above, level.literal});
        return known != literals_.end() ? *known : *literals_.insert(make(above, level)).first;
    }
    const auto wildcard = level.kind == Kind::one ? &Level::one : &Level::many;
    if (nodes_[above].*wildcard == kRoot) {
        const Node made = make(above, level);
        nodes_[above].*wildcard = made;
    }
    return nodes_[above].*wildcard;
}

RuleTree::Node RuleTree::obtain(const router::AddressPattern& pattern) {
    Node node = kRoot;
    for (const router::AddressPattern::Level& level : pattern.levels()) {
        node = next(node, level);
    }
    return node;
}

RuleTree::Node RuleTree::known(const router::AddressPattern& pattern) const {
    Node node = kRoot;
    for (const router::AddressPattern::Level& level : pattern.levels()) {
        if (level.kind == Kind::literal) {
            const auto at = literals_.find(Place{node, level.literal});
            node = at != literals_.end() ? *at : kRoot;
        } else {
            node = level.kind == Kind::one ? nodes_[node].one : nodes_[node].many;
        }
        if (node == kRoot) {
            return kRoot;
        }
    }
    return node;
}

std::uint32_t RuleTree::carried(Node node, router::Direction direction) const {
    return nodes_[node].carried[index_of(direction)];
}

void RuleTree::carry(Node node, router::Direction direction, std::uint32_t number) {
    nodes_[node].carried[index_of(direction)] = number;
    if (number == 0) {
        drop_unused(node);
    }
}

void RuleTree::drop_unused(Node node) {
    while (node != kRoot && nodes_[node].below == 0 &&
           nodes_[node].carried == std::array<std::uint32_t, 2>{}) {
        const Node above = nodes_[node].above;
        Level& its = nodes_[above];
        if (its.one == node) {
            its.one = kRoot;
        } else if (its.many == node) {
            its.many = kRoot;
        } else {
            literals_.erase(literals_.find(node));
        }
        --its.below;
        shapes_.leave(nodes_[node].shape);
        nodes_[node] = {};
        free_.push_back(node);
        node = above;
    }
}

std::uint32_t RuleTree::find(router::Direction direction, std::string_view address) const {
    Search search{.direction = index_of(direction), .rest = address};
    return look(search, kRoot, 0);
}

/// The depth is that of the tree: a rule's levels bound it.
std::uint32_t RuleTree::look(Search& search, Node node, std::size_t at) const {
    ++steps_;
    const Level& here = nodes_[node];
    if (!search.has_level(at)) {
        const std::uint32_t carried = here.carried[search.direction];
        return carried != 0 || here.many == kRoot ? carried
                                                  : look_behind_many(search, here.many, at);
    }
    if (here.below == 0) {
        return 0;
    }
    std::uint32_t found = 0;
    const std::string_view level = search.levels[at];
    if (level.size() <= router::kRuleBytesMax) {  // or no rule has it
        const auto literal = literals_.find(Place{node, level});
        found = literal != literals_.end() ? look(search, *literal, at + 1) : 0;
    }
    if (found == 0 && here.one != kRoot) {
        found = look(search, here.one, at + 1);
    }
    return found != 0 || here.many == kRoot ? found : look_behind_many(search, here.many, at);
}

/// If nothing behind it goes on with the address, '#' takes the rest of it.
std::uint32_t RuleTree::look_behind_many(Search& search, Node many, std::size_t at) const {
    ++steps_;
    if (nodes_[many].below > 0) {
        const auto [tried, is_first] = search.tried.emplace(many, Shapes::kPlacesMax);
        const std::size_t end = tried->second;
        tried->second = std::min(at, end);
        for (std::size_t from = at; from < end; ++from) {
            if (const std::uint32_t found = look(search, many, from); found != 0) {
                return found;
            }
            if (!search.has_level(from)) {
                break;
            }
        }
    }
    return nodes_[many].carried[search.direction];
}

}  // namespace weft::linkroute

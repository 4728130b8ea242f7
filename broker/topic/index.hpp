#pragma once

#include "broker/topic/filter.hpp"
#include "broker/topic/subscription.hpp"
#include "common/keys/key_tree.hpp"
#include "common/keys/wildcard_shapes.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace weft::topic {

/// From a topic's name to the subscriptions that want its messages.
///
/// What a name costs is its levels and the filters that match it so far, however many subscriptions
/// there are; those of one filter are found together, and each comes and goes in O(log n). How many
/// match so far is bounded by the shapes of filters: I1.
///
///   I1  one name costs each shape its levels at most, one of those with levels behind a '#' some
///       1,100 nodes
///
/// Threading: loop-confined.
class SubscriptionIndex {
public:
    /// Shapes of filters up to which new ones may be brought; of those with levels behind a '#'.
    static constexpr std::size_t kShapesMax = 256;
    static constexpr std::size_t kFloatingShapesMax = 64;

    /// True if `bringer` may add one with that filter: of new shapes he may have what all others
    /// leave free.
    bool may_bring(const Filter& filter, std::uint64_t bringer) const {
        return shapes_of(filter).may_bring(shape_of(filter), bringer);
    }
    /// Its filter must stay as it is, and its id, by which it is found, be its own. `bringer`: for
    /// whom its shape counts, if it is new; 0: for nobody.
    void add(Subscription& subscription, std::uint64_t bringer = 0);
    void remove(const Subscription& subscription);

    /// Appends each subscription of which the filter means `name` once. Total: any bytes.
    void match(std::string_view name, std::vector<Subscription*>& found) const;

    /// Nodes that were looked at, ever.
    std::uint64_t steps() const { return slashes_.steps() + dots_.steps(); }
    /// Nodes that there are.
    std::size_t size() const { return slashes_.size() + dots_.size(); }
    /// Of filters; and of those with levels behind a '#'.
    const keys::WildcardShapes& shapes() const { return shapes_; }
    const keys::WildcardShapes& floating_shapes() const { return floating_shapes_; }

private:
    /// Those of one filter.
    using Group = std::map<SubscriptionId, Subscription*>;
    using Groups = std::map<std::string, Group, std::less<>>;
    using Tree = keys::KeyTree<Group>;

    const keys::WildcardShapes& shapes_of(const Filter& filter) const {
        return floats(filter) ? floating_shapes_ : shapes_;
    }
    keys::WildcardShapes& shapes_of(const Filter& filter) {
        return floats(filter) ? floating_shapes_ : shapes_;
    }

    // Filters of one level are among those with '/', but for '*'.
    Tree slashes_{keys::MatchMethod::mqtt};
    Tree dots_{keys::MatchMethod::amqp};
    Groups groups_of_slashes_;
    Groups groups_of_dots_;
    Group all_;  // of the filter "#"
    keys::WildcardShapes shapes_{kShapesMax};
    keys::WildcardShapes floating_shapes_{kFloatingShapesMax};
    mutable std::vector<Group*> matched_;  // of the walk under way
};

}  // namespace weft::topic

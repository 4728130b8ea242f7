#pragma once

#include "broker/topic/filter.hpp"
#include "broker/topic/subscription.hpp"
#include "common/keys/key_tree.hpp"

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
/// there are; those of one filter are found together, and each comes and goes in O(log n).
/// Threading: loop-confined.
class SubscriptionIndex {
public:
    /// Its filter must stay as it is, and its id, by which it is found, be its own.
    void add(Subscription& subscription);
    void remove(const Subscription& subscription);

    /// Appends each subscription of which the filter means `name` once. Total: any bytes.
    void match(std::string_view name, std::vector<Subscription*>& found) const;

    /// Nodes that were looked at, ever.
    std::uint64_t steps() const { return slashes_.steps() + dots_.steps(); }
    /// Nodes that there are.
    std::size_t size() const { return slashes_.size() + dots_.size(); }
    /// Somebody has that filter.
    bool has(const Filter& filter) const;
    /// Filters of which a '#' has levels behind it.
    std::size_t floating() const { return floating_; }

private:
    /// Those of one filter.
    using Group = std::map<SubscriptionId, Subscription*>;
    using Groups = std::map<std::string, Group, std::less<>>;
    using Tree = keys::KeyTree<Group>;

    // Filters of one level are among those with '/', but for '*'.
    Tree slashes_{keys::MatchMethod::mqtt};
    Tree dots_{keys::MatchMethod::amqp};
    Groups groups_of_slashes_;
    Groups groups_of_dots_;
    Group all_;  // of the filter "#"
    std::size_t floating_ = 0;
    mutable std::vector<Group*> matched_;  // of the walk under way
};

}  // namespace weft::topic

#pragma once

#include "broker/topic/filter.hpp"
#include "broker/topic/subscription.hpp"
#include "common/keys/key_tree.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace weft::topic {

/// From a topic's name to the subscriptions that want its messages.
///
/// What a name costs is its levels and the filters that match it so far, however many subscriptions
/// there are; those of one filter are found together. Threading: loop-confined.
class SubscriptionIndex {
public:
    /// It must stay where it is, and its filter as it is, until it is removed.
    void add(Subscription& subscription);
    void remove(const Subscription& subscription);

    /// Appends each subscription of which the filter means `name` once. Total: any bytes.
    void match(std::string_view name, std::vector<Subscription*>& found) const;

    /// Nodes that were looked at, ever.
    std::uint64_t steps() const { return slashes_.steps() + dots_.steps(); }
    /// Nodes that there are.
    std::size_t size() const { return slashes_.size() + dots_.size(); }

private:
    // Filters of one level are among those with '/', but for '*'.
    keys::KeyTree<Subscription> slashes_{keys::MatchMethod::mqtt};
    keys::KeyTree<Subscription> dots_{keys::MatchMethod::amqp};
    std::vector<Subscription*> all_;  // of the filter "#"
};

}  // namespace weft::topic

#include "broker/topic/index.hpp"

#include "common/base/assert.hpp"

namespace weft::topic {
namespace {

bool wants_all(const Filter& filter) {
    return filter.levels == Levels::one && filter.text == keys::kManyWords;
}

}  // namespace

void SubscriptionIndex::add(Subscription& subscription, std::uint64_t bringer) {
    const Filter& filter = subscription.interest.filter;
    if (wants_all(filter)) {
        all_.emplace(subscription.id, &subscription);
        return;
    }
    const bool dots = filter.levels == Levels::dots;
    const auto [group, is_new] =
        (dots ? groups_of_dots_ : groups_of_slashes_).try_emplace(filter.text);
    if (is_new) {
        (dots ? dots_ : slashes_).add(filter.text, group->second);
        const std::string shape = shape_of(filter);
        shapes_of(filter).add(shape);
        if (bringer != 0) {
            shapes_of(filter).charge(shape, bringer);
        }
    }
    group->second.emplace(subscription.id, &subscription);
}

void SubscriptionIndex::remove(const Subscription& subscription) {
    const Filter& filter = subscription.interest.filter;
    if (wants_all(filter)) {
        all_.erase(subscription.id);
        return;
    }
    const bool dots = filter.levels == Levels::dots;
    Groups& groups = dots ? groups_of_dots_ : groups_of_slashes_;
    const auto group = groups.find(filter.text);
    WEFT_CHECK(group != groups.end());
    group->second.erase(subscription.id);
    if (group->second.empty()) {
        (dots ? dots_ : slashes_).remove(filter.text, group->second);
        shapes_of(filter).remove(shape_of(filter));
        groups.erase(group);
    }
}

void SubscriptionIndex::match(std::string_view name, std::vector<Subscription*>& found) const {
    const bool hidden = name.starts_with('$');
    const keys::First first = hidden ? keys::First::itself : keys::First::anything;
    const Levels levels = levels_of(name);
    matched_.clear();
    slashes_.match(name, matched_, first);
    if (levels != Levels::slashes) {
        dots_.match(name, matched_, first);
    }
    const auto append = [&found](const Group& group) {
        for (const auto& [id, subscription] : group) {
            found.push_back(subscription);
        }
    };
    if (!hidden) {
        append(all_);
    }
    for (const Group* const group : matched_) {
        append(*group);
    }
}

}  // namespace weft::topic

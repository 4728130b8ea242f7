#include "broker/topic/index.hpp"

namespace weft::topic {
namespace {

bool wants_all(const Filter& filter) {
    return filter.levels == Levels::one && filter.text == keys::kManyWords;
}

}  // namespace

void SubscriptionIndex::add(Subscription& subscription) {
    const Filter& filter = subscription.interest.filter;
    if (wants_all(filter)) {
        all_.push_back(&subscription);
    } else if (filter.levels == Levels::dots) {
        dots_.add(filter.text, subscription);
    } else {
        slashes_.add(filter.text, subscription);
    }
}

void SubscriptionIndex::remove(const Subscription& subscription) {
    const Filter& filter = subscription.interest.filter;
    if (wants_all(filter)) {
        std::erase(all_, &subscription);
    } else if (filter.levels == Levels::dots) {
        dots_.remove(filter.text, subscription);
    } else {
        slashes_.remove(filter.text, subscription);
    }
}

void SubscriptionIndex::match(std::string_view name, std::vector<Subscription*>& found) const {
    const bool hidden = name.starts_with('$');
    const keys::First first = hidden ? keys::First::itself : keys::First::anything;
    const Levels levels = levels_of(name);
    if (!hidden) {
        found.insert(found.end(), all_.begin(), all_.end());
    }
    slashes_.match(name, found, first);
    if (levels != Levels::slashes) {
        dots_.match(name, found, first);
    }
}

}  // namespace weft::topic

#include "router/core/wildcard_shapes.hpp"

#include "common/base/census.hpp"

namespace weft::router {

std::string WildcardShapes::of(keys::MatchMethod method, std::string_view key) {
    std::string shape(1, keys::separator(method));
    for (bool ended = false; !ended;) {
        const std::string_view level = keys::take_word(key, keys::separator(method), ended);
        const bool wild = level == keys::kManyWords || level == keys::any_word(method);
        shape += wild ? level[0] : 'x';
    }
    return shape.find_first_not_of('x', 1) + 1 < shape.size() ? shape : std::string{};
}

bool WildcardShapes::may_bring(const std::string& shape, std::uint64_t connection) const {
    if (shape.empty() || shapes_.contains(shape)) {
        return true;
    }
    const auto own = brought_.find(connection);
    return may_take(own == brought_.end() ? 0 : own->second, shapes_.size(), kMax);
}

void WildcardShapes::add(const std::string& shape) {
    if (!shape.empty()) {
        ++shapes_[shape].subscriptions;
    }
}

void WildcardShapes::remove(const std::string& shape) {
    const auto known = shapes_.find(shape);
    if (known == shapes_.end() || --known->second.subscriptions > 0) {
        return;
    }
    const auto maker = brought_.find(known->second.maker);
    if (maker != brought_.end() && --maker->second == 0) {
        brought_.erase(maker);
    }
    shapes_.erase(known);
}

void WildcardShapes::charge(const std::string& shape, std::uint64_t connection) {
    const auto known = shapes_.find(shape);
    if (known != shapes_.end() && known->second.subscriptions == 1 && known->second.maker == 0) {
        known->second.maker = connection;
        ++brought_[connection];
    }
}

}  // namespace weft::router

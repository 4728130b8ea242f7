#include "common/keys/wildcard_shapes.hpp"

#include "common/base/census.hpp"

namespace weft::keys {

std::string WildcardShapes::of(MatchMethod method, std::string_view key) {
    std::string shape(1, separator(method));
    for (bool ended = false; !ended;) {
        const std::string_view word = take_word(key, separator(method), ended);
        const bool wild = word == kManyWords || word == any_word(method);
        shape += wild ? word[0] : 'x';
    }
    const std::size_t first_wild = shape.find_first_not_of('x', 1);
    const bool early = first_wild != std::string::npos && first_wild + 1 < shape.size();
    return early ? shape : std::string{};
}

bool WildcardShapes::may_bring(const std::string& shape, std::uint64_t bringer) const {
    if (knows(shape)) {
        return true;
    }
    const auto own = brought_.find(bringer);
    return may_take(own == brought_.end() ? 0 : own->second, shapes_.size(), max_);
}

void WildcardShapes::add(const std::string& shape) {
    if (!shape.empty()) {
        ++shapes_[shape].keys;
    }
}

void WildcardShapes::remove(const std::string& shape) {
    const auto known = shapes_.find(shape);
    if (known == shapes_.end() || --known->second.keys > 0) {
        return;
    }
    const auto bringer = brought_.find(known->second.bringer);
    if (bringer != brought_.end() && --bringer->second == 0) {
        brought_.erase(bringer);
    }
    shapes_.erase(known);
}

void WildcardShapes::charge(const std::string& shape, std::uint64_t bringer) {
    const auto known = shapes_.find(shape);
    if (known != shapes_.end() && known->second.keys == 1 && known->second.bringer == 0) {
        known->second.bringer = bringer;
        ++brought_[bringer];
    }
}

}  // namespace weft::keys

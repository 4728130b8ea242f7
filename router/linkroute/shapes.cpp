#include "router/linkroute/shapes.hpp"

#include <algorithm>

namespace weft::linkroute {

std::size_t Shapes::cost_of(const Entry& entry) {
    switch (entry.many) {
        case 0:
            return 1;
        case 1:
            return kPlacesMax;
        default:
            return kPlacesMax * entry.nodes;
    }
}

Shapes::Shape Shapes::enter(Shape above, Kind kind) {
    Shape shape = entries_[above].below[static_cast<std::size_t>(kind)];
    if (shape == kNone) {
        shape = make(above, kind);
    } else {
        cost_ -= cost_of(entries_[shape]);
    }
    ++entries_[shape].nodes;
    cost_ += cost_of(entries_[shape]);
    return shape;
}

Shapes::Shape Shapes::make(Shape above, Kind kind) {
    Shape made = static_cast<Shape>(entries_.size());
    if (free_.empty()) {
        entries_.emplace_back();
    } else {
        made = free_.back();
        free_.pop_back();
    }
    const unsigned many = entries_[above].many + (entries_[above].kind == Kind::many ? 1U : 0U);
    entries_[made] = {.below = {},
                      .above = above,
                      .nodes = 0,
                      .kind = kind,
                      .many = static_cast<std::uint8_t>(std::min(many, 2U))};
    entries_[above].below[static_cast<std::size_t>(kind)] = made;
    return made;
}

void Shapes::leave(Shape shape) {
    Entry& entry = entries_[shape];
    cost_ -= cost_of(entry);
    if (--entry.nodes > 0) {
        cost_ += cost_of(entry);
        return;
    }
    entries_[entry.above].below[static_cast<std::size_t>(entry.kind)] = kNone;
    entry = {};
    free_.push_back(shape);
}

}  // namespace weft::linkroute

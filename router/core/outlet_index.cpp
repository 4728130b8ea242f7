#include "router/core/outlet_index.hpp"

#include <algorithm>

namespace weft::router {

OutletIndex::Node OutletIndex::leaf_of(const Outlet& outlet) const {
    Node leaf;
    if (!outlet.in_process && ineligible(outlet) == Ineligible::no) {
        leaf.all = static_cast<std::uint32_t>(
            std::min<std::uint64_t>(burden(outlet, distribution_), kNone - 1));
        leaf.here = outlet.relay ? kNone : leaf.all;
    }
    if (outlet.attached) {
        leaf.nearest = outlet.cost;
    }
    return leaf;
}

OutletIndex::Node OutletIndex::least(const Node& one, const Node& other) {
    return {std::min(one.all, other.all), std::min(one.here, other.here),
            std::min(one.nearest, other.nearest)};
}

void OutletIndex::put(std::size_t position, const Node& leaf) {
    std::size_t at = leaves_ + position;
    nodes_[at] = leaf;
    while (at > 1) {
        ++steps_;
        at /= 2;
        const Node node = least(nodes_[2 * at], nodes_[2 * at + 1]);
        if (nodes_[at] == node) {
            return;
        }
        nodes_[at] = node;
    }
}

void OutletIndex::grow() {
    leaves_ = std::max<std::size_t>(16, 2 * leaves_);
    nodes_.assign(2 * leaves_, {});
    for (std::size_t i = 0; i < outlets_.size(); ++i) {
        nodes_[leaves_ + i] = leaf_of(*outlets_[i]);
    }
    for (std::size_t at = leaves_; --at > 0;) {
        nodes_[at] = least(nodes_[2 * at], nodes_[2 * at + 1]);
    }
    steps_ += leaves_;
}

void OutletIndex::set(std::size_t position, Outlet& outlet) {
    if (position == outlets_.size()) {
        outlets_.push_back(&outlet);
        if (outlets_.size() > leaves_) {
            grow();
        }
    }
    outlets_[position] = &outlet;
    outlet.index = this;
    outlet.place = static_cast<std::uint32_t>(position);
    put(position, leaf_of(outlet));
}

void OutletIndex::pop() {
    Outlet& last = *outlets_.back();
    if (last.place == outlets_.size() - 1) {  // else it stands elsewhere now
        last.index = nullptr;
    }
    outlets_.pop_back();
    put(outlets_.size(), {});
}

void OutletIndex::update(const Outlet& outlet) {
    const Node leaf = leaf_of(outlet);
    if (nodes_[leaves_ + outlet.place] != leaf) {
        put(outlet.place, leaf);
    }
}

void OutletIndex::release() {
    for (Outlet* outlet : outlets_) {
        outlet->index = nullptr;
    }
}

/// The first position from `from` on whose `key` is `value`, which is the least of all; size() if
/// it stands before only.
std::size_t OutletIndex::first(std::size_t from,
                               std::uint32_t Node::*key,
                               std::uint32_t value) const {
    std::size_t at = leaves_ + from;
    while (nodes_[at].*key != value) {  // up, and to the right
        ++steps_;
        while (at % 2 == 1) {
            at /= 2;
        }
        if (at == 0) {
            return size();
        }
        ++at;
    }
    while (at < leaves_) {
        ++steps_;
        at = nodes_[2 * at].*key == value ? 2 * at : 2 * at + 1;
    }
    return at - leaves_;
}

std::size_t OutletIndex::choose(std::size_t start, Scope scope) const {
    const auto key = scope == Scope::all ? &Node::all : &Node::here;
    if (outlets_.empty() || nodes_[1].*key == kNone) {
        return size();
    }
    const Node& root = nodes_[1];
    const std::uint32_t best = root.*key;
    std::size_t at = first(start % size(), key, best);
    if (at == size()) {
        at = first(0, key, best);
    }
    const bool farther =
        distribution_ == Distribution::closest && best > 0 && root.nearest < outlets_[at]->cost;
    return farther ? size() : at;
}

bool OutletIndex::is_true() const {
    for (std::size_t at = leaves_; at-- > 1;) {
        if (nodes_[at] != least(nodes_[2 * at], nodes_[2 * at + 1])) {
            return false;
        }
    }
    for (std::size_t i = 0; i < leaves_; ++i) {
        if (nodes_[leaves_ + i] != (i < size() ? leaf_of(*outlets_[i]) : Node{})) {
            return false;
        }
    }
    return true;
}

std::size_t choose_outlet(std::span<Outlet* const> outlets,
                          const OutletIndex& index,
                          std::size_t start,
                          Scope scope) {
    for (std::size_t i = 0; i < outlets.size() && outlets[i]->in_process; ++i) {
        if (ineligible(*outlets[i]) == Ineligible::no) {
            return i;
        }
    }
    return index.choose(start, scope);
}

}  // namespace weft::router

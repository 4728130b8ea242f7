#include "router/core/outlet_index.hpp"

#include <algorithm>
#include <limits>

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
    if (outlet.limited()) {
        leaf.most_all = leaf.all != kNone ? outlet.bytes_max : 0;
        leaf.most_here = leaf.here != kNone ? outlet.bytes_max : 0;
    } else {
        leaf.unlimited_all = leaf.all;
        leaf.unlimited_here = leaf.here;
        leaf.unlimited_nearest = leaf.nearest;
    }
    return leaf;
}

OutletIndex::Node OutletIndex::least(const Node& one, const Node& other) {
    return {std::min(one.all, other.all),
            std::min(one.here, other.here),
            std::min(one.nearest, other.nearest),
            std::min(one.unlimited_all, other.unlimited_all),
            std::min(one.unlimited_here, other.unlimited_here),
            std::min(one.unlimited_nearest, other.unlimited_nearest),
            std::max(one.most_all, other.most_all),
            std::max(one.most_here, other.most_here)};
}

std::uint32_t OutletIndex::count_of(const Outlet& outlet) {
    return outlet.relay ? 0 : outlet.outstanding;
}

void OutletIndex::count(std::size_t position, std::uint32_t outstanding) {
    outstanding_ += std::uint64_t{outstanding} - counted_[position];
    counted_[position] = outstanding;
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
        counted_.push_back(0);
        if (outlets_.size() > leaves_) {
            grow();
        }
    }
    outlets_[position] = &outlet;
    outlet.index = this;
    outlet.place = static_cast<std::uint32_t>(position);
    count(position, count_of(outlet));
    put(position, leaf_of(outlet));
}

void OutletIndex::pop() {
    Outlet& last = *outlets_.back();
    if (last.place == outlets_.size() - 1) {  // else it stands elsewhere now
        last.index = nullptr;
    }
    outlets_.pop_back();
    count(outlets_.size(), 0);
    counted_.pop_back();
    put(outlets_.size(), {});
}

void OutletIndex::update(const Outlet& outlet) {
    count(outlet.place, count_of(outlet));
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

/// The first position from `from` on whose leaf `holds`; size() if there is none. What holds for a
/// node holds for one of those below it.
template <class Holds>
std::size_t OutletIndex::first(std::size_t from, Holds holds) const {
    if (from >= leaves_) {
        return size();
    }
    std::size_t at = leaves_ + from;
    while (!holds(nodes_[at])) {  // up, and to the right
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
        at = holds(nodes_[2 * at]) ? 2 * at : 2 * at + 1;
    }
    return at - leaves_;
}

std::size_t OutletIndex::choose(std::size_t start, Scope scope, Sizes sizes) const {
    const bool any = sizes == Sizes::all;
    const auto all = any ? &Node::all : &Node::unlimited_all;
    const auto here = any ? &Node::here : &Node::unlimited_here;
    const auto nearest = any ? &Node::nearest : &Node::unlimited_nearest;
    const auto key = scope == Scope::all ? all : here;
    if (outlets_.empty() || nodes_[1].*key == kNone) {
        return size();
    }
    const Node& root = nodes_[1];
    const std::uint32_t best = root.*key;
    const auto is_best = [&](const Node& node) { return node.*key == best; };
    std::size_t at = first(start % size(), is_best);
    if (at == size()) {
        at = first(0, is_best);
    }
    const bool farther =
        distribution_ == Distribution::closest && best > 0 && root.*nearest < outlets_[at]->cost;
    return farther ? size() : at;
}

std::size_t OutletIndex::choose_limited(std::uint64_t bytes, std::size_t start, Scope scope) const {
    const auto most = scope == Scope::all ? &Node::most_all : &Node::most_here;
    if (outlets_.empty() || nodes_[1].*most < bytes) {
        return size();
    }
    const auto takes = [&](const Node& node) { return node.*most >= bytes && node.*most > 0; };
    std::size_t best = size();
    std::uint64_t best_burden = std::numeric_limits<std::uint64_t>::max();
    const std::size_t begin = start % size();
    bool around = false;
    std::size_t at = begin;
    for (int looks = 0; looks < kLimitedLooks;) {
        at = first(at, takes);
        if (at == size() && !around) {
            around = true;
            at = 0;
            continue;
        }
        if (at == size() || (around && at >= begin)) {
            break;
        }
        ++looks;
        const std::uint64_t its_burden = burden(*outlets_[at], distribution_);
        if (its_burden < best_burden) {
            best = at;
            best_burden = its_burden;
        }
        ++at;
    }
    return best;
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
    std::uint64_t outstanding = 0;
    for (std::size_t i = 0; i < size(); ++i) {
        outstanding += count_of(*outlets_[i]);
    }
    return outstanding == outstanding_;
}

std::size_t choose_outlet(std::span<Outlet* const> outlets,
                          const OutletIndex& index,
                          std::size_t start,
                          Scope scope,
                          Sizes sizes) {
    for (std::size_t i = 0; i < outlets.size() && outlets[i]->in_process; ++i) {
        if (ineligible(*outlets[i]) == Ineligible::no) {
            return i;
        }
    }
    return index.choose(start, scope, sizes);
}

}  // namespace weft::router

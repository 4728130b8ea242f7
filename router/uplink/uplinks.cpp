#include "router/uplink/uplinks.hpp"

#include <algorithm>
#include <tuple>

namespace weft::uplink {
namespace {

auto rank_of(const Uplink& uplink) {
    return std::tuple(uplink.cost, uplink.order);
}

}  // namespace

void Uplinks::expect(std::string_view name, std::uint32_t cost) {
    const auto known = std::ranges::find(expected_, name, &Expected::name);
    if (known != expected_.end()) {
        known->cost = cost;
    } else {
        expected_.push_back({std::string(name), cost});
    }
}

void Uplinks::forget(std::string_view name) {
    const auto known = std::ranges::find(expected_, name, &Expected::name);
    if (known != expected_.end()) {
        known->name.clear();
    }
}

bool Uplinks::opened(std::uint64_t connection, std::string_view name, Instant now) {
    const auto known = std::ranges::find(expected_, name, &Expected::name);
    const auto order = static_cast<std::size_t>(known - expected_.begin());
    open_.push_back({connection, known == expected_.end() ? 1 : known->cost, order});
    if (active_) {
        return false;
    }
    if (!may_be_better(*best())) {
        return choose();
    }
    due_ = due_ == kNever ? now + kPatience : due_;
    return false;
}

bool Uplinks::gone(std::uint64_t connection) {
    std::erase_if(open_, [&](const Uplink& each) { return each.connection == connection; });
    if (open_.empty()) {
        due_ = kNever;
    }
    return active_ == connection && choose();
}

bool Uplinks::work(Instant now) {
    return now >= due_ && choose();
}

/// Null: none is open.
const Uplink* Uplinks::best() const {
    const auto at = std::ranges::min_element(
        open_, [](const Uplink& a, const Uplink& b) { return rank_of(a) < rank_of(b); });
    return at == open_.end() ? nullptr : &*at;
}

/// A connector that has no connection yet.
bool Uplinks::may_be_better(const Uplink& than) const {
    for (std::size_t order = 0; order < expected_.size(); ++order) {
        const Expected& each = expected_[order];
        if (!each.name.empty() && rank_of({0, each.cost, order}) < rank_of(than)) {
            return true;
        }
    }
    return false;
}

bool Uplinks::choose() {
    due_ = kNever;
    const Uplink* const chosen = best();
    active_ = chosen == nullptr ? std::nullopt : std::optional(chosen->connection);
    return true;
}

}  // namespace weft::uplink

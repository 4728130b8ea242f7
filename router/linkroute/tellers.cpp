#include "router/linkroute/tellers.hpp"

#include "common/base/conditions.hpp"
#include "common/base/keyed_hash.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace weft::linkroute {

void Tellers::set_cost(RouterIndex router, std::optional<std::uint32_t> cost) {
    if (cost) {
        costs_[router] = *cost;
    } else {
        costs_.erase(router);
    }
}

std::uint32_t Tellers::cost_of(RouterIndex router) const {
    const auto at = costs_.find(router);
    return at != costs_.end() ? at->second : std::numeric_limits<std::uint32_t>::max();
}

std::optional<Error> Tellers::has(RouterIndex router, std::string_view key) {
    Teller& teller = tellers_[router];
    auto taken = take(router, teller, key);
    const std::size_t hash = TextHash{}(key);
    if (taken) {
        if (teller.refused.erase(hash) > 0) {  // told again before its turn
            await_no_more(router, hash);
        }
        return std::nullopt;
    }
    share_.refuse();
    const bool is_first = teller.refused.empty();
    teller.refused.insert(hash);
    if (taken.error().condition == kResourceLimitExceeded) {
        waiting_.add(router, hash, key);
    }
    return is_first ? std::optional{std::move(taken).error()} : std::nullopt;
}

Result<void> Tellers::take(RouterIndex router, Teller& teller, std::string_view key) {
    const MeshRoute said = read_mesh_key(key);
    WEFT_TRY(const auto pattern, read_pattern(said.grammar, said.text));
    WEFT_TRY(const Areas::Obtained obtained,
             areas_.obtain(said.direction, pattern, share_, &teller.own));
    share_.take(teller.own, obtained.taken);
    Area& area = areas_[obtained.area];
    const auto known = std::ranges::find(area.routers, router, &Far::router);
    Far& far = known != area.routers.end()
                   ? *known
                   : area.routers.emplace_back(Far{.router = router, .serial = next_serial_++});
    ++far.keys;
    far.find += obtained.taken.find;
    if (area.key.empty()) {
        area.key = key;
    }
    return {};
}

void Tellers::lost(RouterIndex router, std::string_view key) {
    const auto teller = tellers_.find(router);
    if (teller == tellers_.end()) {
        return;
    }
    if (const std::size_t hash = TextHash{}(key); teller->second.refused.erase(hash) > 0) {
        await_no_more(router, hash);
    } else {
        give_back(router, teller->second, key);
    }
    if (teller->second.own.bytes == 0 && teller->second.refused.empty()) {
        tellers_.erase(teller);
    }
}

void Tellers::give_back(RouterIndex router, Teller& teller, std::string_view key) {
    const MeshRoute said = read_mesh_key(key);
    const auto pattern = read_pattern(said.grammar, said.text);
    const std::uint32_t number = pattern ? areas_.known(said.direction, *pattern) : 0;
    std::vector<Far>& routers = areas_[number].routers;
    const auto known = std::ranges::find(routers, router, &Far::router);
    if (known == routers.end()) {
        return;
    }
    Allotment::Share less{.bytes = Allotment::bytes_of(*pattern)};
    if (--known->keys == 0) {
        less.find = known->find;
        routers.erase(known);
    }
    share_.give_back(teller.own, less);
    areas_.drop_if_unused(number);
    leave_room();
}

/// A key that waits for room is taken, or taken back.
void Tellers::await_no_more(RouterIndex router, std::size_t hash) {
    waiting_.remove(router, hash);
    tries_ = std::min(tries_, waiting_.size());
}

/// So many are tried that what fits is among them, each router's in turn, and not so many that it
/// costs more than what the others said.
void Tellers::leave_room(std::size_t patterns) {
    tries_ = std::min(tries_ + patterns * kTriesOfRoom, waiting_.size());
}

bool Tellers::work(std::size_t budget) {
    for (; budget > 0 && tries_ > 0; --budget) {
        const WaitingKeys::Key key = waiting_.next();
        Teller& teller = tellers_[key.router];
        --tries_;
        if (take(key.router, teller, key.text)) {
            teller.refused.erase(key.hash);
            await_no_more(key.router, key.hash);
        }
    }
    return has_work();
}

}  // namespace weft::linkroute

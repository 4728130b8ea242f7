#include "tools/sim/path_watch.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace weft::sim {

void PathWatch::size_up() {
    const std::size_t size = mesh_.size();
    for (std::size_t i = 0; i < size; ++i) {
        numbers_[mesh_.id(i)] = i;
    }
    ways_.assign(size, std::vector<Way>(size));
    out_since_.assign(size, std::vector(size, kNever));
    wrong_.assign(size, 0);
    known_.assign(size, 0);
    is_dirty_.assign(size, false);
}

void PathWatch::on_path(std::size_t at,
                        std::string_view to,
                        const std::optional<router::Path>& path) {
    const std::size_t number = numbers_.at(to);
    Way& way = ways_[number][at];
    way = path ? Way{static_cast<std::int32_t>(mesh_.wire_at(at, path->link)), path->cost} : Way{};
    if (!is_dirty_[number]) {
        is_dirty_[number] = true;
        dirty_.push_back(number);
    }
    ++version_;
}

void PathWatch::on_address(std::size_t at, bool has) {
    const std::size_t change = has ? 1 : std::size_t(-1);  // modulo 2^64
    known_[at] += change;
    if (mesh_.runs(at)) {
        known_total_ += change;
    }
    ++version_;
}

void PathWatch::forget(std::size_t router) {
    for (std::vector<Way>& ways : ways_) {
        ways[router] = {};
    }
    known_[router] = 0;
}

void PathWatch::renew(const Truth& truth, const std::vector<std::size_t>& addresses) {
    truth_ = &truth;
    known_total_ = known_expected_ = 0;
    ended_.clear();
    agree_ = false;
    for (std::size_t at = 0; at < mesh_.size(); ++at) {
        std::ranges::fill(out_since_[at], kNever);
        if (!mesh_.runs(at)) {
            continue;
        }
        known_total_ += known_[at];
        for (std::size_t to = 0; to < mesh_.size(); ++to) {
            known_expected_ += to != at && truth.reaches(at, to) ? addresses[to] : 0;
        }
    }
    dirty_.clear();
    for (std::size_t to = 0; to < mesh_.size(); ++to) {
        dirty_.push_back(to);
        is_dirty_[to] = true;
    }
    update();
}

void PathWatch::update() {
    for (const std::size_t to : std::exchange(dirty_, {})) {
        is_dirty_[to] = false;
        wrong_total_ -= wrong_[to];
        judge(to);
        wrong_total_ += wrong_[to];
    }
    const bool before = std::exchange(agree_, wrong_total_ == 0 && known_total_ == known_expected_);
    if (agree_ && !before) {
        agreed_at_ = mesh_.now();
        messages_ = mesh_.messages();
        bytes_ = mesh_.bytes();
    }
}

void PathWatch::judge(std::size_t to) {
    follow(to);
    wrong_[to] = 0;
    for (std::size_t from = 0; from < mesh_.size(); ++from) {
        if (from == to || !mesh_.runs(from)) {
            continue;
        }
        const Way& way = ways_[to][from];
        const bool reaches = truth_->reaches(from, to);
        const bool arrives = arrivals_[from] == Arrival::yes;
        const bool right =
            reaches ? arrives && way.cost == truth_->cost[from][to] : way.wire == Way::kNone;
        wrong_[to] += right ? 0 : 1;
        set_out(from, to, reaches && !arrives);
    }
}

void PathWatch::set_out(std::size_t from, std::size_t to, bool out) {
    Instant& since = out_since_[to][from];
    if (out && since == kNever) {
        since = mesh_.now();
    } else if (!out && since != kNever) {
        if (mesh_.now() > since) {
            ended_.push_back({from, to, mesh_.now() - since});
        }
        since = kNever;
    }
}

/// Finds from where messages arrive at `to`. Each router sends to one other, so that every trail
/// ends at `to`, nowhere, or in a circle.
void PathWatch::follow(std::size_t to) {
    arrivals_.assign(mesh_.size(), Arrival::unknown);
    arrivals_[to] = mesh_.runs(to) ? Arrival::yes : Arrival::no;
    for (std::size_t from = 0; from < mesh_.size(); ++from) {
        trail_.clear();
        std::size_t at = from;
        while (at != Truth::kNobody && arrivals_[at] == Arrival::unknown) {
            arrivals_[at] = Arrival::under_way;
            trail_.push_back(at);
            at = next_hop(at, to);
        }
        const bool arrives = at != Truth::kNobody && arrivals_[at] == Arrival::yes;
        for (const std::size_t each : trail_) {
            arrivals_[each] = arrives ? Arrival::yes : Arrival::no;
        }
    }
}

std::size_t PathWatch::next_hop(std::size_t at, std::size_t to) const {
    const Way& way = ways_[to][at];
    if (way.wire == Way::kNone) {
        return Truth::kNobody;
    }
    const SimMesh::Wire& wire = mesh_.wires()[static_cast<std::size_t>(way.wire)];
    if (!mesh_.carries(wire)) {
        return Truth::kNobody;
    }
    return wire.a == at ? wire.b : wire.a;
}

std::vector<Outage> PathWatch::outages() const {
    std::vector<Outage> all = ended_;
    for (std::size_t to = 0; to < mesh_.size(); ++to) {
        for (std::size_t from = 0; from < mesh_.size(); ++from) {
            if (out_since_[to][from] != kNever) {
                all.push_back({from, to, mesh_.now() - out_since_[to][from], /*ended=*/false});
            }
        }
    }
    const auto pair = [](const Outage& outage) { return std::tuple(outage.from, outage.to); };
    std::ranges::sort(all, {}, [&](const Outage& outage) {
        return std::tuple(outage.from, outage.to, -outage.time);
    });
    const auto repeated = std::ranges::unique(all, {}, pair);
    all.erase(repeated.begin(), repeated.end());
    std::ranges::stable_sort(all, std::greater{}, &Outage::time);
    return all;
}

}  // namespace weft::sim

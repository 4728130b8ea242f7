#include "tools/sim/path_watch.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace weft::sim {

void PathWatch::size_up() {
    const std::size_t size = mesh_.size();
    for (std::size_t i = 0; i < size; ++i) {
        numbers_[mesh_.place(i).id] = i;
    }
    ways_.assign(size, std::vector<Way>(size));
    pairs_.assign(size, std::vector<Pair>(size));
    known_.assign(size, 0);
}

void PathWatch::on_path(std::size_t at,
                        std::string_view to,
                        const std::optional<linkstate::Path>& path) {
    const std::size_t number = numbers_.at(to);
    Way& way = ways_[number][at];
    way = path ? Way{static_cast<std::int32_t>(mesh_.place(at).wires.at(path->link)), path->cost}
               : Way{};
    changed_.emplace_back(at, number);
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
    wires_.assign(mesh_.size(), {});
    for (std::size_t i = 0; i < mesh_.wires().size(); ++i) {
        wires_[mesh_.wires()[i].a].push_back(i);
        wires_[mesh_.wires()[i].b].push_back(i);
    }
    wrong_ = known_total_ = known_expected_ = 0;
    ended_.clear();
    changed_.clear();
    agree_ = false;
    for (std::size_t from = 0; from < mesh_.size(); ++from) {
        known_total_ += mesh_.runs(from) ? known_[from] : 0;
        for (std::size_t to = 0; to < mesh_.size(); ++to) {
            pairs_[to][from] = {.arrives = arrives(from, to)};
            judge(from, to);
            known_expected_ += to != from && truth.reaches(from, to) ? addresses[to] : 0;
        }
    }
    update();
}

void PathWatch::update() {
    for (const auto& [from, to] : changed_) {
        set_arrives(from, to, arrives(from, to));
    }
    changed_.clear();
    const bool before = std::exchange(agree_, wrong_ == 0 && known_total_ == known_expected_);
    if (agree_ && !before) {
        agreed_at_ = mesh_.now();
        messages_ = mesh_.messages();
        bytes_ = mesh_.bytes();
    }
}

/// Each router sends to one other, so that a way ends at `to`, nowhere, or in a circle.
bool PathWatch::arrives(std::size_t from, std::size_t to) const {
    std::size_t at = from;
    for (std::size_t hops = 0; hops < mesh_.size() && at != to && at != Truth::kNobody; ++hops) {
        at = next_hop(at, to);
    }
    return at == to && mesh_.runs(to);
}

/// So it is then from all routers that send by way of `from`.
void PathWatch::set_arrives(std::size_t from, std::size_t to, bool arrives) {
    const bool is_news = pairs_[to][from].arrives != arrives;
    pairs_[to][from].arrives = arrives;
    judge(from, to);
    std::vector<std::size_t> reached;
    if (is_news) {
        reached.push_back(from);
    }
    while (!reached.empty()) {
        const std::size_t at = reached.back();
        reached.pop_back();
        for (const std::size_t number : wires_[at]) {
            const SimMesh::Wire& wire = mesh_.wires()[number];
            const std::size_t peer = wire.a == at ? wire.b : wire.a;
            if (peer != to && pairs_[to][peer].arrives != arrives && next_hop(peer, to) == at) {
                pairs_[to][peer].arrives = arrives;
                judge(peer, to);
                reached.push_back(peer);
            }
        }
    }
}

/// Notes whether a pair is out, and whether its path is wrong.
void PathWatch::judge(std::size_t from, std::size_t to) {
    if (from == to || !mesh_.runs(from)) {
        return;
    }
    Pair& pair = pairs_[to][from];
    const Way& way = ways_[to][from];
    const bool reaches = truth_->reaches(from, to);
    const bool right =
        reaches ? pair.arrives && way.cost == truth_->cost[from][to] : way.wire == Way::kNone;
    if (pair.wrong == right) {
        pair.wrong = !right;
        right ? --wrong_ : ++wrong_;
    }
    const bool out = reaches && !pair.arrives;
    if (out && pair.out_since == kNever) {
        pair.out_since = mesh_.now();
    } else if (!out && pair.out_since != kNever) {
        if (mesh_.now() > pair.out_since) {
            ended_.push_back({from, to, mesh_.now() - pair.out_since});
        }
        pair.out_since = kNever;
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
            const Instant since = pairs_[to][from].out_since;
            if (since != kNever) {
                all.push_back({from, to, mesh_.now() - since, /*ended=*/false});
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

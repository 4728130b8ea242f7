#include "router/mgmt/scraper.hpp"

#include "router/exchange/distributor.hpp"
#include "router/mgmt/entity_memory.hpp"
#include "router/node/containers.hpp"
#include "router/node/linkroute/link_router.hpp"
#include "router/node/mesh.hpp"
#include "router/node/policy_desk.hpp"
#include "router/node/shared_addresses.hpp"

#include <algorithm>
#include <utility>

namespace weft::router_mgmt {
namespace {

MeshMetrics mesh_metrics(const node::Mesh& mesh) {
    const linkstate::LinkState& state = mesh.state();
    MeshMetrics metrics{.counters = state.counters(),
                        .control_bytes = mesh.control_memory()->bytes,
                        .control_refused = mesh.control_memory()->refused};
    for (const linkstate::RouterNode& node : state.nodes()) {
        metrics.addresses_left_out += node.untold;
        if (node.index != kThisRouter) {
            ++(node.path ? metrics.reachable : metrics.unreachable);
            metrics.neighbours += node.neighbour ? 1U : 0U;
        }
    }
    return metrics;
}

void add_settings(const node::SharedAddresses& shared, MeshMetrics& metrics) {
    metrics.settings = shared.settings().table().standing();
    metrics.settings_in_conflict = static_cast<std::uint64_t>(std::ranges::count_if(
        shared.entries(), [](const auto& entry) { return !entry.second.conflict.empty(); }));
    metrics.exchange = shared.settings().counters();
    metrics.settings_kept = shared.failure().empty();
    metrics.settings_write_failures = shared.write_failures();
}

}  // namespace

Scraper::Scraper(const MetricsSources& of, Duration page_max)
    : of_{of},
      loop_{of.loops.shards().home().loop()},
      page_max_{page_max},
      told_(of.loops.shards().size()) {}

void Scraper::scrape(Done done) {
    asked_.push_back(std::move(done));
    if (stage_ == Stage::idle) {
        begin();
    }
}

void Scraper::begin() {
    ++pages_;
    stage_ = Stage::naming;
    served_.assign(asked_.begin(), asked_.end());
    asked_.clear();
    scrape_ = std::make_unique<Scrape>();
    names_ = {};
    lonely_.clear();
    limit_ = loop_.after(page_max_, [this] { give_up(); });
    await_turn();
}

void Scraper::await_turn() {
    turn_ = loop_.after(Duration::zero(), [this] {
        ++turns_;
        attempt([this] { go_on(); });
    });
}

void Scraper::attempt(const std::function<void()>& part) {
    if (!io::Loop::attempt(part)) {  // who waits hears nothing
        drop();
        served_.clear();
        end();
    }
}

/// A loop that is asked just now may answer later: that is of no page any more.
void Scraper::drop() {
    turn_.cancel();
    tally_ = nullptr;
    text_.reset();
    stage_ = Stage::idle;
}

void Scraper::give_up() {
    ++given_up_;
    drop();
    for (const Done& done : std::exchange(served_, {})) {
        done(nullptr);
    }
    end();
}

void Scraper::go_on() {
    switch (stage_) {
        case Stage::naming:
            if (names_.choose(of_.loops.shards().home().core().addresses(), kSlice)) {
                chosen_ = std::make_shared<SeriesNames>(names_);
                stage_ = Stage::counting;
                index_ = 0;
            }
            await_turn();
            break;
        case Stage::counting:
            count_loop(index_);
            break;
        case Stage::writing:
            if (text_->go_on(kSeriesAtOnce)) {
                scrape_->page = text_->take();
                text_.reset();
                stage_ = Stage::serving;
            }
            await_turn();
            break;
        case Stage::serving:
            serve();
            break;
        case Stage::idle:
            break;
    }
}

void Scraper::count_loop(std::size_t index) {
    if (tally_ == nullptr) {
        tally_ = std::make_shared<LoopTally>(chosen_, index == 0);
    }
    of_.loops.ask<bool>(
        index,
        [tally = tally_](node::Shard& shard, bool& all_told) {
            all_told = tally->go_on(shard, kSlice);
            return true;
        },
        [this, page = pages_](const bool* all_told) {
            if (page == pages_ && stage_ == Stage::counting) {
                attempt([&] { on_slice(all_told); });
            }
        });
}

void Scraper::on_slice(const bool* all_told) {
    await_turn();
    if (all_told == nullptr) {
        ++scrape_->metrics.silent_loops;
        next_loop();
        return;
    }
    for (LonelyAddress& each : tally_->take_lonely()) {
        take_lonely(each, tally_->found());
    }
    if (*all_told) {
        told_[index_] = std::move(tally_->found());
        next_loop();
    }
}

void Scraper::take_lonely(LonelyAddress& lonely, LoopMetrics& into) {
    const std::string& key = lonely.key.text;
    const bool is_new = of_.loops.shards().home().core().addresses().find(key) == nullptr &&
                        lonely_.insert(std::hash<std::string_view>{}(key)).second;
    const bool left_out = is_new && SeriesNames::may_have(lonely.key) && !names_.add(lonely.key);
    into.addresses += is_new ? 1U : 0U;
    into.over_budget += left_out ? 1U : 0U;
    if (names_.find(key) == SeriesNames::kNone) {
        into.other += lonely.metrics;
    } else {
        into.named.try_emplace(key, std::move(lonely.metrics));
    }
}

void Scraper::next_loop() {
    tally_ = nullptr;  // a loop that is late may be at it still
    if (++index_ == told_.size()) {
        sum_up();
        stage_ = Stage::writing;
        text_.emplace(scrape_->metrics);
    }
}

void Scraper::sum_up() {
    Metrics& metrics = scrape_->metrics;
    metrics.by_address.resize(names_.size());
    for (const LoopMetrics& loop : told_) {
        metrics.totals += loop.totals;
        metrics.addresses += loop.addresses;
        metrics.over_budget += loop.over_budget;
        metrics.other += loop.other;
        for (const auto& [labels, count] : loop.connections) {
            metrics.connections[labels] += count;
        }
        for (const auto& [key, each] : loop.named) {
            const std::size_t position = names_.find(key);
            AddressMetrics& sum =
                position == SeriesNames::kNone ? metrics.other : metrics.by_address[position];
            sum += each;
            sum.address = position == SeriesNames::kNone ? "" : each.address;
        }
    }
    std::erase_if(metrics.by_address,  // what went before it was counted
                  [](const AddressMetrics& each) { return each.address.empty(); });
    metrics.unanswered = of_.loops.unanswered();
    metrics.pages_given_up = given_up_;
    metrics.requests_late = of_.endpoint.counters().late;
    metrics.requests_refused = of_.endpoint.counters().refused;
    metrics.denied =
        of_.policy_desk.with([](const policy::Policy& policy) { return policy.denials(); });
    metrics.process = daemon::take_process_metrics(of_.listeners, of_.web, of_.gate,
                                                   loop_.now() - of_.started_at);
    if (of_.mesh != nullptr) {
        metrics.mesh = mesh_metrics(*of_.mesh);
        add_settings(*of_.shared, *metrics.mesh);
        metrics.mesh->demand = of_.mesh->demand().counters();
    }
    for (const auto& link : of_.containers.auto_links().all()) {
        ++metrics.auto_links[static_cast<std::size_t>(link->status())];
    }
    const linkroute::LinkRoutes& routes = of_.containers.link_routing().routes();
    metrics.link_routes = routes.all().size();
    metrics.link_routes_active = routes.active();
    metrics.routed_pairs = of_.link_router.pairs();
    metrics.routed = of_.link_router.counters();
    metrics.link_route_counters = routes.counters();
    metrics.exchanges = of_.exchanges.exchanges().all().size();
    metrics.bindings = of_.exchanges.exchanges().bindings().size();
    metrics.exchange_messages = of_.exchanges.under_way();
    metrics.exchanged = of_.exchanges.totals();
    for (const MemoryUse& use : memory_use(metrics.totals)) {
        metrics.pools.push_back({std::string{use.type}, use.allocated});
    }
}

void Scraper::serve() {
    for (std::size_t served = 0; served < kServedAtOnce && !served_.empty(); ++served) {
        const Done done = std::move(served_.front());
        served_.pop_front();
        done(scrape_.get());
    }
    if (served_.empty()) {
        end();
    } else {
        await_turn();
    }
}

/// Of this page. Who asked meanwhile gets the next one.
void Scraper::end() {
    stage_ = Stage::idle;
    limit_.cancel();
    scrape_.reset();
    if (!asked_.empty()) {
        begin();
    }
}

}  // namespace weft::router_mgmt

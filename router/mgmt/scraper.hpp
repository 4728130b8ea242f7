#pragma once

#include "common/daemon/gate.hpp"
#include "common/daemon/listeners.hpp"
#include "common/daemon/web.hpp"
#include "common/io/loop.hpp"
#include "router/mgmt/loop_metrics.hpp"
#include "router/mgmt/management_endpoint.hpp"
#include "router/mgmt/metrics.hpp"
#include "router/mgmt/other_loops.hpp"

#include <boost/unordered/unordered_flat_set.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weft::exchange {
class Distributor;
}

namespace weft::node {
class Containers;
class LinkRouter;
class Mesh;
class PolicyDesk;
class SharedAddresses;
}  // namespace weft::node

namespace weft::router_mgmt {

/// What the numbers are taken from. All must outlive who takes them.
struct MetricsSources {
    OtherLoops& loops;
    const node::Mesh* mesh = nullptr;  // null, like `shared`: the router is alone
    const node::SharedAddresses* shared = nullptr;
    const node::Containers& containers;
    const node::LinkRouter& link_router;
    node::PolicyDesk& policy_desk;
    const exchange::Distributor& exchanges;
    const daemon::Listeners& listeners;
    const daemon::Gate& gate;
    const daemon::Web& web;
    const ManagementEndpoint& endpoint;
    Instant started_at;
};

/// The page /metrics at one moment, and the numbers in it.
struct Scrape {
    Metrics metrics;
    std::string page;
};

/// Takes a router's numbers and writes the page, a slice a turn, so that nobody waits for it. One
/// page is made at a time; who asks meanwhile shares the next one.
///
///   idle ──asked──▶ naming ──▶ counting ──every loop told or is silent──▶ writing ──▶ serving
///    ↑               the series    each loop in its own turns                           │
///    └──────────────────────────── or naming, if asked meanwhile ◀──────────────────────┘
///
/// A page that is not served kPageMax after it was begun is given up.
/// The numbers of a loop that does not tell them in time are those that it told last.
/// Threading: loop-confined (home's loop).
class Scraper {
public:
    /// Null: the page was not made in time.
    using Done = std::function<void(const Scrape* scrape)>;

    /// How long one page may take; then it is given up.
    static constexpr Duration kPageMax = std::chrono::seconds{10};

    /// Things looked at in one turn.
    static constexpr std::size_t kSlice = 500;
    /// Series written in one turn.
    static constexpr std::size_t kSeriesAtOnce = 250;
    /// Askers who get the page in one turn: it may be large.
    static constexpr std::size_t kServedAtOnce = 4;

    explicit Scraper(const MetricsSources& of, Duration page_max = kPageMax);

    /// `done` is called in a later turn. It is dropped if this goes before.
    void scrape(Done done);

    /// Pages that were begun, and turns that they took of home's loop.
    std::uint64_t pages() const { return pages_; }
    std::uint64_t turns() const { return turns_; }
    /// Of those pages, which were given up.
    std::uint64_t given_up() const { return given_up_; }

private:
    enum class Stage : std::uint8_t { idle, naming, counting, writing, serving };

    void begin();
    void await_turn();
    void attempt(const std::function<void()>& part);
    void go_on();
    void count_loop(std::size_t index);
    void on_slice(const bool* all_told);
    void take_lonely(LonelyAddress& lonely, LoopMetrics& into);
    void next_loop();
    void sum_up();
    void serve();
    void give_up();
    void drop();
    void end();

    MetricsSources of_;
    io::Loop& loop_;
    Duration page_max_;
    Stage stage_ = Stage::idle;
    std::vector<Done> asked_;  // for the next page
    std::deque<Done> served_;  // by this one
    io::Timer turn_;
    SeriesNames names_;
    std::shared_ptr<const SeriesNames> chosen_;  // what the loops know of names_
    std::size_t index_ = 0;                      // the loop that is asked
    std::shared_ptr<LoopTally> tally_;
    boost::unordered_flat_set<std::size_t>
        lonely_;                     // hashes of keys that only others than home have
    std::vector<LoopMetrics> told_;  // by each loop last
    std::unique_ptr<Scrape> scrape_;
    std::optional<MetricsText> text_;
    std::uint64_t pages_ = 0;
    std::uint64_t turns_ = 0;
    std::uint64_t given_up_ = 0;
    io::Timer limit_;  // of the page
};

}  // namespace weft::router_mgmt

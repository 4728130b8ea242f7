#include "tools/sim/simulation.hpp"

#include "tools/sim/sim_audit.hpp"
#include "tools/sim/sim_mesh.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace weft::sim {
namespace {

class Simulation {
public:
    Simulation(const Topology& topology, const Scenario& scenario)
        : topology_{topology},
          scenario_{scenario},
          mesh_{{.seed = scenario.seed, .options = topology.options}} {}

    Report run() {
        start();
        report_.single_points = single_points(topology_);
        const auto& changes = scenario_.changes;
        report_.rest = phase({}, Duration{}, time_of(changes.begin()));
        report_.longest = longest_path();
        for (auto next = changes.begin(); next != changes.end();) {
            const auto end = std::find_if(
                next, changes.end(), [&](const Change& change) { return change.at != next->at; });
            const std::vector<Change> together{next, end};
            report_.events.push_back(phase(together, next->at, time_of(end)));
            next = end;
        }
        return std::move(report_);
    }

private:
    using Ways = std::vector<std::vector<Way>>;  // [from][to]

    void start() {
        mesh_.watch(watch_);
        for (const Topology::Router& router : topology_.routers) {
            const std::size_t number = mesh_.add(router.id);
            for (const std::string& address : router.addresses) {
                mesh_.set_address(number, "M0" + address, true);
            }
            address_counts_.push_back(router.addresses.size() + 1);  // and its own
        }
        watch_.size_up();
        for (const Topology::Link& link : topology_.links) {
            mesh_.connect(link.from, link.to, link.cost, link.delay, link.jitter);
        }
    }

    /// When a change is due; behind the last, when all ends.
    std::optional<Duration> time_of(std::vector<Change>::const_iterator change) const {
        return change == scenario_.changes.end() ? scenario_.until : change->at;
    }

    /// From `changes`, at `at`, until `end`, or else until all agree.
    Phase phase(const std::vector<Change>& changes, Duration at, std::optional<Duration> end) {
        Phase phase{.changes = changes, .at = at};
        const Ways before = ways();
        const bool is_first = changes.empty();  // greetings went out already
        const std::uint64_t messages = is_first ? 0 : mesh_.messages();
        const std::uint64_t bytes = is_first ? 0 : mesh_.bytes();
        for (const Change& change : changes) {
            apply(change);
        }
        truth_ = truth_of(mesh_);
        watch_.renew(truth_, address_counts_);
        if (end) {
            run_until(begin_ + *end);
        } else {
            run_until_calm();
        }
        phase.length = mesh_.now() - begin_ - at;
        phase.disagreement = audit_paths(mesh_, truth_);
        const bool agreed = watch_.agree() && phase.disagreement.empty();
        if (agreed) {
            phase.agreed_after = watch_.agreed_at() - begin_ - at;
        }
        phase.messages = (agreed ? watch_.messages() : mesh_.messages()) - messages;
        phase.bytes = (agreed ? watch_.bytes() : mesh_.bytes()) - bytes;
        phase.islands = islands(topology_, failed_);
        phase.unserved = unserved(topology_, phase.islands);
        if (!is_first) {
            phase.outages = watch_.outages();
            phase.moved = compare(before, ways());
            std::erase_if(phase.unserved, [&](const Unserved& each) {
                return std::ranges::count(report_.rest.unserved, each) > 0;
            });
        }
        return phase;
    }

    void apply(const Change& change) {
        if (change.fails) {
            failed_.insert(change.part);
            fail(change.part);
        } else {
            failed_.erase(change.part);
            restore(change.part);
        }
    }

    void fail(Part part) {
        if (part.is_link) {
            scenario_.silent ? mesh_.silence(part.number) : mesh_.cut(part.number);
        } else if (scenario_.silent) {
            mesh_.freeze(part.number);
        } else {
            mesh_.crash(part.number, /*silently=*/false);
        }
    }

    void restore(Part part) {
        if (part.is_link) {
            mesh_.cut(part.number);  // it may stand silently
            mesh_.restore(part.number);
        } else if (scenario_.silent) {
            mesh_.thaw(part.number);
        } else {
            start_again(part.number);
        }
    }

    void start_again(std::size_t router) {
        watch_.forget(router);
        mesh_.start(router, ++instance_);
        for (std::size_t i = 0; i < topology_.links.size(); ++i) {
            const Topology::Link& link = topology_.links[i];
            if ((link.from == router || link.to == router) &&
                !failed_.contains({.is_link = true, .number = i})) {
                mesh_.restore(i);
            }
        }
    }

    void run_until(Instant end) {
        while (mesh_.now() < end) {
            mesh_.step(end);
            watch_.update();
        }
    }

    /// Until all agreed, and nothing changed for a while since.
    void run_until_calm() {
        const Duration calm = topology_.options.hello_interval;
        const Instant end = mesh_.now() + topology_.options.hello_max_age + kSettleMax;
        std::uint64_t audited = UINT64_MAX;
        while (mesh_.now() < end) {
            if (watch_.agree() && mesh_.now() - watch_.agreed_at() >= calm &&
                audited != watch_.version()) {
                audited = watch_.version();
                if (audit_paths(mesh_, truth_).empty()) {
                    return;
                }
            }
            mesh_.step(end);
            watch_.update();
        }
    }

    Ways ways() const {
        Ways ways(mesh_.size(), std::vector<Way>(mesh_.size()));
        for (std::size_t from = 0; from < mesh_.size(); ++from) {
            for (std::size_t to = 0; to < mesh_.size() && mesh_.runs(from); ++to) {
                ways[from][to] = watch_.way(from, to);
            }
        }
        return ways;
    }

    Moved compare(const Ways& before, const Ways& after) const {
        Moved moved;
        for (std::size_t from = 0; from < mesh_.size(); ++from) {
            bool touched = false;
            for (std::size_t to = 0; to < mesh_.size(); ++to) {
                const Way& was = before[from][to];
                const Way& is = after[from][to];
                if (was.wire == Way::kNone || is.wire == Way::kNone) {
                    continue;  // lost or found, not moved
                }
                moved.next_hops += was.wire != is.wire ? 1 : 0;
                moved.costs += was.cost != is.cost ? 1 : 0;
                touched = touched || was.wire != is.wire || was.cost != is.cost;
                if (is.cost > was.cost &&
                    is.cost - was.cost > moved.cost_after - moved.cost_before) {
                    moved.from = from;
                    moved.to = to;
                    moved.cost_before = was.cost;
                    moved.cost_after = is.cost;
                }
            }
            moved.routers += touched ? 1 : 0;
        }
        return moved;
    }

    LongestPath longest_path() const {
        LongestPath longest;
        std::size_t first = 0;
        std::size_t last = 0;
        for (std::size_t from = 0; from < mesh_.size(); ++from) {
            for (std::size_t to = 0; to < mesh_.size(); ++to) {
                if (truth_.reaches(from, to) && truth_.cost[from][to] > longest.cost) {
                    longest.cost = truth_.cost[from][to];
                    first = from;
                    last = to;
                }
            }
        }
        if (longest.cost > 0) {
            longest.routers.push_back(first);
            while (longest.routers.back() != last) {
                longest.routers.push_back(truth_.next_hop[longest.routers.back()][last]);
            }
        }
        return longest;
    }

    const Topology& topology_;
    const Scenario& scenario_;
    SimMesh mesh_;
    PathWatch watch_{mesh_};
    Instant begin_ = mesh_.now();
    Truth truth_;
    std::vector<std::size_t> address_counts_;
    std::set<Part> failed_;
    std::int64_t instance_ = 1;
    Report report_;
};

}  // namespace

Report simulate(const Topology& topology, const Scenario& scenario) {
    return Simulation{topology, scenario}.run();
}

}  // namespace weft::sim

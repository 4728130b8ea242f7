#pragma once

#include "router/linkstate/link_state.hpp"
#include "tools/sim/truth.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace weft::sim {

/// Is told what the routers of a mesh tell, as they tell it.
class SimWatcher {
public:
    virtual ~SimWatcher() = default;
    /// Router `at` found a path to router `to`, or another one, or lost it.
    virtual void on_path(std::size_t at,
                         std::string_view to,
                         const std::optional<linkstate::Path>& path) = 0;
    /// Router `at` learnt that another one has consumers of an address, or has none any more.
    virtual void on_address(std::size_t at, bool has) = 0;
};

/// One router of a simulated mesh, and what its machine told.
class SimRouter final : public linkstate::LinkStateOutput {
public:
    struct Sent {
        linkstate::PeerLink link = 0;
        Buffer bytes;
    };

    /// `watcher` may be null; `number` is how it knows this router.
    SimRouter(linkstate::LinkStateOptions options, SimWatcher* watcher, std::size_t number)
        : machine{std::move(options), *this}, watcher_{watcher}, number_{number} {}

    void send(linkstate::PeerLink link, Bytes message) override;
    void on_path(RouterIndex router, const std::optional<linkstate::Path>& path) override;
    void on_remote_address(RouterIndex router,
                           std::string_view key,
                           bool has,
                           linkstate::Hint hint) override;
    void on_silent(linkstate::PeerLink /*link*/, std::string_view /*why*/) override {}
    void on_event(const linkstate::LinkStateEvent& event) override { events.push_back(event); }

    std::size_t count(linkstate::LinkStateEvent::Kind kind) const;

    linkstate::LinkState machine;
    std::vector<Sent> outbox;
    std::map<RouterIndex, linkstate::Path> paths;
    std::map<RouterIndex, std::set<std::string, std::less<>>> keys;
    std::vector<linkstate::LinkStateEvent> events;
    std::vector<std::string> faults;  // told against the rules of LinkStateOutput

private:
    SimWatcher* watcher_;
    std::size_t number_;
};

/// Routers on a virtual clock and network.
///
/// Connections keep their order and lose nothing, as AMQP links do; what is lost is a connection.
class SimMesh {
public:
    struct Config {
        std::uint64_t seed = 1;
        linkstate::LinkStateOptions options;  // of each router, but for id and instance
    };
    /// A connection between two routers.
    struct Wire {
        std::size_t a = 0;
        std::size_t b = 0;
        linkstate::PeerLink at_a = 0;
        linkstate::PeerLink at_b = 0;
        std::uint32_t cost = 1;
        Duration delay{};
        Duration jitter{};
        bool alive = false;
        bool silent = false;  // alive, but nothing arrives
        Instant last_to_a{};
        Instant last_to_b{};
        std::uint64_t bytes = 0;  // that went over it, both ways
    };

    explicit SimMesh(Config config) : config_{std::move(config)}, random_{config_.seed} {}

    /// Routers that start from now on tell `watcher`, which must outlive the mesh.
    void watch(SimWatcher& watcher) { watcher_ = &watcher; }
    /// Adds a router and starts it.
    std::size_t add(std::string id);
    std::size_t connect(std::size_t a,
                        std::size_t b,
                        std::uint32_t cost = 1,
                        Duration delay = std::chrono::milliseconds(1),
                        Duration jitter = {});
    /// The connection ends; both sides learn it at once.
    void cut(std::size_t wire);
    /// Nothing arrives over it any more, and nobody is told.
    void silence(std::size_t wire) { wires_[wire].silent = true; }
    void restore(std::size_t wire);
    void set_cost(std::size_t wire, std::uint32_t cost);
    /// The router is gone. Its neighbours learn it at once, or from its silence.
    void crash(std::size_t router, bool silently);
    void start(std::size_t router, std::int64_t instance);
    /// Nothing reaches it, and it does nothing.
    void freeze(std::size_t router);
    void thaw(std::size_t router);
    void set_address(std::size_t router, const std::string& key, bool has);
    void run_for(Duration time);
    /// Goes on to the next thing that happens, or to `end` if nothing does before.
    void step(Instant end);
    /// Runs until `condition` holds, looking each `step`; the time it took, or nothing.
    template <class Condition>
    std::optional<Duration> run_until(Condition condition, Duration limit, Duration step) {
        const Instant begin = now_;
        while (!condition()) {
            if (now_ - begin >= limit) {
                return std::nullopt;
            }
            run_for(step);
        }
        return now_ - begin;
    }

    /// What is wrong with the state of the mesh, were it at rest; empty if all is well.
    std::string audit();
    /// The same but for multicasts.
    std::string audit_paths(const Truth& known);
    std::string audit_paths() { return audit_paths(truth()); }
    Truth truth() const;

    /// What each router knows, for a person.
    std::string dump() const;

    std::size_t size() const { return nodes_.size(); }
    bool alive(std::size_t router) const { return nodes_[router].router != nullptr; }
    bool frozen(std::size_t router) const { return nodes_[router].frozen; }
    SimRouter& router(std::size_t router) { return *nodes_[router].router; }
    const std::string& id(std::size_t router) const { return nodes_[router].id; }
    const std::vector<Wire>& wires() const { return wires_; }
    /// The wire that a router knows as `link`, which must be one of its own.
    std::size_t wire_at(std::size_t router, linkstate::PeerLink link) const {
        return nodes_[router].wires.at(link);
    }
    /// True if messages get over it, either way.
    bool carries(const Wire& wire) const {
        return wire.alive && !wire.silent && runs(wire.a) && runs(wire.b);
    }
    bool runs(std::size_t router) const { return alive(router) && !frozen(router); }
    Instant now() const { return now_; }
    std::uint64_t messages() const { return messages_; }
    std::uint64_t bytes() const { return bytes_; }
    std::mt19937_64& random() { return random_; }

    /// The machine of `router` was called from outside: what it sent goes on its way.
    void settle(std::size_t router);

private:
    struct Node {
        std::string id;
        std::unique_ptr<SimRouter> router;  // null: it is not running
        std::int64_t life = 0;              // counts starts
        bool frozen = false;
        linkstate::PeerLink next_link = 1;
        std::map<linkstate::PeerLink, std::size_t> wires;
        std::set<std::string> addresses;
        Instant alarm = kNever;
    };
    struct Event {
        Instant at;
        std::uint64_t order = 0;
        std::size_t router = 0;
        std::int64_t life = 0;
        linkstate::PeerLink link = 0;
        bool is_alarm = false;
        Buffer bytes{};
        bool operator>(const Event& other) const {
            return std::tie(at, order) > std::tie(other.at, other.order);
        }
    };

    void attach(std::size_t wire, std::size_t router);
    void detach(std::size_t wire, std::size_t router);
    void push(Event event);
    void handle(Event event);
    void dispatch(std::size_t router, SimRouter::Sent sent);
    std::string audit(const Truth& truth, std::size_t router);
    std::string audit_multicast(const Truth& truth, std::size_t origin);

    Config config_;
    SimWatcher* watcher_ = nullptr;
    std::mt19937_64 random_;
    Instant now_{std::chrono::hours(1)};
    std::vector<Node> nodes_;
    std::vector<Wire> wires_;
    std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
    std::map<std::size_t, std::vector<Event>> held_;  // for routers that are frozen
    std::uint64_t order_ = 0;
    std::uint64_t messages_ = 0;
    std::uint64_t bytes_ = 0;
};

}  // namespace weft::sim

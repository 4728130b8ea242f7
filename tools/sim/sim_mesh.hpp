#pragma once

#include "router/linkstate/link_state.hpp"
#include "tools/sim/sim_router.hpp"

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

/// Where a router stands, and what it has to do with others, whether it runs or not.
struct SimPlace {
    std::string id;
    std::unique_ptr<SimRouter> router;  // null: it is not running
    bool frozen = false;
    std::map<linkstate::PeerLink, std::size_t> wires;  // by the number that its router gave them
    std::set<std::string> addresses;                   // of which it has consumers

    bool alive() const { return router != nullptr; }
    bool runs() const { return alive() && !frozen; }
};

/// Routers on a virtual clock and network.
///
/// Connections keep their order and lose nothing, as AMQP links do; what is lost is a connection.
class SimMesh {
public:
    struct Config {
        std::uint64_t seed = 1;
        linkstate::LinkStateOptions options;  // of each router, but for id and instance
        /// After so long a connection carries messages of clients, too, on either side.
        Duration data_after{};
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

    std::size_t size() const { return nodes_.size(); }
    const SimPlace& place(std::size_t router) const { return nodes_[router]; }
    /// One that is alive.
    SimRouter& router(std::size_t router) { return *nodes_[router].router; }
    const std::vector<Wire>& wires() const { return wires_; }
    /// True if messages get over it, either way.
    bool carries(const Wire& wire) const {
        return wire.alive && !wire.silent && runs(wire.a) && runs(wire.b);
    }
    bool runs(std::size_t router) const { return nodes_[router].runs(); }
    Instant now() const { return now_; }
    std::uint64_t messages() const { return messages_; }
    std::uint64_t bytes() const { return bytes_; }
    std::mt19937_64& random() { return random_; }

private:
    struct Node : SimPlace {
        std::int64_t life = 0;  // counts starts
        linkstate::PeerLink next_link = 1;
        Instant alarm = kNever;
        bool works = false;  // a slice of its work is to come
    };
    struct Event {
        Instant at;
        std::uint64_t order = 0;
        std::size_t router = 0;
        std::int64_t life = 0;
        linkstate::PeerLink link = 0;
        enum class What : std::uint8_t { message, alarm, carries, work };
        What what = What::message;
        Buffer bytes{};
        bool operator>(const Event& other) const {
            return std::tie(at, order) > std::tie(other.at, other.order);
        }
    };

    /// The machine of `router` was called: what it sent goes on its way.
    void settle(std::size_t router);
    void attach(std::size_t wire, std::size_t router);
    void detach(std::size_t wire, std::size_t router);
    void push(Event event);
    void handle(Event event);
    void dispatch(std::size_t router, SimRouter::Sent sent);

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

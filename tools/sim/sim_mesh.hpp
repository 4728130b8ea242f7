#pragma once

#include "router/linkstate/link_state.hpp"

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

/// One router of a simulated mesh, and what its machine told.
class SimRouter final : public router::LinkStateOutput {
public:
    struct Sent {
        router::PeerLink link = 0;
        Buffer bytes;
    };

    explicit SimRouter(router::LinkStateOptions options) : machine{std::move(options), *this} {}

    void send(router::PeerLink link, Bytes message) override;
    void on_path(router::RouterIndex router, const std::optional<router::Path>& path) override;
    void on_remote_address(router::RouterIndex router,
                           std::string_view key,
                           bool has,
                           router::Hint hint) override;
    void on_silent(router::PeerLink /*link*/) override {}
    void on_event(const router::LinkStateEvent& event) override { events.push_back(event); }

    std::size_t count(router::LinkStateEvent::Kind kind) const;

    router::LinkState machine;
    std::vector<Sent> outbox;
    std::map<router::RouterIndex, router::Path> paths;
    std::map<router::RouterIndex, std::set<std::string, std::less<>>> keys;
    std::vector<router::LinkStateEvent> events;
    std::vector<std::string> faults;  // told against the rules of router::LinkStateOutput
};

/// Routers on a virtual clock and network.
///
/// Connections keep their order and lose nothing, as AMQP links do; what is lost is a connection.
class SimMesh {
public:
    struct Config {
        std::uint64_t seed = 1;
        router::LinkStateOptions options;  // of each router, but for id and instance
    };
    /// A connection between two routers.
    struct Wire {
        std::size_t a = 0;
        std::size_t b = 0;
        router::PeerLink at_a = 0;
        router::PeerLink at_b = 0;
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

    /// Adds a router and starts it.
    std::size_t add(std::string id);
    std::size_t connect(std::size_t a,
                        std::size_t b,
                        std::uint32_t cost = 1,
                        Duration delay = std::chrono::milliseconds(1),
                        Duration jitter = {});
    /// The connection ends; both sides learn it at once.
    void cut(std::size_t wire);
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
    std::string audit_paths();

    /// What each router knows, for a person.
    std::string dump() const;

    std::size_t size() const { return nodes_.size(); }
    bool alive(std::size_t router) const { return nodes_[router].router != nullptr; }
    bool frozen(std::size_t router) const { return nodes_[router].frozen; }
    SimRouter& router(std::size_t router) { return *nodes_[router].router; }
    const std::string& id(std::size_t router) const { return nodes_[router].id; }
    const std::vector<Wire>& wires() const { return wires_; }
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
        router::PeerLink next_link = 1;
        std::map<router::PeerLink, std::size_t> wires;
        std::set<std::string> addresses;
        Instant alarm = kNever;
    };
    struct Event {
        Instant at;
        std::uint64_t order = 0;
        std::size_t router = 0;
        std::int64_t life = 0;
        router::PeerLink link = 0;
        bool is_alarm = false;
        Buffer bytes{};
        bool operator>(const Event& other) const {
            return std::tie(at, order) > std::tie(other.at, other.order);
        }
    };
    struct Truth;

    void attach(std::size_t wire, std::size_t router);
    void detach(std::size_t wire, std::size_t router);
    void push(Event event);
    void handle(Event event);
    void dispatch(std::size_t router, SimRouter::Sent sent);
    Truth truth() const;
    std::string audit(const Truth& truth, std::size_t router);
    std::string audit_multicast(const Truth& truth, std::size_t origin);

    Config config_;
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

#pragma once

#include "router/core/core.hpp"
#include "tests/simulation/core_ledger.hpp"
#include "tests/simulation/mesh_sim_dice.hpp"
#include "tests/unit/core/fake_port.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace weft::router {

/// A core, the connections beside it, and what is known of the messages of their peers.
struct CoreSimWorld {
    static constexpr std::size_t kClients = 4;
    static constexpr std::size_t kEdges = 2;     // of these, edge routers in every fourth world
    static constexpr std::size_t kSessions = 3;  // of a client
    static constexpr std::size_t kLoops = 2;     // other ones of the same router
    // Of a consumer that does not take more.
    static constexpr std::uint64_t kSizeMax = 60;

    /// A peer that is attached.
    struct Place {
        FakePort* port = nullptr;
        Peer* peer = nullptr;
    };

    explicit CoreSimWorld(std::uint64_t seed);

    static bool has_edges(std::uint64_t seed) { return seed % 4 == 1; }
    static Treatment treatment_of(std::size_t address);
    static bool is_multicast(const Address& address) {
        return address.treatment.distribution == Distribution::multicast;
    }
    static bool is_relay(const Peer& peer) { return peer.link->connection.traits.is_loop; }
    /// It stands for the containers of another router: nothing is sent there.
    static bool is_far(const Peer& peer) { return peer.link->far != kNoRouter; }
    /// The consumer leads to the edge router that has the producer.
    static bool is_echo(const Peer& producer, const Peer& consumer) {
        const Connection& connection = producer.link->connection;
        return connection.traits.is_edge && &connection == &consumer.link->connection;
    }
    static bool consumes(const Peer& peer) { return peer.link->direction == Direction::out; }
    static bool produces(const Peer& peer) { return peer.link->direction == Direction::in; }

    std::size_t below(std::size_t bound) { return dice.below(bound); }
    bool chance(std::size_t percent) { return dice.chance(percent); }
    FakePort& some_client() { return *ports[below(kClients)]; }
    FakePort& far_containers() { return *ports.back(); }
    FakePort& some_loop() { return *ports[kClients + below(kLoops)]; }
    template <class Fits>
    std::vector<Place> peers(Fits fits) {
        std::vector<Place> found;
        for (const auto& port : ports) {
            for (const auto& peer : port->peers()) {
                if (peer->link != nullptr && fits(*peer)) {
                    found.push_back({port.get(), peer.get()});
                }
            }
        }
        return found;
    }
    template <class Fits>
    std::optional<Place> some(Fits fits) {
        const std::vector<Place> found = peers(fits);
        return found.empty() ? std::nullopt : std::optional(found[below(found.size())]);
    }

    Dice dice;
    bool has_limits;  // some consumers take messages up to a size only
    Instant now{std::chrono::hours(1)};
    // Every other seed has an index of each address that has a few consumers, and every other one
    // does what can be put off in slices of two steps.
    Core core{{.router_id = "sim",
               .limits = {.indexed_from = below(2) == 0 ? 2 : kIndexedFrom,
                          .slice = below(2) == 0 ? std::size_t{2} : std::size_t{500}}}};
    std::vector<std::unique_ptr<FakePort>> ports;
    Ledger ledger;
};

}  // namespace weft::router

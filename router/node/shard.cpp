#include "router/node/shard.hpp"

#include "common/base/conditions.hpp"
#include "common/io/open.hpp"
#include "common/io/process.hpp"
#include "router/node/client_connection.hpp"
#include "router/node/container_connection.hpp"
#include "router/node/edge_connection.hpp"
#include "router/node/neighbour_connection.hpp"
#include "router/node/uplink_connection.hpp"
#include "router/node/upstream.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace weft::node {
namespace {

router::CoreOptions core_options(const router_config::NodeConfig& config,
                                 std::size_t index,
                                 std::size_t count) {
    return {.router_id = config.id,
            .is_edge = config.mode == router_config::RouterMode::edge,
            .default_distribution = config.default_distribution,
            .names = io::random_bytes,
            .first_id = index + 1,
            .id_step = count};
}

}  // namespace

Shard::Shard(const router_config::NodeConfig& config,
             std::size_t index,
             std::size_t count,
             io::Loop& loop,
             Relay::Hand hand,
             RoutedAttaches::Hand hand_words)
    : loop_{loop},
      core_{core_options(config, index, count)},
      edges_{std::make_unique<Edges>(core_, loop_, count)},
      routed_attaches_{core_, attaches_, count, std::move(hand_words)} {
    if (count > 1) {
        relay_ = std::make_unique<Relay>(core_, index, count, std::move(hand));
    }
    routed_attaches_.set_connections(connections_);
    loop_.set_turn_end([this](bool is_sockets) { end_turn(is_sockets); });
    ticker_ = loop_.every(std::chrono::seconds(1), [this] {
        core_.tick(loop_.now());
        if (exchanges_ != nullptr) {
            exchanges_->tick(loop_.now());
        }
        if (relay_) {
            relay_->tick();
        }
        routed_attaches_.tick();
        edges_->tick();
    });
}

void Shard::set_upstream(Upstream& upstream) {
    upstream_ = &upstream;
    if (relay_) {
        relay_->hear_supply(
            [&upstream](std::string_view key, bool produced) { upstream.supplied(key, produced); });
    }
}

void Shard::end_turn(bool is_sockets) {
    routed_attaches_.move_links();
    if (exchanges_ != nullptr) {
        exchanges_->work(loop_.now());
    }
    if (!awaits_turn_ && (core_.work(loop_.now()) || has_work())) {
        await_turn();
    }
    if (relay_) {
        if (is_sockets) {
            relay_->begin_round();
        }
        relay_->hand_over(loop_.now());
    }
    routed_attaches_.end_turn();
    if (!awaits_turn_ && routed_attaches_.has_work()) {
        await_turn();
    }
}

void Shard::await_turn() {
    next_turn_ = loop_.after(Duration::zero(), [this] { go_on(); });
    awaits_turn_ = true;
}

void Shard::go_on() {
    awaits_turn_ = false;
    if (relay_has_work()) {
        relay_->go_on(loop_.now());
    }
    routed_attaches_.go_on();
}

std::unique_ptr<PeerConnection> Shard::make_connection(io::Transport& transport,
                                                       std::shared_ptr<const PeerProfile> profile) {
    if (profile->peers == router_config::Role::inter_router) {
        return std::make_unique<NeighbourConnection>(core_, transport, std::move(profile), *this,
                                                     *mesh_);
    }
    if (profile->peers == router_config::Role::edge && !profile->engine.server) {
        return std::make_unique<UplinkConnection>(core_, transport, std::move(profile), *this,
                                                  *upstream_);
    }
    if (profile->peers == router_config::Role::edge) {
        return std::make_unique<EdgeConnection>(core_, transport, std::move(profile), *this,
                                                *edges_);
    }
    if (profile->peers == router_config::Role::route_container) {
        return std::make_unique<ContainerConnection>(core_, transport, std::move(profile), *this,
                                                     *containers_);
    }
    return std::make_unique<ClientConnection>(core_, transport, std::move(profile), *this);
}

io::ProtocolFactory Shard::speak_once(std::shared_ptr<const PeerProfile> profile,
                                      std::function<void()> gone) {
    struct Departure {
        explicit Departure(std::function<void()> f) : tell{std::move(f)} {}
        ~Departure() {
            if (tell) {
                tell();
            }
        }
        std::function<void()> tell;
    };
    return [this, profile = std::move(profile),
            departure = std::make_shared<Departure>(std::move(gone))](io::Transport& transport) {
        auto connection = make_connection(transport, profile);
        connection->when_gone(std::exchange(departure->tell, nullptr));
        return connection;
    };
}

void Shard::accept_on_loop(io::Socket socket, io::Security security, io::ProtocolFactory factory) {
    if (loop_.is_current()) {
        io::open(loop_, std::move(socket), security, factory);
        return;
    }
    loop_.post([this, socket = std::move(socket), security = std::move(security),
                factory = std::move(factory)]() mutable {
        io::open(loop_, std::move(socket), security, factory);
    });
}

void Shard::on_made(PeerConnection& connection) {
    connections_.emplace(connection.in_core().id, &connection);
}

void Shard::on_gone(PeerConnection& connection) {
    connections_.erase(connection.in_core().id);
    routed_attaches_.gone(connection.in_core().id);
    if (containers_ != nullptr) {
        containers_->link_routing().gone(connection.in_core().id);
    }
}

bool Shard::others_know(ClientConnection& connection, const router::Link& link) {
    if (!relay_ || relay_->others_know()) {
        return true;
    }
    relay_->when_known([this, client = &connection, client_id = connection.id(), id = link.id] {
        if (connections_.contains(client_id)) {
            client->answer(id);
        }
    });
    return false;
}

void Shard::review_from(std::uint64_t id, bool is_begun) {
    constexpr std::size_t kJudgedAtOnce = 1000;
    constexpr std::size_t kConnection = 10;  // of these one costs as much
    std::size_t left = kJudgedAtOnce;
    for (auto at = connections_.lower_bound(id); at != connections_.end(); ++at) {
        const bool goes_on = is_begun && at->first == id;
        if (!goes_on) {
            at->second->reconsider();
            left -= std::min(left, kConnection);
        }
        if (!at->second->judge(left) || left == 0) {
            next_review_ = loop_.after(Duration::zero(), [this, next = at->first] {
                review_from(next, /*is_begun=*/true);
            });
            return;
        }
    }
}

void Shard::quiesce() {
    core_.accounts().quiesce();
    for (const auto& [id, connection] : connections_) {
        connection->wake();
    }
}

void Shard::close_connections() {
    for (const auto& [id, connection] : connections_) {
        connection->close(kConnectionForced, "the router is shutting down");
    }
}

void Shard::orphan_connections() {
    while (!connections_.empty()) {
        connections_.begin()->second->orphan("the router is gone");
    }
    routed_attaches_.clear_switchboard();
    routed_attaches_.list().finish();
    loop_.set_turn_end({});
}

}  // namespace weft::node

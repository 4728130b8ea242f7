#include "router/node/shard.hpp"

#include "common/base/conditions.hpp"
#include "common/io/open.hpp"

#include <chrono>
#include <random>
#include <utility>

namespace weft::router {
namespace {

CoreOptions core_options(const NodeConfig& config, std::size_t index, std::size_t count) {
    std::random_device random;
    const std::uint64_t seed = (std::uint64_t{random()} << 32) | random();
    return {.router_id = config.id,
            .default_distribution = config.default_distribution,
            .seed = seed,
            .first_id = index + 1,
            .id_step = count};
}

}  // namespace

Shard::Shard(const NodeConfig& config,
             std::size_t index,
             std::size_t count,
             io::Loop& loop,
             Relay::Hand hand)
    : loop_{loop}, core_{core_options(config, index, count), nullptr} {
    if (count > 1) {
        relay_ = std::make_unique<Relay>(core_, index, count, std::move(hand));
        loop_.set_turn_end([this] { relay_->hand_over(loop_.now()); });
    }
    ticker_ = loop_.every(std::chrono::seconds(1), [this] {
        core_.tick(loop_.now());
        if (relay_) {
            relay_->tick();
        }
    });
}

void Shard::accept_on_loop(io::Socket socket,
                           std::shared_ptr<const ListenerOptions> options,
                           std::function<void()> gone) {
    if (loop_.is_current()) {
        accept(std::move(socket), std::move(options), std::move(gone));
        return;
    }
    loop_.post([this, socket = std::move(socket), options = std::move(options),
                gone = std::move(gone)]() mutable {
        accept(std::move(socket), std::move(options), std::move(gone));
    });
}

void Shard::accept(io::Socket socket,
                   std::shared_ptr<const ListenerOptions> options,
                   std::function<void()> gone) {
    io::open(loop_, std::move(socket), io::Security::none(), [&](io::Transport& transport) {
        auto connection =
            std::make_unique<AmqpConnection>(core_, transport, std::move(options), *this, mesh_);
        connection->when_gone(std::move(gone));
        return connection;
    });
}

void Shard::receive(std::size_t from, const Slab& slab) {
    relay_->receive(from, slab, loop_.now());
}

void Shard::on_opened(AmqpConnection& connection) {
    connections_.emplace(connection.routed().id, &connection);
}

void Shard::on_gone(AmqpConnection& connection) {
    connections_.erase(connection.routed().id);
}

bool Shard::others_know(const AmqpConnection& connection, const Link& link) {
    if (!relay_ || relay_->others_know()) {
        return true;
    }
    relay_->when_known([this, connection_id = connection.routed().id, id = link.id] {
        const auto found = connections_.find(connection_id);
        if (found != connections_.end()) {
            found->second->answer(id);
        }
    });
    return false;
}

void Shard::quiesce() {
    core_.accounts().quiesce();
    for (const auto& [id, connection] : connections_) {
        connection->flush();
    }
}

void Shard::close_connections() {
    for (const auto& [id, connection] : connections_) {
        connection->close(kConnectionForced, "the router is shutting down");
    }
}

void Shard::orphan_connections() {
    while (!connections_.empty()) {
        connections_.begin()->second->orphan();
    }
    loop_.set_turn_end({});
}

}  // namespace weft::router

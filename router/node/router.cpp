#include "router/node/router.hpp"

#include "common/io/log.hpp"
#include "router/node/entities.hpp"
#include "router/node/entity_catalogue.hpp"
#include "router/node/web.hpp"

#include <chrono>
#include <random>
#include <utility>

namespace weft::router {
namespace {

CoreOptions core_options(const NodeConfig& config) {
    std::random_device random;
    const std::uint64_t seed = (std::uint64_t{random()} << 32) | random();
    return {config.id, config.default_distribution, seed};
}

}  // namespace

Router::Router(RouterConfig config, io::Loop& loop)
    : config_{std::move(config)},
      loop_{loop},
      started_at_{loop.now()},
      core_{core_options(config_.router), nullptr},
      agent_{config_.router.id, entity_catalogue()},
      listeners_{loop,
                 config_.router.id,
                 [this](const OpenListener& from, io::Socket socket) {
                     accept(from, std::move(socket));
                 }},
      connectors_{loop, config_.router.id, core_, *this},
      management_{core_, agent_, loop},
      entities_{std::make_unique<Entities>(*this)},
      web_{std::make_unique<Web>(*this)} {
    core_.set_now(loop.now());
}

Router::~Router() = default;

Result<void> Router::start() {
    add_addresses();
    for (const ListenerConfig& listener : config_.listeners) {
        if (auto opened = listeners_.open(listener); !opened) {
            return tl::unexpected(std::move(opened).error());
        }
    }
    for (const ConnectorConfig& connector : config_.connectors) {
        if (auto opened = connectors_.open(connector); !opened) {
            return tl::unexpected(std::move(opened).error());
        }
    }
    ticker_ = loop_.every(std::chrono::seconds(1), [this] {
        core_.set_now(loop_.now());
        core_.tick();
    });
    return {};
}

void Router::add_addresses() {
    for (const AddressConfig& address : config_.addresses) {
        // The configuration was checked: no rule conflicts with another.
        (void)core_.add_rule({.name = address.name,
                              .pattern = address.pattern,
                              .treatment = address.treatment,
                              .removable = false});
    }
}

void Router::accept(const OpenListener& from, io::Socket socket) {
    if (from.config.http) {
        web_->accept(from, std::move(socket));
        return;
    }
    io::open_tcp(loop_, std::move(socket), [&](io::Transport& transport) {
        return std::make_unique<AmqpConnection>(core_, transport, from.options, *this);
    });
}

void Router::on_opened(AmqpConnection& connection) {
    connections_.emplace(connection.routed().id, &connection);
}

void Router::on_gone(AmqpConnection& connection) { connections_.erase(connection.routed().id); }

void Router::stop(std::function<void()> stopped) {
    if (stopped_) {
        return;  // under way
    }
    stopped_ = std::move(stopped);
    WEFT_LOG(io::Module::router, io::Level::notice, "stopping");
    listeners_.close_all();
    core_.quiesce();
    for (const auto& [id, connection] : connections_) {
        connection->flush();
    }
    stop_by_ = loop_.now() + config_.router.shutdown;
    stopping_ = loop_.every(std::chrono::milliseconds(20), [this] { close_when_quiet(); });
}

void Router::close_when_quiet() {
    const bool late = loop_.now() >= stop_by_;
    if (!late && core_.deliveries().in_use() > 0) {
        return;
    }
    connectors_.close_all();
    if (!connections_.empty() && loop_.now() < stop_by_ + std::chrono::seconds(2)) {
        close_connections();
        return;
    }
    stopping_.cancel();
    stopped_();
}

void Router::close_connections() {
    for (const auto& [id, connection] : connections_) {
        connection->close("amqp:connection:forced", "the router is shutting down");
    }
}

}  // namespace weft::router

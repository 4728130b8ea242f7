#include "router/node/router.hpp"

#include "common/io/log.hpp"
#include "router/config/log_modules.hpp"
#include "router/node/peer_service.hpp"
#include "router/node/shared_addresses.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace weft::router {
namespace {

/// Routers that are started together find each other soon.
constexpr io::Redial::Delays kToRouters{.first = std::chrono::milliseconds{50},
                                        .max = std::chrono::seconds{10}};
/// How often in a row nothing may have passed through, before the router closes.
constexpr int kQuietChecks = 5;

using Threads = std::vector<std::unique_ptr<io::LoopThread>>;

Threads make_threads(std::size_t count) {
    Threads threads;
    for (std::size_t i = 0; i < count; ++i) {
        threads.push_back(std::make_unique<io::LoopThread>());
    }
    return threads;
}

void warn_if_unprotected(const ListenerConfig& listener) {
    if (listener.peer.role == Role::inter_router) {
        WEFT_LOG(LogModule::router, io::Level::warning,
                 "listener " + listener.listener.connection.name +
                     " lets any router join, without TLS and authentication: whoever reaches it "
                     "can read and send everything; keep it on a network that only routers reach");
    }
}

}  // namespace

Router::Router(RouterConfig config, io::Loop& loop)
    : config_{std::move(config)},
      loop_{loop},
      started_at_{loop.now()},
      threads_{make_threads(static_cast<std::size_t>(config_.router.worker_threads) - 1)},
      shards_{[this] {
          std::vector<std::unique_ptr<Shard>> shards;
          const std::size_t count = threads_.size() + 1;
          for (std::size_t i = 0; i < count; ++i) {
              io::Loop& its_loop = i == 0 ? loop_ : threads_[i - 1]->loop();
              shards.push_back(std::make_unique<Shard>(
                  config_.router, i, count, its_loop,
                  [this, i](std::size_t to, Slab slab) { hand(i, to, std::move(slab)); }));
          }
          return shards;
      }()},
      mesh_{config_.router.mode == RouterMode::interior
                ? std::make_unique<Mesh>(home().core(), loop, config_.router)
                : nullptr},
      shared_{mesh_ ? std::make_unique<SharedAddresses>(*this) : nullptr},
      accepted_(shards_.size()),
      listeners_{loop,
                 [this](const daemon::OpenListener& from, io::Socket socket) {
                     if (http_) {
                         http_(from, std::move(socket));
                     }
                 }},
      connectors_{loop} {
    home().set_mesh(mesh_.get());
    for (const AddressConfig& address : config_.addresses) {
        // The configuration was checked: no rule conflicts with another.
        (void)add_rule({.name = address.name,
                        .pattern = address.pattern,
                        .treatment = address.treatment,
                        .removable = false});
    }
}

Router::~Router() {
    // Before what their shards refer to goes.
    for (const auto& thread : threads_) {
        thread->join();
    }
    home().orphan_connections();  // the caller's loop may run on
}

Result<void> Router::start() {
    if (shared_) {
        if (auto known = shared_->start(config_); !known) {
            return known;
        }
    }
    for (const ListenerConfig& listener : config_.listeners) {
        if (auto opened = open(listener); !opened) {
            return tl::unexpected(std::move(opened).error());
        }
        warn_if_unprotected(listener);
    }
    for (const ConnectorConfig& connector : config_.connectors) {
        if (auto opened = open(connector); !opened) {
            return tl::unexpected(std::move(opened).error());
        }
    }
    for (const auto& thread : threads_) {
        thread->start();
    }
    running_ = true;
    return {};
}

Result<const daemon::OpenListener*> Router::open(const ListenerConfig& config) {
    auto service = std::make_shared<PeerService>(
        config.peer,
        [this, listener = config.listener](const PeerConfig& peer) {
            return listener_profile({listener, peer}, config_.router.id);
        },
        home(),
        [this](io::Socket socket, std::shared_ptr<const PeerProfile> profile) {
            place(std::move(socket), std::move(profile));
        });
    return listeners_.open(config.listener, std::move(service));
}

Result<const daemon::OpenConnector*> Router::open(const ConnectorConfig& config) {
    auto service = std::make_shared<PeerService>(
        config.peer,
        [this, connection = config.connection](const PeerConfig& peer) {
            return connector_profile({connection, peer}, config_.router.id);
        },
        home(), PeerService::Place{});
    const bool to_router = config.peer.role == Role::inter_router;
    return connectors_.open(config.connection, std::move(service),
                            to_router ? kToRouters : io::Redial::Delays{});
}

void Router::on_shard(std::size_t index, const std::function<void(Shard&)>& f) {
    Shard& shard = *shards_[index];
    if (index == 0 || !running_) {
        f(shard);
    } else {
        io::call(shard.loop(), [&] { f(shard); });
    }
}

void Router::on_each_shard(const std::function<void(Shard&)>& f) {
    for (std::size_t i = 0; i < shards_.size(); ++i) {
        on_shard(i, f);
    }
}

Result<std::uint64_t> Router::add_rule(const AddressRule& rule) {
    Result<std::uint64_t> added = 0;
    on_each_shard([&](Shard& shard) {
        if (added) {
            added = shard.core().rules().add(rule);
        }
    });
    return added;
}

bool Router::remove_rule(std::uint64_t id) {
    bool removed = false;
    on_each_shard([&](Shard& shard) { removed = shard.core().rules().remove(id); });
    return removed;
}

bool Router::change_rule(std::uint64_t id, const Treatment& treatment) {
    bool changed = false;
    on_each_shard([&](Shard& shard) { changed = shard.core().rules().change(id, treatment); });
    return changed;
}

/// True while other routers may still send through this one: they need a moment to learn that they
/// should not, and then nothing may have come for a while.
bool Router::passed_through() {
    if (!mesh_ || mesh_->neighbours().empty()) {
        return false;
    }
    const std::uint64_t passed = core().counters().transit;
    if (std::exchange(transit_seen_, passed) != passed) {
        quiet_checks_ = 0;
    }
    return ++quiet_checks_ <= kQuietChecks;
}

std::size_t Router::least_connections() const {
    return static_cast<std::size_t>(std::ranges::min_element(accepted_) - accepted_.begin());
}

void Router::place(io::Socket socket, std::shared_ptr<const PeerProfile> profile) {
    // Those to other routers are home's: what goes from one to another stays on one loop.
    const std::size_t index = profile->peers == Role::inter_router ? 0 : least_connections();
    ++accepted_[index];
    Shard& shard = *shards_[index];
    // It tells when it is gone, so that the next one can be placed.
    shard.accept_on_loop(std::move(socket), std::move(profile),
                         [this, index] { loop_.post([this, index] { --accepted_[index]; }); });
}

/// At the end of a turn of the loop `from`, on its thread.
void Router::hand(std::size_t from, std::size_t to, Slab slab) {
    Shard& shard = *shards_[to];
    shard.loop().post([&shard, from, full = std::move(slab)] { shard.receive(from, full); });
}

void Router::stop(std::function<void()> stopped) {
    if (stopped_) {
        return;  // under way
    }
    stopped_ = std::move(stopped);
    WEFT_LOG(LogModule::router, io::Level::notice, "stopping");
    listeners_.close_all();
    if (mesh_) {
        mesh_->leave();
    }
    on_each_shard([](Shard& shard) { shard.quiesce(); });
    stop_by_ = loop_.now() + config_.router.shutdown;
    stopping_ = loop_.every(std::chrono::milliseconds(20), [this] { close_when_quiet(); });
}

void Router::close_when_quiet() {
    std::size_t under_way = 0;
    std::size_t connected = 0;
    on_each_shard([&](Shard& shard) {
        under_way += shard.core().deliveries().in_use();
        connected += shard.connections().size();
    });
    if (loop_.now() < stop_by_ && (under_way > 0 || passed_through())) {
        return;
    }
    connectors_.close_all();
    if (connected > 0 && loop_.now() < stop_by_ + std::chrono::seconds(2)) {
        on_each_shard([](Shard& shard) { shard.close_connections(); });
        return;
    }
    stopping_.cancel();
    stopped_();
}

}  // namespace weft::router

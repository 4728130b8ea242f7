#include "router/node/shards.hpp"

#include <algorithm>
#include <utility>

namespace weft::node {

Shards::Shards(const router_config::NodeConfig& config, io::Loop& home) : home_loop_{home} {
    const auto count = static_cast<std::size_t>(config.worker_threads);
    for (std::size_t i = 0; i < count; ++i) {
        if (i > 0) {
            threads_.push_back(std::make_unique<io::LoopThread>());
        }
        shards_.push_back(std::make_unique<Shard>(
            config, i, count, i == 0 ? home : threads_.back()->loop(),
            [this, i](std::size_t to, Slab slab) { hand(i, to, std::move(slab)); }));
    }
    placed_.resize(count);
}

Shards::~Shards() {
    halt();
}

void Shards::halt() {
    for (const auto& thread : threads_) {
        thread->join();
    }
    home().orphan_connections();
}

void Shards::start() {
    for (const auto& thread : threads_) {
        thread->start();
    }
    running_ = true;
}

std::size_t Shards::index_of(std::uint64_t id) const {
    return static_cast<std::size_t>(id - 1) % shards_.size();
}

void Shards::on(std::size_t index, const std::function<void(Shard&)>& f) {
    Shard& shard = *shards_[index];
    if (index == 0 || !running_) {
        f(shard);
    } else {
        io::call(shard.loop(), [&] { f(shard); });
    }
}

void Shards::on_each(const std::function<void(Shard&)>& f) {
    for (std::size_t i = 0; i < shards_.size(); ++i) {
        on(i, f);
    }
}

Result<std::uint64_t> Shards::add_rule(const router::AddressRule& rule) {
    Result<std::uint64_t> added = 0;
    on_each([&](Shard& shard) {
        if (added) {
            added = shard.core().rules().add(rule);
        }
    });
    return added;
}

bool Shards::remove_rule(std::uint64_t id) {
    bool removed = false;
    on_each([&](Shard& shard) { removed = shard.core().rules().remove(id); });
    return removed;
}

bool Shards::change_rule(std::uint64_t id, const router::Treatment& treatment) {
    bool changed = false;
    on_each([&](Shard& shard) { changed = shard.core().rules().change(id, treatment); });
    return changed;
}

void Shards::place(io::Socket socket, std::shared_ptr<const PeerProfile> profile) {
    const auto fewest = std::ranges::min_element(placed_) - placed_.begin();
    const std::size_t index =
        profile->peers == router_config::Role::inter_router ? 0 : static_cast<std::size_t>(fewest);
    ++placed_[index];
    // It tells when it is gone, so that the next one can be placed.
    shards_[index]->accept_on_loop(std::move(socket), std::move(profile), [this, index] {
        home_loop_.post([this, index] { --placed_[index]; });
    });
}

/// At the end of a turn of the loop `from`, on its thread.
void Shards::hand(std::size_t from, std::size_t to, Slab slab) {
    Shard& shard = *shards_[to];
    shard.loop().post([&shard, from, full = std::move(slab)] { shard.receive(from, full); });
}

}  // namespace weft::node

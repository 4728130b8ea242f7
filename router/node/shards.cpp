#include "router/node/shards.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace weft::node {

Shards::Shards(const router_config::NodeConfig& config, io::Loop& home)
    : home_loop_{home}, self_{std::make_shared<Shards*>(this)} {
    const auto count = static_cast<std::size_t>(config.worker_threads);
    for (std::size_t i = 0; i < count; ++i) {
        if (i > 0) {
            threads_.push_back(std::make_unique<io::LoopThread>());
        }
        shards_.push_back(std::make_unique<Shard>(
            config, i, count, i == 0 ? home : threads_.back()->loop(),
            [this, i](std::size_t to, Slab slab) { hand(i, to, std::move(slab)); },
            [this, i](std::size_t to, PairWords words) { hand(i, to, std::move(words)); }));
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
    running_ = false;
    for (const auto& shard : shards_) {  // no thread runs their loops any more
        shard->orphan_connections();
    }
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

void Shards::on_each(const std::function<void(Shard&)>& f) {
    for (const std::unique_ptr<Shard>& shard : shards_) {
        if (running_ && shard != shards_.front()) {
            io::call(shard->loop(), [&] { f(*shard); });
        } else {
            f(*shard);
        }
    }
}

void Shards::tell_others(const std::function<void(Shard&)>& f) {
    for (std::size_t i = 1; i < shards_.size(); ++i) {
        Shard& shard = *shards_[i];
        if (running_) {
            shard.loop().post([&shard, f] { f(shard); });
        } else {
            f(shard);
        }
    }
}

Result<std::uint64_t> Shards::add_rule(const router::AddressRule& rule) {
    Result<std::uint64_t> added = home().core().rules().add(rule);
    if (added) {
        tell_others([rule](Shard& shard) { (void)shard.core().rules().add(rule); });
        announce_rule(*added);
    }
    return added;
}

void Shards::announce_rule(std::uint64_t id) {
    if (rule_news_) {
        rule_news_(id, home().core().rules().by_id(id));
    }
}

bool Shards::remove_rule(std::uint64_t id) {
    const bool removed = home().core().rules().remove(id);
    if (removed) {
        tell_others([id](Shard& shard) { shard.core().rules().remove(id); });
        announce_rule(id);
    }
    return removed;
}

bool Shards::change_rule(std::uint64_t id,
                         const router::Treatment& treatment,
                         const std::shared_ptr<const router::Storage>& storage) {
    const bool changed = home().core().rules().change(id, treatment, storage);
    if (changed) {
        tell_others([id, treatment, storage](Shard& shard) {
            shard.core().rules().change(id, treatment, storage);
        });
        announce_rule(id);
    }
    return changed;
}

void Shards::set_asking(bool asking) {
    tell_others([asking](Shard& shard) { shard.routed_attaches().set_asking(asking); });
}

void Shards::set_look_up(const LookUp& look_up) {
    home().edges().set_ask([look_up](const edge::LookUp& question, const Edges::Answer& answer) {
        answer(look_up(question));
    });
    for (std::size_t i = 1; i < shards_.size(); ++i) {
        Shard& shard = *shards_[i];
        shard.edges().set_ask(
            [look_up, &shard, &home = home_loop_, self = std::weak_ptr<Shards*>{self_}](
                const edge::LookUp& question, Edges::Answer answer) {
                home.post([look_up, question, &shard, self, answer = std::move(answer)]() mutable {
                    if (const auto shards = self.lock()) {
                        shard.loop().post([answer = std::move(answer), reply = look_up(question)] {
                            answer(reply);
                        });
                    }
                });
            });
    }
}

void Shards::set_policy_desk(PolicyDesk& desk) {
    for (const auto& shard : shards_) {
        shard->set_policy_desk(desk);
    }
}

void Shards::review_connections() {
    tell_others([](Shard& shard) { shard.review_connections(); });
    home().review_connections();
}

std::size_t Shards::placed() const {
    return std::accumulate(placed_.begin(), placed_.end(), std::size_t{0});
}

std::size_t Shards::choose(const PeerProfile& profile) const {
    const auto fewest = std::ranges::min_element(placed_) - placed_.begin();
    const bool is_anywhere =
        profile.peers == router_config::Role::normal || profile.peers == router_config::Role::edge;
    return is_anywhere ? static_cast<std::size_t>(fewest) : 0;
}

/// It tells when it is gone, so that the next one can be placed.
io::ProtocolFactory Shards::take_place(std::size_t index,
                                       std::shared_ptr<const PeerProfile> profile) {
    ++placed_[index];
    std::weak_ptr<Shards*> self = self_;
    return shards_[index]->speak_once(std::move(profile),
                                      [&home = home_loop_, self = std::move(self), index] {
                                          home.post([self, index] {
                                              if (const auto shards = self.lock()) {
                                                  --(*shards)->placed_[index];
                                              }
                                          });
                                      });
}

void Shards::place(io::Socket socket,
                   const io::Security& security,
                   std::shared_ptr<const PeerProfile> profile) {
    const std::size_t index = choose(*profile);
    shards_[index]->accept_on_loop(std::move(socket), security,
                                   take_place(index, std::move(profile)));
}

io::WebsocketPlace Shards::place_websocket(std::shared_ptr<const PeerProfile> profile) {
    const std::size_t index = choose(*profile);
    return {.factory = take_place(index, std::move(profile)), .loop = &shards_[index]->loop()};
}

/// At the end of a turn of the loop `from`, on its thread.
template <class Words>
void Shards::hand(std::size_t from, std::size_t to, Words words) {
    Shard& shard = *shards_[to];
    if (to != 0) {  // its loop ends before it
        shard.loop().post([&shard, from, full = std::move(words)]() mutable {
            shard.receive(from, std::move(full));
        });
        return;
    }
    shard.loop().post(
        [self = std::weak_ptr<Shards*>{self_}, from, full = std::move(words)]() mutable {
            if (const auto shards = self.lock()) {
                (*shards)->home().receive(from, std::move(full));
            }
        });
}

}  // namespace weft::node

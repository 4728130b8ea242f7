#include "router/node/mesh_demand.hpp"

#include "common/io/log.hpp"
#include "router/config/log_modules.hpp"
#include "router/core/far_demands.hpp"

#include <algorithm>
#include <utility>

namespace weft::node {
namespace {

constexpr Duration kTick = std::chrono::seconds{1};
using DemandKind = fardemand::DemandMessage::Kind;
using Entry = fardemand::DemandMessage::Entry;

/// Moves what `take` makes into a message, while there is `any`, until it is full.
template <class Any, class Take>
fardemand::DemandMessage fill(DemandKind kind, Any any, Take take) {
    fardemand::DemandMessage message{.kind = kind};
    std::size_t bytes = 0;
    while (any() && message.entries.size() < fardemand::kEntriesMax &&
           bytes < fardemand::kDemandMessageBytes) {
        message.entries.push_back(take());
        bytes += fardemand::bytes_of(message.entries.back());
    }
    return message;
}

/// Takes out the first.
template <class Map>
auto take_first(Map& map) {
    auto node = map.extract(map.begin());
    return std::pair(std::move(node.key()), node.mapped());
}

}  // namespace

MeshDemand::MeshDemand(router::Core& core,
                       io::Loop& loop,
                       Send send,
                       const FarContainers::Limits& limits)
    : core_{core},
      loop_{loop},
      send_{std::move(send)},
      containers_{core,
                  [this](RouterIndex router) {
                      if (Peer* const peer = peer_of(router)) {
                          flush_later(*peer);
                      }
                  },
                  limits} {
    core_.accounts().set_far_observer(this);
    ticker_ = loop_.every(kTick, [this] { tick(); });
}

MeshDemand::~MeshDemand() {
    core_.accounts().set_far_observer(nullptr);
}

// --- who there is -------------------------------------------------------------------------------

MeshDemand::Peer* MeshDemand::peer_of(RouterIndex router) const {
    const auto at = peers_.find(router);
    return at == peers_.end() ? nullptr : at->second.get();
}

void MeshDemand::router_up(RouterIndex router, std::string_view id) {
    containers_.forget(router);
    auto peer = std::make_unique<Peer>();
    peer->router = router;
    peer->id = id;
    peer->number = ++last_peer_;
    peer->reachable = core_.routes().has_path(router);
    peers_[router] = std::move(peer);
    review_all();
}

void MeshDemand::router_down(RouterIndex router) {
    containers_.forget(router);
    if (peers_.erase(router) > 0) {
        review_all();
    }
}

void MeshDemand::path_changed(RouterIndex router, bool has) {
    Peer* const peer = peer_of(router);
    if (peer == nullptr || std::exchange(peer->reachable, has) == has) {
        return;
    }
    if (!has) {
        lost_.push_back(router);
    }
    review_all();
}

void MeshDemand::remote_changed(std::string_view key) {
    if (const auto own = own_.find(key); own != own_.end()) {
        review_later(own->first, own->second);
    }
}

void MeshDemand::review() {
    for (const RouterIndex router : std::exchange(lost_, {})) {
        containers_.forget(router);
    }
    if (!review_.empty() && !review_due_) {
        review_some();
    }
}

// --- what is asked ------------------------------------------------------------------------------

/// The core is in the middle of it: it gives the containers what they may have.
void MeshDemand::on_containers(router::Address& address, bool any) {
    const std::string& key = address.key.text;
    if (any) {
        review(key, own_[key], address);
        return;
    }
    const auto own = own_.find(key);
    for (const auto& [router, asked] : own->second.asked) {
        Peer* const peer = peer_of(router);
        if (peer != nullptr && peer->number == asked.peer) {
            peer->asks[key] = false;
            flush_later(*peer);
        }
    }
    untold_.erase(key);
    own_.erase(own);
}

router::Address* MeshDemand::own_address(const std::string& key) const {
    router::Address* const address = core_.addresses().find(key);
    const bool has =
        address != nullptr && address->loops != nullptr && address->loops->far != nullptr;
    return has ? address : nullptr;
}

void MeshDemand::review_later(const std::string& key, Own& own) {
    if (!std::exchange(own.due, true)) {
        review_.push_back(key);
    }
}

void MeshDemand::review_all() {
    for (auto& [key, own] : own_) {
        review_later(key, own);
    }
}

/// What is left is for the next turn.
void MeshDemand::review_some() {
    review_due_ = false;
    std::size_t left = kLookedAtOnce;
    while (left > 0 && !review_.empty()) {
        const std::string key = std::move(review_.front());
        review_.pop_front();
        --left;
        const auto own = own_.find(key);
        router::Address* const address = own == own_.end() ? nullptr : own_address(key);
        if (address != nullptr && own->second.due) {
            left -= std::min(left, address->remotes.size());
            review(key, own->second, *address);
            router::FarDemands{core_.accounts()}.changed(*address);
        }
    }
    if (!review_.empty()) {
        review_due_ = true;
        review_timer_ = loop_.after(Duration::zero(), [this] { review_some(); });
    }
}

/// Whom to ask, and whether all that have consumers tell what they want.
void MeshDemand::review(const std::string& key, Own& own, router::Address& address) {
    router::FarDemand& far = *address.loops->far;
    bool exact = true;
    bool untold = false;
    ++own.reviews;
    for (const router::Remote& remote : address.remotes) {
        if (!core_.routes().has_path(remote.router)) {
            continue;  // it gets nothing
        }
        Peer* const peer = peer_of(remote.router);
        const bool told = peer != nullptr && ask(key, own, *peer, far);
        const bool in_time =
            peer != nullptr && loop_.now() - own.asked[remote.router].since < kPatience;
        exact &= told || in_time;
        untold |= !told && in_time;
    }
    forget(key, own, far);
    own.due = own.again = false;
    far.set_exact(exact);
    if (untold) {
        untold_.insert(key);
    } else {
        untold_.erase(key);
    }
}

/// Asks a router with consumers, if it is time for it. True: it has told.
bool MeshDemand::ask(const std::string& key, Own& own, Peer& peer, router::FarDemand& far) {
    const Instant now = loop_.now();
    Asked& asked = own.asked[peer.router];
    const bool is_new = asked.peer != peer.number;
    if (is_new) {
        far.forget(peer.router);
        asked = {.peer = peer.number, .since = now};
    }
    const bool waits = !asked.told && now - asked.since < kPatience && now - asked.last >= kTick;
    if (is_new || own.again || waits) {
        asked.last = now;
        peer.asks[key] = true;
        flush_later(peer);
    }
    asked.review = own.reviews;
    return asked.told;
}

/// Those that have no consumers any more, or can't be reached.
void MeshDemand::forget(const std::string& key, Own& own, router::FarDemand& far) {
    boost::unordered::erase_if(own.asked, [&](const auto& entry) {
        const auto& [router, asked] = entry;
        if (asked.review == own.reviews) {
            return false;
        }
        far.forget(router);
        Peer* const peer = peer_of(router);
        if (peer != nullptr && peer->number == asked.peer) {
            peer->asks[key] = false;
            flush_later(*peer);
        }
        return true;
    });
}

/// A part of all addresses is asked again.
void MeshDemand::tick() {
    containers_.forget_old(loop_.now());
    constexpr std::size_t kParts = kAskedEach / kTick;
    auto next = own_.upper_bound(asked_up_to_);
    for (std::size_t left = (own_.size() + kParts - 1) / kParts; left > 0; --left) {
        next = next == own_.end() ? own_.begin() : next;
        next->second.again = true;
        review_later(next->first, next->second);
        asked_up_to_ = next->first;
        ++next;
    }
    for (const std::string& key : untold_) {
        review_later(key, own_.find(key)->second);
    }
    review();
}

// --- what is told -------------------------------------------------------------------------------

void MeshDemand::on_rest(const router::Address& address) {
    for (const auto& [router, drain] : address.loops->far->take_answers()) {
        if (Peer* const peer = peer_of(router)) {
            peer->rests[address.key.text] = drain;
            flush_later(*peer);
        }
    }
}

void MeshDemand::receive(RouterIndex router, std::string_view id, Bytes content) {
    ++counters_.received;
    Peer* const peer = peer_of(router);
    if (peer == nullptr) {
        ++counters_.unknown;
        return;
    }
    const auto message = fardemand::read_demand_message(content);
    if (!message) {
        ++counters_.malformed;
        WEFT_LOG(router_config::LogModule::router_core, io::Level::warning,
                 "what consumers want, from " + std::string(id) + ": " + message.error().text);
        return;
    }
    take(*peer, *message);
}

void MeshDemand::take(Peer& peer, const Message& message) {
    for (const Entry& entry : message.entries) {
        switch (message.kind) {
            case DemandKind::ask:
                if (!containers_.ask(peer.router, entry.key, entry.wanted, loop_.now())) {
                    ++counters_.refused;
                }
                break;
            case DemandKind::tell:
                take_tell(peer, entry);
                break;
            case DemandKind::rest:
                containers_.rest(peer.router, entry.key, entry.drain, loop_.now());
                break;
        }
    }
}

void MeshDemand::take_tell(const Peer& peer, const Entry& entry) {
    const auto own = own_.find(entry.key);
    router::Address* const address = own == own_.end() ? nullptr : own_address(entry.key);
    if (address == nullptr) {
        return;
    }
    const auto asked = own->second.asked.find(peer.router);
    if (asked == own->second.asked.end() || asked->second.peer != peer.number) {
        return;  // it was not asked, or is not any more
    }
    if (!std::exchange(asked->second.told, true)) {
        review(own->first, own->second, *address);
    }
    router::FarDemands{core_.accounts()}.told(
        *address, peer.router, {.limit = entry.limit, .taken = entry.taken, .drain = entry.drain});
}

// --- what is sent -------------------------------------------------------------------------------

void MeshDemand::flush_later(Peer& peer) {
    if (!std::exchange(peer.due, true)) {
        due_.push_back(peer.router);
    }
    if (!std::exchange(flush_due_, true)) {
        flush_timer_ = loop_.after(Duration::zero(), [this] { flush(); });
    }
}

/// So many messages: what is left is for the next turn.
void MeshDemand::flush() {
    flush_due_ = false;
    int left = kMessagesAtOnce;
    for (const RouterIndex router : std::exchange(due_, {})) {
        Peer* const peer = peer_of(router);
        if (peer != nullptr && std::exchange(peer->due, false) && flush(*peer, left)) {
            flush_later(*peer);
        }
    }
}

/// True: there is more.
bool MeshDemand::flush(Peer& peer, int& left) {
    const auto has_more = [&] {
        return !peer.asks.empty() || !peer.rests.empty() || containers_.has_words(peer.router);
    };
    while (left > 0 && has_more()) {
        --left;
        if (!send(peer, next_message(peer))) {
            peer.asks.clear();
            peer.rests.clear();
            return false;  // what was lost is said again once it is asked again
        }
    }
    return has_more();
}

MeshDemand::Message MeshDemand::next_message(Peer& peer) {
    if (!peer.asks.empty()) {
        return fill(
            DemandKind::ask, [&] { return !peer.asks.empty(); },
            [&] {
                auto [key, wanted] = take_first(peer.asks);
                return Entry{.key = std::move(key), .wanted = wanted};
            });
    }
    if (!peer.rests.empty()) {
        return fill(
            DemandKind::rest, [&] { return !peer.rests.empty(); },
            [&] {
                auto [key, drain] = take_first(peer.rests);
                return Entry{.key = std::move(key), .drain = drain};
            });
    }
    return fill(
        DemandKind::tell, [&] { return containers_.has_words(peer.router); },
        [&] {
            FarContainers::Word word = containers_.take_word(peer.router);
            return Entry{.key = std::move(word.key),
                         .limit = word.limit,
                         .taken = word.taken,
                         .drain = word.drain};
        });
}

bool MeshDemand::send(const Peer& peer, const Message& message) {
    content_.clear();
    fardemand::write_demand_message(content_, message);
    const bool sent = send_(peer.id, content_);
    counters_.sent += sent ? 1 : 0;
    return sent;
}

}  // namespace weft::node

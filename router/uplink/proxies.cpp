#include "router/uplink/proxies.hpp"

#include <algorithm>
#include <utility>

namespace weft::uplink {

using router::Direction;

Proxy* Proxies::known(std::string_view key) const {
    const auto at = by_key_.find(key);
    return at == by_key_.end() ? nullptr : at->second.get();
}

const Proxy* Proxies::find(std::string_view key) const {
    return known(key);
}

Proxy& Proxies::obtain(std::string_view key) {
    if (Proxy* const proxy = known(key)) {
        return *proxy;
    }
    auto made = std::make_unique<Proxy>();
    made->key = key;
    made->position = listed_.size();
    Proxy& proxy = *made;
    listed_.push_back(&proxy);
    by_key_.emplace(proxy.key, std::move(made));
    return proxy;
}

/// The last one takes its place; if that was not swept yet, and its new place is, it is due. P2
void Proxies::forget_if_unwanted(Proxy& proxy) {
    if (proxy.wants(Direction::in) || proxy.wants(Direction::out)) {
        return;
    }
    Proxy& last = *listed_.back();
    listed_.pop_back();
    if (&last != &proxy) {
        if (last.position < unswept_ && proxy.position >= unswept_) {
            due_.push_back(last.key);
        }
        listed_[proxy.position] = &last;
        last.position = proxy.position;
    }
    unswept_ = std::min(unswept_, listed_.size());
    by_key_.erase(by_key_.find(proxy.key));
}

// --- what the core says --------------------------------------------------------------------------

void Proxies::set_received(std::string_view key, bool received) {
    if (!received && known(key) == nullptr) {
        return;
    }
    Proxy& proxy = obtain(key);
    proxy.received = received;
    review(proxy, Direction::in);
}

void Proxies::set_produced(std::string_view key, bool produced) {
    if (!produced && known(key) == nullptr) {
        return;
    }
    Proxy& proxy = obtain(key);
    proxy.producers = produced ? proxy.producers + 1 : std::max(proxy.producers, 1U) - 1;
    review(proxy, Direction::out);
}

/// What is wanted is due, what is not ends.
void Proxies::review(Proxy& proxy, Direction direction) {
    ProxyEnd& end = proxy.end(direction);
    if (!proxy.wants(direction)) {
        this->end(proxy, direction);
        forget_if_unwanted(proxy);
    } else if (established_ && end.life == Life::unwanted) {
        end.life = Life::due;
        due_.push_back(proxy.key);
    }
}

void Proxies::end(Proxy& proxy, Direction direction) {
    ProxyEnd& end = proxy.end(direction);
    if (end.life == Life::failed) {
        failed_.erase({end.due, proxy.key, direction});
    }
    const std::uintptr_t link = std::exchange(end, {}).link;
    if (direction == Direction::out) {
        proxy.upstream = proxy.assumed = false;
    }
    if (link != 0) {
        port_.detach(link);
    }
}

// --- what the uplink says ------------------------------------------------------------------------

void Proxies::established() {
    established_ = true;
    due_.clear();
    unswept_ = listed_.size();
}

/// Each end is unwanted until the next sweep; what was said of consumers is kept.
void Proxies::lost() {
    established_ = false;
    unswept_ = 0;
    due_.clear();
    failed_.clear();
    assumed_.clear();
    for (Proxy* proxy : listed_) {
        proxy->in = {};
        proxy->out = {};
        proxy->assumed = proxy->upstream;
    }
}

void Proxies::attached(std::string_view key, Direction direction, Instant now) {
    Proxy* const proxy = known(key);
    if (proxy == nullptr || proxy->end(direction).life != Life::asked) {
        return;
    }
    ProxyEnd& end = proxy->end(direction);
    end.life = Life::attached;
    end.failures = 0;
    if (direction == Direction::out && proxy->assumed) {
        assumed_.emplace_back(now + kAssumed, proxy->key);
    }
}

Duration Proxies::failed(std::string_view key, Direction direction, Instant now) {
    Proxy* const proxy = known(key);
    if (proxy == nullptr || proxy->end(direction).link == 0) {
        return {};
    }
    proxy->end(direction).link = 0;
    if (direction == Direction::out) {
        proxy->upstream = proxy->assumed = false;
    }
    put_off(*proxy, direction, now);
    return proxy->end(direction).due - now;
}

void Proxies::put_off(Proxy& proxy, Direction direction, Instant now) {
    ProxyEnd& end = proxy.end(direction);
    const Duration wait =
        std::min(kRetryMin * (1U << std::min<unsigned>(end.failures, 8)), kRetryMax);
    end.failures = static_cast<std::uint8_t>(std::min(end.failures + 1, 8));
    end.life = Life::failed;
    end.due = now + wait;
    failed_.emplace(end.due, proxy.key, direction);
}

void Proxies::told(std::string_view key, bool upstream) {
    Proxy* const proxy = known(key);
    if (proxy == nullptr || !proxy->wants(Direction::out)) {
        return;
    }
    proxy->assumed = false;
    lead(*proxy, upstream);
}

void Proxies::lead(Proxy& proxy, bool upstream) {
    if (std::exchange(proxy.upstream, upstream) != upstream && proxy.out.link != 0) {
        port_.lead(proxy.out.link, upstream);
    }
}

// --- what is due ---------------------------------------------------------------------------------

bool Proxies::work(Instant now, std::size_t budget) {
    while (!assumed_.empty() && assumed_.front().first <= now) {
        Proxy* const proxy = known(assumed_.front().second);
        assumed_.pop_front();
        if (proxy != nullptr && std::exchange(proxy->assumed, false)) {
            lead(*proxy, false);
        }
    }
    while (!failed_.empty() && std::get<Instant>(*failed_.begin()) <= now) {
        due_.push_back(std::get<std::string>(*failed_.begin()));
        failed_.erase(failed_.begin());
    }
    for (; budget > 0 && (unswept_ > 0 || !due_.empty()); --budget) {
        Proxy* proxy = nullptr;
        if (unswept_ > 0) {
            proxy = listed_[--unswept_];
        } else {
            proxy = known(due_.front());
            due_.pop_front();
        }
        for (const Direction direction : {Direction::out, Direction::in}) {
            if (proxy != nullptr && proxy->wants(direction)) {
                attach(*proxy, direction, now);
            }
        }
    }
    return unswept_ > 0 || !due_.empty();
}

void Proxies::attach(Proxy& proxy, Direction direction, Instant now) {
    ProxyEnd& end = proxy.end(direction);
    const bool is_early = end.life == Life::failed && end.due > now;
    if (!established_ || end.life == Life::asked || end.life == Life::attached || is_early) {
        return;
    }
    end.link = port_.attach(proxy, direction);
    if (end.link == 0) {
        put_off(proxy, direction, now);
        return;
    }
    end.life = Life::asked;
    if (direction == Direction::out && proxy.upstream) {
        port_.lead(end.link, true);
    }
}

Instant Proxies::next_due() const {
    if (unswept_ > 0 || !due_.empty()) {
        return Instant::min();
    }
    const Instant assumed = assumed_.empty() ? kNever : assumed_.front().first;
    return failed_.empty() ? assumed : std::min(assumed, std::get<Instant>(*failed_.begin()));
}

}  // namespace weft::uplink

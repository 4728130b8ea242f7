#include "router/node/far_containers.hpp"

#include "router/core/far_demands.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

namespace weft::node {

FarContainers::FarContainers(router::Core& core,
                             std::function<void(RouterIndex)> told,
                             const Limits& limits)
    : core_{core},
      told_{std::move(told)},
      limits_{limits},
      connection_{core.connect(*this, router::Traits{})} {}

/// The core hears of it at once: links that are left refer to no port any more.
FarContainers::~FarContainers() {
    core_.disconnect(connection_);
}

FarContainers::Wanted* FarContainers::find(RouterIndex router, std::string_view key) {
    const auto asker = askers_.find(router);
    if (asker == askers_.end()) {
        return nullptr;
    }
    const auto at = asker->second.by_key.find(key);
    return at == asker->second.by_key.end() ? nullptr : &*at->second;
}

FarContainers::Asker& FarContainers::asker_of(RouterIndex router, Instant now) {
    const auto [at, is_new] = askers_.try_emplace(router);
    if (is_new) {
        const auto since =
            std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch());
        at->second.router = router;
        at->second.drains = static_cast<std::uint32_t>(since.count());
    }
    return at->second;
}

bool FarContainers::ask(RouterIndex router, std::string_view key, bool wanted, Instant now) {
    if (Wanted* const known = find(router, key)) {
        const auto at = known->asker.by_key.find(key)->second;
        if (!wanted) {
            drop(at, now);
            return true;
        }
        known->asked = now;
        by_age_.splice(by_age_.end(), by_age_, at);
        tell(*known);
        return true;
    }
    const router::Address* const address = wanted ? core_.addresses().find(key) : nullptr;
    if (address == nullptr || address->active_consumers == 0 || router::is_multicast(address)) {
        return true;  // it hears of consumers that come, and asks again
    }
    // A router's links are in the session that has its number.
    if (router >= std::numeric_limits<std::uint16_t>::max() || by_age_.size() >= limits_.of_all) {
        return false;
    }
    Asker& asker = asker_of(router, now);
    if (asker.by_key.size() >= limits_.of_one) {
        return false;
    }
    begin(asker, address->key.text, now);
    return true;
}

void FarContainers::begin(Asker& asker, std::string_view key, Instant now) {
    by_age_.push_back({.asker = asker, .key = std::string(key)});
    Wanted& ours = by_age_.back();
    ours.asked = now;
    asker.by_key.emplace(ours.key, std::prev(by_age_.end()));
    const router::Address& address = *core_.addresses().find(key);
    ours.link = &core_.attach_loop(connection_, router::Direction::in, ours.key, address.treatment,
                                   reinterpret_cast<std::uintptr_t>(&ours), {.far = asker.router});
    core_.activate(*ours.link, now);
    router::FarDemands{core_.accounts()}.asked(*ours.link->address);
    tell(ours);
}

void FarContainers::rest(RouterIndex router,
                         std::string_view key,
                         std::uint32_t drain,
                         Instant now) {
    Wanted* const wanted = find(router, key);
    if (wanted == nullptr || !wanted->draining || wanted->drain != drain) {
        return;
    }
    wanted->draining = false;
    wanted->credit = 0;
    wanted->limit = wanted->told_limit = wanted->taken();  // as who answers knows
    core_.on_drained(*wanted->link, now);
}

void FarContainers::drop(ByAge::iterator at, Instant now) {
    Asker& asker = at->asker;
    core_.detach(*at->link, now);
    std::erase(asker.due, &*at);
    asker.by_key.erase(at->key);
    by_age_.erase(at);
}

void FarContainers::forget(RouterIndex router) {
    const auto at = askers_.find(router);
    if (at == askers_.end()) {
        return;
    }
    core_.end(connection_, static_cast<std::uint16_t>(router));
    for (const auto& [key, wanted] : std::exchange(at->second.by_key, {})) {
        by_age_.erase(wanted);
    }
    askers_.erase(at);
}

void FarContainers::forget_old(Instant now) {
    for (std::size_t left = kForgottenAtOnce; left > 0 && !by_age_.empty(); --left) {
        if (now - by_age_.front().asked <= kForgottenAfter) {
            return;
        }
        drop(by_age_.begin(), now);
    }
}

void FarContainers::grant(router::Link& link, std::uint32_t credit, bool drain) {
    Wanted& wanted = *reinterpret_cast<Wanted*>(link.port_link);
    wanted.credit = credit;
    wanted.limit = wanted.taken() + credit;
    const bool begins = drain && !wanted.draining;
    const bool ends = !drain && wanted.draining;
    if (begins) {
        wanted.asker.drains += wanted.asker.drains == UINT32_MAX ? 2U : 1U;  // 0 is none
        wanted.drain = wanted.asker.drains;
    }
    wanted.draining = drain;
    if (begins || ends || wanted.limit < wanted.told_limit || must_hear(wanted)) {
        tell(wanted);
    }
}

/// A message came of those that the link stands for.
void FarContainers::spend(router::Link& link, std::size_t) {
    Wanted& wanted = *reinterpret_cast<Wanted*>(link.port_link);
    if (must_hear(wanted)) {
        tell(wanted);
    }
}

/// A router has so little left of what it was told that it must hear of more; or its answer to a
/// drain waits for what we say.
bool FarContainers::must_hear(const Wanted& wanted) {
    const std::uint64_t taken = wanted.taken();
    const std::uint64_t left = wanted.told_limit > taken ? wanted.told_limit - taken : 0;
    return (wanted.draining && taken != wanted.told_taken) ||
           (wanted.limit > wanted.told_limit && left <= wanted.credit / 2);
}

void FarContainers::tell(Wanted& wanted) {
    if (!std::exchange(wanted.due, true)) {
        wanted.asker.due.push_back(&wanted);
    }
    told_(wanted.asker.router);
}

bool FarContainers::has_words(RouterIndex router) const {
    const auto at = askers_.find(router);
    return at != askers_.end() && !at->second.due.empty();
}

FarContainers::Word FarContainers::take_word(RouterIndex router) {
    std::vector<Wanted*>& due = askers_.find(router)->second.due;
    Wanted& wanted = *due.back();
    due.pop_back();
    wanted.due = false;
    wanted.told_limit = wanted.limit;
    wanted.told_taken = wanted.taken();
    return {.key = wanted.key,
            .limit = wanted.limit,
            .taken = wanted.told_taken,
            .drain = wanted.draining ? wanted.drain : 0};
}

}  // namespace weft::node

#include "router/exchange/ways.hpp"

#include "router/exchange/exchange_link.hpp"

#include <utility>

namespace weft::exchange {

Result<void> Ways::open(Exchange& exchange, Inlet* inlet, Instant now) {
    for (const auto& hop : exchange.next_hops) {
        if (hop->way == kNoWay) {
            WEFT_TRY(
                router::Link* const link,
                attach_link(core_, connection_, router::Direction::in, hop->address, hop->phase));
            point(*link, make(*hop, *link, inlet));
            core_.activate(*link, now);
        }
    }
    return {};
}

Way& Ways::make(NextHop& hop, router::Link& link, Inlet* inlet) {
    if (free_.empty()) {
        free_.push_back(static_cast<std::uint32_t>(ways_.size()));
        ways_.emplace_back();
    }
    hop.way = free_.back();
    free_.pop_back();
    ways_[hop.way] = std::make_unique<Way>();
    Way& way = *ways_[hop.way];
    way.number = hop.way;
    way.inlet = inlet;
    way.link = &link;
    return way;
}

void Ways::join(const Exchange& exchange, Inlet& inlet) {
    for (const auto& hop : exchange.next_hops) {
        ways_[hop->way]->inlet = &inlet;
    }
}

void Ways::leave(const Inlet& inlet) {
    for (const auto& way : ways_) {
        if (way != nullptr && way->inlet == &inlet) {
            way->inlet = nullptr;
        }
    }
}

void Ways::retire(const std::vector<std::uint32_t>& gone, Instant now) {
    for (const std::uint32_t number : gone) {
        if (number != kNoWay) {
            ways_[number]->unused = true;
            close_if_idle(*ways_[number], now);
        }
    }
}

void Ways::close_if_idle(Way& way, Instant now) {
    if (!way.unused || way.open > 0) {
        return;
    }
    const std::uint32_t number = way.number;
    core_.detach(*way.link, now);
    ways_[number].reset();
    free_.push_back(number);
}

void Ways::close_idle(Instant now) {
    if (!std::exchange(idle_, false)) {
        return;
    }
    for (std::size_t i = 0; i < ways_.size(); ++i) {
        if (ways_[i] != nullptr) {
            close_if_idle(*ways_[i], now);
        }
    }
}

void Ways::close_all(Instant now) {
    for (const auto& way : ways_) {
        if (way != nullptr) {
            core_.detach(*way->link, now);
        }
    }
}

bool Ways::is_reachable(const NextHop& hop) const {
    const router::Address& address = *of(hop).link->address;
    return address.reachable() || address.falls_back();
}

bool Ways::is_full(const Way& way) {
    const router::ProducerAccount& account = way.link->account;
    return way.stalled ? account.outstanding() >= Inlet::kWindow || way.held >= Inlet::kHeldMax
                       : account.credit() == 0;
}

void Ways::hold(Way& way, std::ptrdiff_t bytes) {
    way.held += static_cast<std::size_t>(bytes);
    if (way.inlet != nullptr && !way.stalled) {
        inlets_.hold(*way.inlet, bytes);
    }
    if (bytes < 0) {
        moved(way);
    }
}

void Ways::stall(Way& way) {
    if (!std::exchange(way.stalled, true) && way.inlet != nullptr) {
        way.inlet->held -= way.held;
        inlets_.note_news(*way.inlet);
    }
}

void Ways::moved(Way& way) {
    way.quiet = 0;
    if (std::exchange(way.stalled, false) && way.inlet != nullptr) {
        way.inlet->held += way.held;
    }
}

bool Ways::tick() {
    bool any = false;
    for (const auto& way : ways_) {
        if (way == nullptr || way->open == 0 || way->stalled || ++way->quiet < Way::kStalledAfter) {
            continue;
        }
        any = true;
        stall(*way);
    }
    return any;
}

}  // namespace weft::exchange

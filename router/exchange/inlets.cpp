#include "router/exchange/inlets.hpp"

#include "router/exchange/exchange_link.hpp"

#include <algorithm>
#include <utility>

namespace weft::exchange {

Result<Inlet*> Inlets::open(Exchange& exchange, Instant now) {
    WEFT_TRY(router::Link* const link, attach_link(core_, connection_, router::Direction::out,
                                                   exchange.config.address, exchange.config.phase));
    auto made = std::make_unique<Inlet>(exchange, core_.router_id());
    Inlet& inlet = *inlets_.emplace(exchange.id, std::move(made)).first->second;
    inlet.link = link;
    point(*link, inlet);
    core_.activate(*link, now);
    core_.on_credit(*link, Inlet::kWindow, /*drain=*/false, now);
    return &inlet;
}

Inlet* Inlets::find(std::uint64_t exchange) const {
    const auto found = inlets_.find(exchange);
    return found == inlets_.end() ? nullptr : found->second.get();
}

void Inlets::close(Inlet& inlet, Instant now) {
    std::erase(news_, &inlet);
    core_.detach(*inlet.link, now);
    inlets_.erase(inlet.exchange->id);
}

void Inlets::close_all(Instant now) {
    for (const auto& [id, inlet] : inlets_) {
        core_.detach(*inlet->link, now);
    }
}

bool Inlets::refuse_if_full(Inlet& inlet) {
    if (inlet.held + inlet.waiting < Inlet::kHeldMax) {
        return false;
    }
    inlet.refused = true;
    return true;
}

void Inlets::uncount(Passage& passage) {
    if (std::exchange(passage.counts, false) && passage.inlet != nullptr) {
        --passage.inlet->under_way;
        note_news(*passage.inlet);
    }
}

void Inlets::drop_bytes(Passage& passage) {
    if (Inlet* const inlet = passage.inlet) {
        inlet->waiting -= passage.bytes.size();
        if (inlet->refused) {
            note_news(*inlet);
        }
    }
    passage.bytes.clear();
}

void Inlets::hold(Inlet& inlet, std::ptrdiff_t bytes) {
    inlet.held += static_cast<std::size_t>(bytes);
    if (inlet.refused) {
        note_news(inlet);
    }
}

void Inlets::note_news(Inlet& inlet) {
    if (!std::exchange(inlet.news, true)) {
        news_.push_back(&inlet);
    }
}

void Inlets::tell_news(Instant now) {
    telling_.clear();
    telling_.swap(news_);
    for (Inlet* const inlet : telling_) {
        inlet->news = false;
        if (inlet->refused && inlet->held + inlet->waiting < Inlet::kHeldMax) {
            inlet->refused = false;
            core_.on_writable(connection_, now);
        }
        core_.on_credit(*inlet->link, Inlet::kWindow - std::min(Inlet::kWindow, inlet->under_way),
                        /*drain=*/false, now);
    }
}

}  // namespace weft::exchange

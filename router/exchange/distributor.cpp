#include "router/exchange/distributor.hpp"

#include "router/exchange/exchange_link.hpp"

#include <algorithm>
#include <utility>

namespace weft::exchange {

using router::Direction;
using router::Link;

Distributor::Distributor(router::Core& core)
    : core_{core}, connection_{core.connect(*this, router::Traits::of_exchanges())} {}

Distributor::~Distributor() {
    inlets_.close_all(now_);
    ways_.close_all(now_);
    core_.disconnect(connection_);
}

// --- which there are ----------------------------------------------------------------------------

Result<const Exchange*> Distributor::add(ExchangeConfig config, Instant now) {
    now_ = now;
    WEFT_TRY(Exchange* const made, exchanges_.add(std::move(config)));
    const auto opened = ways_.open(*made, nullptr, now);
    auto inlet = opened ? inlets_.open(*made, now) : tl::unexpected(opened.error());
    if (!inlet) {
        exchanges_.remove(made->id);
        ways_.retire(exchanges_.take_gone(), now);
        return tl::unexpected(std::move(inlet).error());
    }
    ways_.join(*made, **inlet);
    return made;
}

Result<const Binding*> Distributor::bind(BindingConfig config, Instant now) {
    now_ = now;
    WEFT_TRY(Binding* const made, exchanges_.bind(std::move(config)));
    Inlet* const inlet = inlets_.find(made->exchange->id);
    if (auto opened = ways_.open(*made->exchange, inlet, now); !opened) {
        exchanges_.unbind(made->id);
        ways_.retire(exchanges_.take_gone(), now);
        return tl::unexpected(std::move(opened).error());
    }
    return made;
}

bool Distributor::remove(std::uint64_t exchange, Instant now) {
    now_ = now;
    Inlet* const inlet = inlets_.find(exchange);
    if (inlet == nullptr) {
        return false;
    }
    before_ += inlet->exchange->counters;
    passages_.leave(*inlet);
    ways_.leave(*inlet);
    inlets_.close(*inlet, now);
    exchanges_.remove(exchange);
    ways_.retire(exchanges_.take_gone(), now);
    return true;
}

bool Distributor::unbind(std::uint64_t binding, Instant now) {
    now_ = now;
    const bool removed = exchanges_.unbind(binding);
    ways_.retire(exchanges_.take_gone(), now);
    return removed;
}

std::uint64_t Distributor::inlet_of(const Exchange& exchange) const {
    return inlets_.find(exchange.id)->link->id;
}

ExchangeCounters Distributor::totals() const {
    ExchangeCounters totals = before_;
    for (const auto& exchange : exchanges_.all()) {
        totals += exchange->counters;
    }
    return totals;
}

// --- what the core says -------------------------------------------------------------------------

wire::Sent Distributor::transfer(Link& link,
                                 const router::OutgoingHead& head,
                                 Bytes payload,
                                 bool more) {
    Inlet& inlet = inlet_behind(link);
    const bool starts = inlet.arriving == nullptr;
    if (Inlets::refuse_if_full(inlet)) {
        return {};
    }
    Passage& passage = starts ? passages_.begin(inlet, head) : *inlet.arriving;
    if (passage.life != Passage::Life::done) {
        append(passage.bytes, payload);
        inlet.waiting += payload.size();
    }
    inlet.arriving = more ? &passage : nullptr;
    passage.whole = !more;
    passages_.note_due(passage);
    return {.taken = payload.size(), .started = starts, .complete = !more, .id = passage.number};
}

void Distributor::abort(Link& link) {
    Inlet& inlet = inlet_behind(link);
    if (Passage* const passage = std::exchange(inlet.arriving, nullptr)) {
        passage->aborted = true;
        passage->whole = true;
        passage->context = 0;  // the core has forgotten it
        passages_.note_due(*passage);
    }
}

void Distributor::update(Link& link, wire::DeliveryId id, Bytes state, bool settled) {
    if (link.direction == Direction::in) {
        ways_.moved(way_behind(link));
        outcomes_.updated(id, state, settled);
    } else if (settled) {
        outcomes_.abandoned(id);
    }
}

void Distributor::hold(Link& link, std::ptrdiff_t bytes) {
    if (link.direction == Direction::in) {
        ways_.hold(way_behind(link), bytes);
    }
}

// --- what comes of it ---------------------------------------------------------------------------

void Distributor::tick(Instant now) {
    now_ = now;
    if (ways_.tick()) {
        outcomes_.stalled();
    }
}

bool Distributor::go_on(Instant now) {
    now_ = now;
    std::size_t left = kSlice;
    while (has_work() && left > 0) {
        while (passages_.has_due() && left > 0) {
            left -= std::min(left, copier_.pass_on(passages_.take_due(), now));
        }
        outcomes_.settle(left, now);
        inlets_.tell_news(now);
        ways_.close_idle(now);
    }
    return has_work();
}

}  // namespace weft::exchange

#include "router/core/drains.hpp"

#include "common/base/serial.hpp"
#include "router/core/far_demands.hpp"

#include <algorithm>
#include <span>

namespace weft::router {
namespace {

/// Somebody has not sent what he had when he was asked for `consumer`. One to another loop has
/// asked the containers alone.
bool awaits_rest(const Loops& loops, const Link& consumer) {
    return loops.rations.is_any_asked() ||
           (!consumer.outlet.relay && std::ranges::any_of(loops.entries, [&](const Link* entry) {
               return entry->rest_asked && precedes(entry->rest_answered, consumer.asked);
           }));
}

}  // namespace

void Drains::answer_draining(Link& consumer) {
    const bool more = (consumer.address != nullptr && lines_.next(consumer) != nullptr) ||
                      (!consumer.queue.empty() && !consumer.queue.back().has_begun());
    if (consumer.outlet.credit > 0 &&
        (more || awaits_spread(consumer) || awaits_others(consumer))) {
        return;
    }
    consumer.drain = Drain::no;
    consumer.DrainHook::unlink();  // D1
    set_credit(consumer, 0);
    consumer.port().drained(consumer);
}

void Drains::rest(Link& consumer) {
    consumer.DrainHook::unlink();
    consumer.address->loops->rested.push_back(consumer);
    lines_.put_off(*consumer.address);  // D2
}

/// A message that is given to its address's consumers in slices is still to reach it.
bool Drains::awaits_spread(Link& consumer) {
    const Spread* const spread =
        consumer.address == nullptr ? nullptr : consumer.address->spread.get();
    if (spread == nullptr || spread->messages.empty()) {
        return false;
    }
    const bool is_reached = spread->number == spread->messages.front().delivery->number &&
                            consumer.position >= spread->left;
    const bool awaits = !is_reached || &spread->messages.front() != &spread->messages.back();
    if (awaits && !consumer.DrainHook::is_linked()) {
        consumer.address->with_loops().draining.push_back(consumer);
    }
    return awaits;
}

void Drains::spread_is_over(Address& address) {
    if (address.loops != nullptr && !address.loops->draining.empty()) {
        DrainList& rested = address.loops->rested;
        rested.splice(rested.end(), address.loops->draining);
        lines_.put_off(address);  // D2
    }
}

/// Before a consumer is told that there is nothing more, the other loops and the containers are
/// asked, once; before another loop is told so, the containers.
bool Drains::awaits_others(Link& consumer) {
    if (consumer.address == nullptr) {
        return false;
    }
    Address& address = *consumer.address;
    const bool expects = FarDemands{accounts_}.awaits_askers(address, clock_.tenths());
    if (address.loops == nullptr && !expects) {
        return false;
    }
    const std::span<Link* const> entries =
        consumer.outlet.relay ? std::span<Link* const>{} : address.entries();
    Loops& loops = address.with_loops();
    const bool asks = consumer.drain != Drain::others_asked;
    if (asks) {
        consumer.DrainHook::unlink();
        consumer.asked = ++loops.asked;
    }
    if (!consumer.DrainHook::is_linked()) {
        DrainList& draining = loops.draining;
        draining.insert(consumer.outlet.relay ? draining.begin() : draining.end(), consumer);  // D3
    }
    if (asks) {
        consumer.drain = Drain::others_asked;
        consumer.port().spend(consumer, entries.size() + address.containers().size());
        std::ranges::for_each(entries, [this](Link* entry) { ask_for_rest(*entry); });
        accounts_.ask_containers(address);
    }
    const bool awaits = expects || awaits_rest(loops, consumer);
    if (!awaits) {
        consumer.DrainHook::unlink();
    }
    return awaits;
}

void Drains::ask_for_rest(Link& producer) {
    const std::uint32_t ask = producer.address->loops->asked;
    if (!producer.rest_asked) {
        producer.rest_answered = ask - 1;
    }
    producer.asked = ask;
    producer.rest_asked = producer.is_active();
    accounts_.offer(producer);
}

void Drains::answered(Link& producer, std::uint32_t ask) {
    producer.rest_answered = ask;
    end(*producer.address);
}

void Drains::sent_rest(Link& producer) {
    producer.rest_asked = false;
    Address& address = *producer.address;
    if (producer.on_demand && producer.is_active()) {
        Accounts::answered(producer);
    } else if (producer.on_demand) {
        FarDemands{accounts_}.containers_changed(address);
    }
    if (end(address)) {
        return;  // once these are answered, all hear what is still wanted
    }
    if (producer.is_active()) {
        accounts_.offer(producer);
    } else {
        accounts_.offer_containers(address);  // what it had is for the others
    }
}

void Drains::look_at_rations(Address& address) {
    FarDemands{accounts_}.tick(address);
    tally_.containers_silent(address.loops->rations.tick());
    if (end(address)) {
        lines_.put_off(address);  // D2
    } else {
        accounts_.offer_containers(address);
    }
}

/// Consumers that drain are to be answered once nobody is waited for. True: some are.
bool Drains::end(Address& address) {
    Loops& loops = *address.loops;
    while (!loops.draining.empty() && !awaits_rest(loops, loops.draining.front())) {
        Link& consumer = loops.draining.front();
        consumer.DrainHook::unlink();
        loops.rested.push_back(consumer);
    }
    return !loops.rested.empty();
}

void Drains::answer_rested(Address& address, std::size_t& left) {
    if (address.loops == nullptr) {
        return;
    }
    DrainList& rested = address.loops->rested;
    for (; left > 0 && !rested.empty(); --left) {
        Link& consumer = rested.front();
        consumer.DrainHook::unlink();
        answer(consumer);
    }
    if (rested.empty()) {
        accounts_.offer_loops(address);
    }
}

}  // namespace weft::router

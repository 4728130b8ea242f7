#include "router/core/spreading.hpp"

#include "common/wire/delivery_state.hpp"
#include "router/core/branch.hpp"
#include "router/core/edge_links.hpp"
#include "router/core/measure.hpp"
#include "router/core/routes.hpp"

#include <memory>
#include <utility>

namespace weft::router {

void Spreading::begin(Branch& branch, Address& address) {
    if (is_copy(branch)) {
        DeliveryPool::sort(static_cast<Copy&>(branch));
    }
    open(branch, /*claims=*/true);
    if (address.spread == nullptr) {
        address.spread = std::make_unique<Spread>();
        spread_.push_back(&address);
    }
    address.spread->messages.push_back(branch);
}

/// The same of a consumer that can't take it now.
std::optional<DropReason> Spreading::objection_to_wait(const Link& out,
                                                       const Address& address,
                                                       bool may_wait) const {
    if (out.stalled && out.outlet.outstanding >= kStalledQueueMax) {
        return DropReason::consumer_queue_full;
    }
    if (out.stalled && address.treatment.slow_consumer == SlowConsumer::drop) {
        return DropReason::slow_consumer;
    }
    if (!parts_.allowance.may_queue(out)) {
        return DropReason::consumer_queue_full;
    }
    return may_wait ? std::nullopt : std::optional(DropReason::router_full);
}

void Spreading::work() {
    std::size_t left = slice_;
    while (left > 0 && !spread_.empty()) {
        Address& address = *spread_.front();
        spread_.pop_front();
        go_on(address, left);
        if (!address.spread->messages.empty()) {
            spread_.push_back(&address);
            continue;
        }
        address.spread.reset();
        parts_.drains.spread_is_over(address);
        if (address.unused()) {
            parts_.addresses.erase(address);
        }
    }
}

void Spreading::go_on(Address& address, std::size_t& left) {
    Spread& spread = *address.spread;
    while (left > 0 && !spread.messages.empty()) {
        Branch& branch = spread.messages.front();
        Delivery& delivery = *branch.delivery;
        if (spread.number != delivery.number) {
            spread.number = delivery.number;
            spread.left = static_cast<std::uint32_t>(address.outlets.size());
            spread.oversized = false;
        }
        for (; left > 0 && spread.left > 0; --left) {
            copy_to(delivery, address, link_of(*address.outlets[--spread.left]));
        }
        if (left > 0) {
            --left;
            finish(branch, spread.oversized);
        }
    }
}

void Spreading::copy_to(Delivery& delivery, Address& address, Link& out) {
    if (!out.is_active() || is_echo(delivery, out) ||
        (out.outlet.uplink && delivery.provenance.stays_down) ||
        (out.outlet.relay && (scope_of(delivery) == Scope::here || delivery.sent_to != nullptr))) {
        return;
    }
    if (out.outlet.limited() &&
        size_of(delivery) + told_bytes(delivery, &address) > out.outlet.bytes_max) {
        address.spread->oversized = true;
        parts_.tally.drop(&out, DropReason::too_large, delivery.presettled());
        return;
    }
    const Link* const in = parts_.links.find(delivery.in);
    const bool may_wait = in == nullptr || parts_.allowance.may_wait(*in);
    const bool takes = ready(out);
    if (const auto reason = objection(out, address, takes, delivery.presettled(), may_wait)) {
        parts_.tally.drop(&out, *reason, delivery.presettled());
        return;
    }
    Copy& copy = parts_.pool.make_copy(delivery, out.connection.share.get());
    DeliveryPool::sort(copy);
    delivery.copied = true;
    open(copy, /*claims=*/!out.stalled || takes);
    delivery.laggards += lags(copy) ? 1U : 0U;
    assign(copy, out);
    (void)enqueue(copy);
    parts_.outgoing.pump(out);
}

/// All consumers have had their turn.
void Spreading::finish(Branch& branch, bool oversized) {
    Delivery& delivery = *branch.delivery;
    parts_.settlement.close(branch, {});
    if (delivery.open_branches == 0 && !delivery.has_outcome()) {
        delivery.outcome = oversized ? rejected_for_size()
                                     : Buffer(wire::kReleased.begin(), wire::kReleased.end());
    }
    parts_.settlement.review(delivery);
}

}  // namespace weft::router

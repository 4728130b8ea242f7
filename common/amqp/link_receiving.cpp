#include "common/amqp/engine.hpp"
#include "common/amqp/link.hpp"
#include "common/base/conditions.hpp"
#include "common/wire/delivery_state.hpp"

#include <string_view>

/// Incoming transfers. Spec: AMQP 1.0 §2.6.12–2.6.14, §2.7.5
namespace weft::amqp {

/// `payload` is what follows the performative.
void Link::take_transfer(const Transfer& transfer, Bytes payload) {
    const bool first = !in_delivery_;
    if (!number_incoming(transfer)) {
        return;
    }
    in_delivery_ = transfer.more && !transfer.aborted;
    if (!live()) {
        take_stray_transfer();
        return;
    }
    if (passes_) [[unlikely]] {
        take_passed(transfer, first, transfer.aborted ? Bytes{} : payload);
        return;
    }
    if (first && !start_incoming(transfer)) {
        return;
    }
    tell_incoming(transfer, first, transfer.aborted ? Bytes{} : payload);
}

/// Checks the delivery id against the order that the spec asks for; false: the session was ended.
bool Link::number_incoming(const Transfer& transfer) {
    if (!receiver_) {
        session_.fail(kNotAllowed, "a transfer came on a link that we send on");
        return false;
    }
    if (in_delivery_) {
        if (transfer.delivery_id && *transfer.delivery_id != delivery_) {
            session_.fail(kInvalidField, "the delivery-id changed within a delivery");
            return false;
        }
        return true;
    }
    if (!transfer.delivery_id) {
        session_.fail(kInvalidField, "the first transfer of a delivery has no delivery-id");
        return false;
    }
    if (session_.deliveries_came_ && *transfer.delivery_id != session_.next_incoming_delivery_) {
        session_.fail(kInvalidField, "a delivery-id is out of sequence");
        return false;
    }
    // Of a link that passes, whoever it is passed to judges it.
    if (!passes_ && transfer.delivery_tag && transfer.delivery_tag->size() > kDeliveryTagMax) {
        session_.fail(kInvalidField, "a delivery-tag is longer than 32 bytes");
        return false;
    }
    session_.deliveries_came_ = true;
    delivery_ = *transfer.delivery_id;
    session_.next_incoming_delivery_ = delivery_ + 1;
    return true;
}

/// A delivery begins: one credit is used. False: the link was detached, its credit is overrun.
bool Link::start_incoming(const Transfer& transfer) {
    if (credit_.exhausted() && credit_.overrun() >= session_.engine_.options_->credit_overrun) {
        fail(kTransferLimitExceeded, "a delivery exceeds the link's credit");
        return false;
    }
    if (credit_.take_delivery()) {
        queue_flow();
    }
    context_ = 0;
    received_bytes_ = 0;
    delivery_dropped_ = transfer.resume;
    delivery_settled_ = transfer.settled.value_or(false);
    if (transfer.resume) [[unlikely]] {
        // No delivery outlives its link here, so one that is resumed is not known.
        delivery_settled_ = true;
        if (credit_.return_delivery()) {
            queue_flow();
        }
    }
    return true;
}

/// The sender settled the delivery that is coming in.
void Link::settle_incoming() {
    delivery_settled_ = true;
    DeliveryRing& ring = session_.incoming_;
    if (DeliveryRing::Entry* entry = ring.find(delivery_)) {
        ring.erase(delivery_, entry);
        --unsettled_;  // L3
    }
}

/// The delivery is rejected, so that its sender need not guess which one it was.
void Link::end_oversize(bool first) {
    constexpr std::string_view kWhy = "a message is larger than the link's max-message-size";
    if (!delivery_settled_) {
        if (first) {
            session_.incoming_.insert(delivery_, *this, 0);
            ++unsettled_;  // L3
        }
        update(delivery_, wire::rejected(kMessageSizeExceeded, kWhy), /*settled=*/true);
    }
    fail(kMessageSizeExceeded, kWhy);
}

void Link::tell_incoming(const Transfer& transfer, bool first, Bytes payload) {
    received_bytes_ += payload.size();
    if (own_message_max_ != 0 && received_bytes_ > own_message_max_) {
        end_oversize(first);
        return;
    }
    const bool settles = transfer.settled.value_or(false) || transfer.aborted;
    if (settles && !delivery_settled_) {
        settle_incoming();
    }
    if (first && !delivery_settled_) {
        session_.incoming_.insert(delivery_, *this, 0);
        ++unsettled_;  // L3
    }
    if (!delivery_dropped_) {
        const DeliveryId id = delivery_;
        session_.engine_.handler_.on_transfer(
            *this,
            {.id = id,
             .first = first,
             .more = in_delivery_,
             .settled = delivery_settled_,
             .aborted = transfer.aborted,
             .batchable = transfer.batchable,
             .message_format = transfer.message_format.value_or(0),
             .tag = transfer.delivery_tag.value_or(Bytes{}),
             .state = transfer.state,
             .payload = payload},
            context_);
        if (!delivery_settled_) {
            if (DeliveryRing::Entry* entry = session_.incoming_.find(id)) {
                entry->context = context_;
            }
        }
    }
    if (!in_delivery_ && credit_.drain() && active()) {
        report_if_drained();
    }
}

}  // namespace weft::amqp

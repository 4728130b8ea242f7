#include "common/amqp/engine.hpp"
#include "common/amqp/hot_reader.hpp"
#include "common/base/conditions.hpp"

/// Incoming transfers. Spec: AMQP 1.0 §2.6.12–2.6.14, §2.7.5
namespace weft::amqp {

void Engine::take_transfer(Session& session, Bytes fields) {
    Transfer transfer;
    std::size_t consumed = 0;
    if (!read_hot(fields, transfer, consumed)) [[unlikely]] {
        const Result<Transfer> decoded = decode_transfer(fields, consumed);
        if (!decoded) {
            fail_connection(decoded.error());
            return;
        }
        transfer = *decoded;
    }
    if (consumed > options_.control_frame_max) {
        fail_connection(kResourceLimitExceeded, "a performative is too large");
        return;
    }
    if (session.incoming_window_ == 0) {
        fail_session(session, kWindowViolation, "a transfer exceeds the session's window");
        return;
    }
    --session.incoming_window_;
    ++session.next_incoming_id_;
    if (window_refresh_due(session)) {
        queue_session(session);
    }
    Link* link = session.by_remote_handle_.find(transfer.handle);
    if (link == nullptr) {
        fail_session(session, kUnattachedHandle, "a transfer names a handle that is not attached");
        return;
    }
    const bool first = !link->in_delivery_;
    if (!number_incoming(*link, transfer)) {
        return;
    }
    link->in_delivery_ = transfer.more && !transfer.aborted;
    if (!link->live_) {
        take_stray_transfer(*link);
        return;
    }
    if (first && !start_incoming(*link, transfer)) {
        return;
    }
    tell_incoming(*link, transfer, first, transfer.aborted ? Bytes{} : fields.subspan(consumed));
}

/// Checks the delivery id against the order that the spec asks for; false: the session was ended.
bool Engine::number_incoming(Link& link, const Transfer& transfer) {
    Session& session = *link.session_;
    if (!link.receiver_) {
        fail_session(session, kNotAllowed, "a transfer came on a link that we send on");
        return false;
    }
    if (link.in_delivery_) {
        if (transfer.delivery_id && *transfer.delivery_id != link.delivery_) {
            fail_session(session, kInvalidField, "the delivery-id changed within a delivery");
            return false;
        }
        return true;
    }
    if (!transfer.delivery_id) {
        fail_session(session, kInvalidField, "the first transfer of a delivery has no delivery-id");
        return false;
    }
    if (session.deliveries_came_ && *transfer.delivery_id != session.next_incoming_delivery_) {
        fail_session(session, kInvalidField, "a delivery-id is out of sequence");
        return false;
    }
    if (transfer.delivery_tag && transfer.delivery_tag->size() > kDeliveryTagMax) {
        fail_session(session, kInvalidField, "a delivery-tag is longer than 32 bytes");
        return false;
    }
    session.deliveries_came_ = true;
    link.delivery_ = *transfer.delivery_id;
    session.next_incoming_delivery_ = link.delivery_ + 1;
    return true;
}

/// A transfer of a link that we detached. What was under way then is dropped; a peer that goes on
/// after it must have seen the error is errant: it got further window only behind our detach.
void Engine::take_stray_transfer(Link& link) {
    if (!link.failed_) {
        return;
    }
    if (link.errant_frames_ == 0) {
        fail_session(*link.session_, kErrantLink,
                     "a transfer came on a link detached for an error");
        return;
    }
    --link.errant_frames_;
}

/// False: the link was detached, its credit is overrun.
bool Engine::start_incoming(Link& link, const Transfer& transfer) {
    if (link.delivery_count_ == link.credit_limit_) {
        fail_link(link, kTransferLimitExceeded, "a delivery exceeds the link's credit");
        return false;
    }
    count_incoming(link);
    link.context_ = 0;
    link.received_bytes_ = 0;
    link.delivery_dropped_ = false;
    link.delivery_settled_ = transfer.settled.value_or(false);
    if (!link.delivery_settled_) {
        link.session_->incoming_.insert(link.delivery_, link, 0);
        ++link.unsettled_;
    }
    return true;
}

/// The sender settled the delivery that is coming in.
void Engine::settle_incoming(Link& link) {
    link.delivery_settled_ = true;
    DeliveryRing& ring = link.session_->incoming_;
    if (DeliveryRing::Entry* entry = ring.find(link.delivery_)) {
        ring.erase(link.delivery_, entry);
        --link.unsettled_;
    }
}

void Engine::tell_incoming(Link& link, const Transfer& transfer, bool first, Bytes payload) {
    link.received_bytes_ += payload.size();
    if (link.own_message_max_ != 0 && link.received_bytes_ > link.own_message_max_) {
        fail_link(link, kMessageSizeExceeded,
                  "a message is larger than the link's max-message-size");
        return;
    }
    const bool settles = transfer.settled.value_or(false) || transfer.aborted;
    if (settles && !link.delivery_settled_) {
        settle_incoming(link);
    }
    if (!link.delivery_dropped_) {
        const DeliveryId id = link.delivery_;
        handler_.on_transfer(link,
                             {.id = id,
                              .first = first,
                              .more = link.in_delivery_,
                              .settled = link.delivery_settled_,
                              .aborted = transfer.aborted,
                              .batchable = transfer.batchable,
                              .message_format = transfer.message_format.value_or(0),
                              .tag = transfer.delivery_tag.value_or(Bytes{}),
                              .state = transfer.state,
                              .payload = payload},
                             link.context_);
        if (!link.delivery_settled_) {
            if (DeliveryRing::Entry* entry = link.session_->incoming_.find(id)) {
                entry->context = link.context_;
            }
        }
    }
    if (!link.in_delivery_ && link.drain_ && active(link)) {
        report_if_drained(link);
    }
}

}  // namespace weft::amqp

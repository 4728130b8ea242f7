#include "common/amqp/engine.hpp"
#include "common/amqp/frame_parts.hpp"

#include <algorithm>
#include <cstring>

/// Outgoing transfers. Spec: AMQP 1.0 §2.6.12–2.6.14, §2.7.5
namespace weft::amqp {
namespace {

/// Bytes of a transfer frame in front of its payload, at most.
constexpr std::size_t kTransferHeadMax = 80;

constexpr std::uint8_t kPlainFields = 6;       // handle … more
constexpr std::uint8_t kBatchableFields = 11;  // … batchable
constexpr std::uint8_t kAbortedFields = 10;    // … aborted

}  // namespace

Sent Engine::send(Link& link, const OutgoingDelivery& head, Bytes payload, bool more) {
    Sent sent;
    if (link.receiver_ || !link.attach_sent_ || !active(link)) {
        return sent;
    }
    const Session& session = *link.session_;
    sent.started = link.in_delivery_;
    sent.id = link.delivery_;
    if (payload.empty() && more) {
        return sent;
    }
    const std::size_t given = payload.size();
    while (true) {
        if (!link.in_delivery_ && link.credit_ == 0) {
            break;  // on_credit will tell
        }
        if (session.remote_window_ == 0 || link.abort_due_) {
            awaits_window_ = true;
            break;
        }
        if (output_.size() >= options_.output_limit) {
            awaits_room_ = true;
            break;
        }
        write_transfer_frame(link, head, payload, more);
        sent.started = true;
        if (payload.empty()) {
            sent.complete = !more;
            break;
        }
    }
    sent.taken = given - payload.size();
    sent.id = link.delivery_;
    return sent;
}

void Engine::start_outgoing(Link& link, const OutgoingDelivery& head) {
    Session& session = *link.session_;
    --link.credit_;
    ++link.delivery_count_;
    link.delivery_ = session.next_outgoing_delivery_++;
    if (!head.settled) {
        session.outgoing_.insert(link.delivery_, link, head.context);
        ++link.unsettled_;
    }
}

/// Writes one frame with as much of `payload` as it takes, and moves `payload` behind that.
void Engine::write_transfer_frame(Link& link,
                                  const OutgoingDelivery& head,
                                  Bytes& payload,
                                  bool more) {
    Session& session = *link.session_;
    const bool first = !link.in_delivery_;
    if (first) {
        start_outgoing(link, head);
    }
    const std::size_t frame_max = std::min(remote_frame_max_, kFrameSentMax);
    std::uint8_t* const frame =
        output_.reserve(std::min(frame_max, kTransferHeadMax + payload.size()));

    FrameParts parts{frame, session.channel_, Performative::transfer};
    parts.uint(link.handle_);
    if (first) {
        parts.uint32(link.delivery_);
        if (head.tag.empty() || head.tag.size() > kDeliveryTagMax) {
            parts.tag(link.delivery_);
        } else {
            parts.tag(head.tag);
        }
        parts.uint(head.message_format);
        parts.boolean(head.settled);
    } else {
        parts.nulls(4);
    }
    std::uint8_t* const more_at = parts.boolean(true);
    const bool batchable = first && head.batchable;
    if (batchable) {
        parts.nulls(2);
        parts.boolean(false);
        parts.boolean(false);
        parts.boolean(true);
    }
    parts.end_list(batchable ? kBatchableFields : kPlainFields);

    const std::size_t chunk = std::min(payload.size(), frame_max - parts.size());
    if (chunk > 0) {
        parts.payload(payload.first(chunk));
    }
    payload = payload.subspan(chunk);
    link.in_delivery_ = more || !payload.empty();
    FrameParts::set_boolean(more_at, link.in_delivery_);
    output_.commit(parts.end_frame());
    wrote_ = true;
    ++session.next_outgoing_id_;
    --session.remote_window_;
}

void Engine::abort(Link& link) {
    if (link.receiver_ || !link.in_delivery_ || !active(link)) {
        return;
    }
    Session& session = *link.session_;
    if (DeliveryRing::Entry* entry = session.outgoing_.find(link.delivery_)) {
        session.outgoing_.erase(link.delivery_, entry);
        --link.unsettled_;
    }
    link.in_delivery_ = false;
    if (session.remote_window_ > 0) {
        write_abort(link);
    } else {
        link.abort_due_ = true;
        ++session.aborts_due_;
    }
}

void Engine::write_abort(Link& link) {
    Session& session = *link.session_;
    FrameParts parts{output_.reserve(kTransferHeadMax), session.channel_, Performative::transfer};
    parts.uint(link.handle_);
    parts.nulls(4);
    parts.boolean(false);  // more
    parts.nulls(2);
    parts.boolean(false);  // resume
    parts.boolean(true);
    parts.end_list(kAbortedFields);
    output_.commit(parts.end_frame());
    wrote_ = true;
    ++session.next_outgoing_id_;
    --session.remote_window_;
}

void Engine::write_due_aborts(Session& session) {
    for (const auto& link : session.links_) {
        if (session.aborts_due_ == 0 || session.remote_window_ == 0) {
            return;
        }
        if (link && link->abort_due_) {
            link->abort_due_ = false;
            --session.aborts_due_;
            write_abort(*link);
        }
    }
}

}  // namespace weft::amqp

#include "common/amqp/engine.hpp"
#include "common/amqp/hot_writer.hpp"

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

/// False if `frames` frames may not go out now; then the event that tells when to try again is due.
inline bool Engine::may_send(const Link& link, std::size_t frames) {
    if (!link.in_delivery_ && link.credit_ == 0) {
        return false;  // on_credit will tell
    }
    if (link.session_->remote_window_ < frames || link.abort_due_) {
        awaits_window_ = true;
        return false;
    }
    if (output_.size() >= options_.output_limit) {
        awaits_room_ = true;
        return false;
    }
    return true;
}

Sent Engine::send(Link& link, const OutgoingDelivery& head, Bytes payload, bool more) {
    if (link.receiver_ || !link.attach_sent_ || !active(link)) {
        return {};
    }
    if (!link.in_delivery_ && !head.prefix.empty()) {
        return start_with_prefix(link, head, payload, more);
    }
    return send_payload(link, head, payload, more);
}

Sent Engine::start_with_prefix(Link& link, const OutgoingDelivery& head, Bytes payload, bool more) {
    Bytes prefix = head.prefix;
    const std::size_t room = std::min(remote_frame_max_, kFrameSentMax) - kTransferHeadMax;
    const std::size_t frames_at_most = (prefix.size() + room - 1) / room;
    if (!may_send(link, frames_at_most)) {
        return {};
    }
    const std::size_t given = payload.size();
    while (!prefix.empty()) {
        write_transfer_frame(link, head, more, prefix, payload);
    }
    const std::size_t taken = given - payload.size();
    if (payload.empty()) {
        return {taken, true, !more, link.delivery_};
    }
    Sent sent = send_payload(link, head, payload, more);
    sent.taken += taken;
    return sent;
}

inline Sent Engine::send_payload(Link& link,
                                 const OutgoingDelivery& head,
                                 Bytes payload,
                                 bool more) {
    Sent sent;
    sent.started = link.in_delivery_;
    sent.id = link.delivery_;
    if (payload.empty() && more) {
        return sent;
    }
    const std::size_t given = payload.size();
    while (may_send(link, 1)) {
        write_transfer_frame(link, head, more, payload);
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

/// Writes one frame with as much of `pieces`, one after the other, as it takes, and moves them
/// behind that. A template: a frame without prefix pays nothing for it.
template <class... Pieces>
void Engine::write_transfer_frame(Link& link,
                                  const OutgoingDelivery& head,
                                  bool more,
                                  Pieces&... pieces) {
    Session& session = *link.session_;
    const bool first = !link.in_delivery_;
    if (first) {
        start_outgoing(link, head);
    }
    const std::size_t frame_max = std::min(remote_frame_max_, kFrameSentMax);
    std::uint8_t* const frame =
        output_.reserve(std::min(frame_max, kTransferHeadMax + (pieces.size() + ...)));

    HotWriter parts{frame, session.channel_, Performative::transfer};
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

    const auto take = [&](Bytes& from) {
        const std::size_t chunk = std::min(from.size(), frame_max - parts.size());
        if (chunk > 0) {
            parts.payload(from.first(chunk));
        }
        from = from.subspan(chunk);
    };
    (take(pieces), ...);
    link.in_delivery_ = more || (!pieces.empty() || ...);
    HotWriter::set_boolean(more_at, link.in_delivery_);
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
    HotWriter parts{output_.reserve(kTransferHeadMax), session.channel_, Performative::transfer};
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

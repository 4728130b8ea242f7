#include "common/amqp/engine.hpp"
#include "common/amqp/link.hpp"
#include "common/wire/big_endian.hpp"

#include <algorithm>
#include <array>
#include <cstring>

/// Outgoing transfers, and our word on deliveries. Spec: AMQP 1.0 §2.6.12–2.6.14, §2.7.5
namespace weft::amqp {
namespace {

/// Bytes of a transfer frame in front of its payload, at most.
constexpr std::size_t kTransferHeadMax = 80;

constexpr std::uint8_t kPlainFields = 6;       // handle … more
constexpr std::uint8_t kBatchableFields = 11;  // … batchable
constexpr std::uint8_t kAbortedFields = 10;    // … aborted

}  // namespace

/// The peer wants no further delivery.
inline bool Link::lacks_credit() const {
    return !in_delivery_ && credit_.credit(false) == 0;
}

/// False if a frame may not go out now; then the event that tells when to try again is due.
inline bool Link::may_send() const {
    Engine& engine = session_.engine_;
    if (lacks_credit()) {
        return false;  // on_credit will tell
    }
    if (session_.window_.remote() == 0 || abort_due_) {
        session_.awaits_window_ = true;
        return false;
    }
    if (engine.output_.is_crowded()) {
        engine.awaits_room_ = true;
        return false;
    }
    return true;
}

inline void Link::start_outgoing(const OutgoingDelivery& head) {
    credit_.use();
    delivery_ = session_.next_outgoing_delivery_++;
    if (!head.settled) {
        session_.outgoing_.insert(delivery_, *this, head.context);
        ++unsettled_;  // L3
    }
}

Sent Link::send(const OutgoingDelivery& head, Bytes payload, bool more) {
    if (receiver_ || life_ == LinkLife::asked || !active()) {
        return {};
    }
    const bool plain =
        in_delivery_ ? prefix_left_ == nullptr : head.state.empty() && head.prefix.empty();
    return plain ? send_payload(head, payload, more) : send_with_head(head, payload, more);
}

/// What is not payload alone. Apart, so that what is does not pay for it.
[[gnu::noinline]] Sent Link::send_with_head(const OutgoingDelivery& head,
                                            Bytes payload,
                                            bool more) {
    if (in_delivery_) {
        return send_prefix(head, *prefix_left_, payload, more);
    }
    if (!head.state.empty()) {
        return start_with_state(head, payload, more);
    }
    return send_prefix(head, head.prefix, payload, more);
}

/// A state is seldom given, and may be long: it goes out in a frame of its own, before all payload.
Sent Link::start_with_state(const OutgoingDelivery& head, Bytes payload, bool more) {
    OutgoingDelivery stateless = head;
    stateless.state = {};
    FrameOutput& output = session_.engine_.output_;
    if (kTransferHeadMax + head.state.size() > output.frame_max()) {
        return send(stateless, payload, more);
    }
    if (!may_send()) {
        return {.held_up = !lacks_credit()};
    }
    start_outgoing(head);
    in_delivery_ = true;
    std::array<std::uint8_t, sizeof delivery_> made{};
    wire::store_u32(made.data(), delivery_);
    const bool usable = !head.tag.empty() && head.tag.size() <= kDeliveryTagMax;
    output.write(session_.channel_, Transfer{.handle = handle_,
                                             .delivery_id = delivery_,
                                             .delivery_tag = usable ? head.tag : Bytes(made),
                                             .message_format = head.message_format,
                                             .settled = head.settled,
                                             .more = true,
                                             .state = head.state,
                                             .batchable = head.batchable});
    session_.window_.use_frame();
    return stateless.prefix.empty() ? send_payload(stateless, payload, more)
                                    : send_prefix(stateless, stateless.prefix, payload, more);
}

/// `prefix` goes out before all payload: as much as the session's window has room for, the rest in
/// later calls.
Sent Link::send_prefix(const OutgoingDelivery& head, Bytes prefix, Bytes payload, bool more) {
    if (!may_send()) {
        keep_prefix(prefix);
        return {.started = in_delivery_, .held_up = !lacks_credit(), .id = delivery_};
    }
    const std::size_t given = payload.size();
    while (!prefix.empty() && session_.window_.remote() > 0) {
        write_transfer_frame(head, more, prefix, payload);
    }
    keep_prefix(prefix);
    if (!prefix.empty()) {
        session_.awaits_window_ = true;
        return {.started = true, .held_up = true, .id = delivery_};
    }
    const std::size_t taken = given - payload.size();
    if (payload.empty()) {
        return {.taken = taken, .started = true, .complete = !more, .id = delivery_};
    }
    Sent sent = send_payload(head, payload, more);
    sent.taken += taken;
    return sent;
}

/// What is left of a prefix, once its delivery has begun.
void Link::keep_prefix(Bytes prefix) {
    const bool some = in_delivery_ && !prefix.empty();
    if (!some) {
        prefix_left_.reset();
    } else if (prefix_left_ == nullptr || prefix.size() < prefix_left_->size()) {
        prefix_left_ = std::make_unique<Buffer>(prefix.begin(), prefix.end());
    }
}

Sent Link::send_payload(const OutgoingDelivery& head, Bytes payload, bool more) {
    Sent sent;
    sent.started = in_delivery_;
    sent.id = delivery_;
    if (payload.empty() && more && in_delivery_) {
        return sent;
    }
    const std::size_t given = payload.size();
    for (;;) {
        if (!may_send()) {
            sent.held_up = !lacks_credit();
            break;
        }
        write_transfer_frame(head, more, payload);
        sent.started = true;
        if (payload.empty()) {
            sent.complete = !more;
            break;
        }
    }
    sent.taken = given - payload.size();
    sent.id = delivery_;
    return sent;
}

/// Writes one frame with as much of `pieces`, one after the other, as it takes, and moves them
/// behind that. A template: a frame without prefix pays nothing for it.
template <class... Pieces>
void Link::write_transfer_frame(const OutgoingDelivery& head, bool more, Pieces&... pieces) {
    const bool first = !in_delivery_;
    if (first) {
        start_outgoing(head);
    }
    FrameOutput& output = session_.engine_.output_;
    const std::size_t frame_max = std::min(output.frame_max(), kFrameSentMax);
    HotWriter frame = output.begin(Performative::transfer, session_.channel_,
                                   std::min(frame_max, kTransferHeadMax + (pieces.size() + ...)));
    frame.uint(handle_);
    if (first) {
        frame.uint32(delivery_);
        if (head.tag.empty() || head.tag.size() > kDeliveryTagMax) {
            frame.tag(delivery_);
        } else {
            frame.tag(head.tag);
        }
        frame.uint(head.message_format);
        frame.boolean(head.settled);
    } else {
        frame.nulls(4);
    }
    std::uint8_t* const more_at = frame.boolean(true);
    const bool batchable = first && head.batchable;
    if (batchable) {
        frame.nulls(2);
        frame.boolean(false);
        frame.boolean(false);
        frame.boolean(true);
    }
    frame.end_list(batchable ? kBatchableFields : kPlainFields);

    const auto take = [&](Bytes& from) {
        const std::size_t chunk = std::min(from.size(), frame_max - frame.size());
        if (chunk > 0) {
            frame.payload(from.first(chunk));
        }
        from = from.subspan(chunk);
    };
    (take(pieces), ...);
    in_delivery_ = more || (!pieces.empty() || ...);
    HotWriter::set_boolean(more_at, in_delivery_);
    output.commit(frame);
    session_.window_.use_frame();
}

void Link::abort() {
    if (receiver_ || !in_delivery_ || !active()) {
        return;
    }
    DeliveryRing& ring = session_.outgoing_;
    if (DeliveryRing::Entry* entry = ring.find(delivery_)) {
        ring.erase(delivery_, entry);
        --unsettled_;  // L3
    }
    in_delivery_ = false;
    prefix_left_.reset();
    if (session_.window_.remote() > 0) {
        write_abort();
    } else {
        session_.owed_aborts_.add(*this);
    }
}

void Link::write_abort() {
    FrameOutput& output = session_.engine_.output_;
    HotWriter frame = output.begin(Performative::transfer, session_.channel_, kTransferHeadMax);
    frame.uint(handle_);
    frame.nulls(4);
    frame.boolean(false);  // more
    frame.nulls(2);
    frame.boolean(false);  // resume
    frame.boolean(true);
    frame.end_list(kAbortedFields);
    output.commit(frame);
    session_.window_.use_frame();
}

void Link::update(DeliveryId id, Bytes state, bool settled, bool batchable) {
    if (!active()) {
        return;
    }
    DeliveryRing& ring = session_.ring(receiver_);
    DeliveryRing::Entry* entry = ring.find(id);
    if (entry == nullptr || entry->link != this) {
        return;
    }
    if (settled) {
        ring.erase(id, entry);
        --unsettled_;  // L3
        if (receiver_ && in_delivery_ && delivery_ == id) {
            delivery_dropped_ = true;
        }
    }
    session_.dispositions_.add(session_.engine_.output_, session_.channel_, receiver_,
                               {id, settled, state, batchable});
    session_.queue();
}

}  // namespace weft::amqp

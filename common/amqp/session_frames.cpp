#include "common/amqp/engine.hpp"
#include "common/amqp/fitting.hpp"
#include "common/amqp/hot_reader.hpp"
#include "common/amqp/session.hpp"
#include "common/base/conditions.hpp"
#include "common/base/serial.hpp"
#include "common/wire/descriptors.hpp"

#include <algorithm>

/// What comes and goes on a session. Spec: AMQP 1.0 §2.5.6, §2.7
namespace weft::amqp {
namespace {

/// Bytes of a flow frame, at most.
constexpr std::size_t kFlowFrameMax = 80;

constexpr std::uint8_t kSessionFields = 4;  // of a flow without a link
constexpr std::uint8_t kLinkFields = 10;

/// States are told apart, and passed on, by the numbers of their descriptors.
Buffer numeric_state(Bytes state) {
    return wire::is_described_by_symbol(state) ? wire::with_numeric_descriptors(state)
                                               : Buffer{state.begin(), state.end()};
}

}  // namespace

void Session::take(Performative which, Bytes fields) {
    if (which == Performative::end) {
        if (const Result<Ending> ending = decode_ending(fields)) {
            take_end(*ending);
        } else {
            engine_.fail(ending.error());
        }
        return;
    }
    if (life_ != SessionLife::mapped) {
        return;  // under way when we ended
    }
    if (which == Performative::transfer) [[likely]] {
        take_transfer(fields);
        return;
    }
    switch (which) {
        case Performative::disposition:
            take_disposition(fields);
            break;
        case Performative::flow:
            take_flow(fields);
            break;
        case Performative::attach:
            take_attach(fields);
            break;
        case Performative::detach:
            take_detach(fields);
            break;
        case Performative::open:
        case Performative::begin:
        case Performative::end:
        case Performative::close:
        case Performative::transfer:
        case Performative::sasl_mechanisms:
        case Performative::sasl_init:
        case Performative::sasl_challenge:
        case Performative::sasl_response:
        case Performative::sasl_outcome:
            break;  // seen to, the engine's, or refused by it as unknown
    }
}

void Session::take_transfer(Bytes fields) {
    Transfer transfer;
    std::size_t consumed = 0;  // bytes in front of the payload
    if (!read_hot(fields, transfer, consumed)) [[unlikely]] {
        Result<Transfer> decoded = decode_transfer(fields, consumed);
        if (!decoded) {
            engine_.fail(decoded.error());
            return;
        }
        transfer = *decoded;
    }
    if (consumed > engine_.control_frame_max_) {
        engine_.fail(kResourceLimitExceeded, "a performative is too large");
        return;
    }
    if (!window_.take_frame()) {
        fail(kWindowViolation, "a transfer exceeds the session's window");
        return;
    }
    if (window_.offer_due()) {
        queue();
    }
    Link* link = links_.find_remote(transfer.handle);
    if (link == nullptr) {
        fail(kUnattachedHandle, "a transfer names a handle that is not attached");
        return;
    }
    Buffer state;
    if (wire::is_described_by_symbol(transfer.state) && !link->passes_) [[unlikely]] {
        transfer.state = state = numeric_state(transfer.state);
    }
    link->take_transfer(transfer, fields.subspan(consumed));  // the only call, so it is inlined
}

void Session::take_attach(Bytes fields) {
    const Result<Attach> decoded = decode_attach(fields);
    if (!decoded) {
        engine_.fail(decoded.error());
        return;
    }
    const Attach& attach = *decoded;
    if (attach.handle > engine_.options_->handle_max) {
        engine_.fail(kFramingError, "a handle is above handle-max");
        return;
    }
    if (attach.name.size() + kBareAttachMax > engine_.output_.frame_max()) {
        fail(kFrameSizeTooSmall, "a link's name is too long to be answered in the peer's frames");
        return;
    }
    if (links_.find_remote(attach.handle) != nullptr) {
        fail(kHandleInUse, "an attach names a handle that is in use");
        return;
    }
    Link* link = engine_.link_names_.find(attach.name, !attach.receiver);
    const bool answer = link != nullptr && &link->session_ == this && link->awaits_peer();
    if (link != nullptr && !answer) {
        engine_.link_names_.erase(*link);
        if (link->live()) {
            link->fail(kStolen, "a link of this name was attached again");
        }
        if (!active()) {
            return;  // the handler ended it
        }
    }
    if (!answer) {
        link = add_link(attach, !attach.receiver, LinkLife::asked);
    }
    if (link == nullptr) {
        fail(kResourceLimitExceeded, "there are too many links");
        return;
    }
    link->take_attach(attach);
}

void Session::take_detach(Bytes fields) {
    const Result<Detach> detach = decode_detach(fields);
    if (!detach) {
        engine_.fail(detach.error());
        return;
    }
    Link* link = links_.find_remote(detach->handle);
    if (link == nullptr) {
        fail(kUnattachedHandle, "a detach names a handle that is not attached");
        return;
    }
    link->take_detach(*detach);
}

void Session::take_flow(Bytes fields) {
    Flow flow;
    if (!read_hot(fields, flow)) {
        const Result<Flow> decoded = decode_flow(fields);
        if (!decoded) {
            engine_.fail(decoded.error());
            return;
        }
        flow = *decoded;
    }
    window_.take_flow(flow);
    write_due_aborts();
    if (flow.handle) {
        Link* link = links_.find_remote(*flow.handle);
        if (link == nullptr) {
            fail(kUnattachedHandle, "a flow names a handle that is not attached");
            return;
        }
        if (link->live()) {
            link->take_flow(flow);
        }
    } else if (flow.echo) {
        flow_due_ = true;
        queue();
    }
    if (awaits_window_ && window_.remote() > 0 && active()) {
        awaits_window_ = false;
        engine_.handler_.on_window(*this);
    }
}

void Session::write_due_aborts() {
    while (!owed_aborts_.empty() && window_.remote() > 0) {
        owed_aborts_.take().write_abort();
    }
}

void Session::take_disposition(Bytes fields) {
    Disposition disposition;
    Buffer state;
    if (!read_hot(fields, disposition)) [[unlikely]] {
        Result<Disposition> decoded = decode_disposition(fields);
        if (!decoded) {
            engine_.fail(decoded.error());
            return;
        }
        disposition = *decoded;
        disposition.state = state = numeric_state(decoded->state);
    }
    if (disposition.first != disposition.last && !precedes(disposition.first, disposition.last)) {
        fail(kInvalidField, "a disposition ends before it starts");
        return;
    }
    take_updates(disposition);
}

/// A disposition, or the rest of one that names more than a turn's worth of deliveries.
void Session::take_updates(Disposition disposition) {
    DeliveryRing& deliveries = ring(!disposition.receiver);
    const DeliveryId newest = deliveries.newest();
    const std::optional<DeliveryId> stopped_at = deliveries.for_range(
        disposition.first, disposition.last, [&](DeliveryId id, DeliveryRing::Entry* entry) {
            if (engine_.is_spent()) {
                return false;
            }
            engine_.spend(1);
            if (active()) {  // the handler may end it, and so may an update
                take_update(disposition, id, *entry);
            }
            return true;
        });
    // Gaps are cheap, but not for nothing.
    engine_.spend(std::min(disposition.last - disposition.first, DeliveryRing::kRingMax) / 64);
    if (stopped_at && active()) [[unlikely]] {
        disposition.first = *stopped_at;
        if (precedes(newest, disposition.last)) {
            disposition.last = newest;  // what is sent meanwhile is not meant
        }
        engine_.postpone(*this, disposition);
    }
}

void Session::take_update(const Disposition& disposition,
                          DeliveryId id,
                          DeliveryRing::Entry& entry) {
    if (!engine_.allows_update(disposition)) {
        fail(kResourceLimitExceeded,
             "too many dispositions at once that settle nothing, or say much");
        return;
    }
    Link& link = *entry.link;
    const Context context = entry.context;
    if (disposition.settled) {
        ring(!disposition.receiver).erase(id, &entry);
        --link.unsettled_;  // L3
        if (link.receiver_ && link.in_delivery_ && link.delivery_ == id) {
            link.delivery_settled_ = true;
        }
    }
    engine_.handler_.on_update(
        link, {id, disposition.settled, disposition.state, disposition.batchable}, context);
}

void Session::hold(std::ptrdiff_t bytes) {
    window_.hold(bytes);
    if (bytes < 0 && window_.offer_due()) {
        queue();
    }
}

void Session::queue() {
    engine_.queued_sessions_.add(*this);
}

void Session::write_dispositions() {
    dispositions_.write(engine_.output_, channel_);
}

/// The session's state, and the link's if one is given.
void Session::write_flow(Link* link) {
    flow_due_ = false;
    HotWriter frame = engine_.output_.begin(Performative::flow, channel_, kFlowFrameMax);
    if (life_ == SessionLife::begun) {
        frame.nulls(1);
    } else {
        frame.uint(window_.next_incoming_id());
    }
    frame.uint(window_.offer());
    frame.uint(window_.next_outgoing_id());
    frame.uint(kOutgoingWindow);
    if (link != nullptr) {
        link->write_flow(frame);
    }
    frame.end_list(link == nullptr ? kSessionFields : kLinkFields);
    engine_.output_.commit(frame);
}

}  // namespace weft::amqp

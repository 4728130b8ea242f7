#include "common/amqp/passage.hpp"

#include "common/amqp/engine.hpp"
#include "common/base/conditions.hpp"
#include "common/wire/delivery_state.hpp"

#include <algorithm>
#include <array>

/// Links that pass. Spec: AMQP 1.0 §2.6, §2.7
namespace weft::amqp {
namespace {

/// Bytes of a transfer frame in front of its payload, at most, and of a state that is in it.
constexpr std::size_t kHotHeadMax = 224;
constexpr std::size_t kHotStateMax = 120;
/// The same of one with a longer state, which it may have in addition.
constexpr std::size_t kLongHeadMax = 120;

/// Bytes of a flow frame besides its properties, at most.
constexpr std::size_t kFlowHeadMax = 80;

constexpr std::uint8_t kPlainPassage = 6;  // handle … more
constexpr std::uint8_t kAllFields = 11;    // … batchable

constexpr std::uint8_t kUbyteCode = 0x50;

}  // namespace

// --- what comes ---------------------------------------------------------------------------------

void Link::take_passed(const Transfer& transfer, bool first, Bytes payload) {
    if (life_ == LinkLife::asked) {
        fail(kTransferLimitExceeded, "a delivery came before there was credit");
        return;
    }
    if (life_ > LinkLife::attached) {
        return;  // under way when we detached
    }
    const bool settles = transfer.settled.value_or(false) || transfer.aborted;
    if (first) {
        context_ = 0;
        delivery_settled_ = settles;
        if (!settles) {
            session_.incoming_.insert(delivery_, *this, 0);
            ++unsettled_;  // L3
        }
    } else if (settles && !delivery_settled_) {
        delivery_settled_ = true;
        DeliveryRing& ring = session_.incoming_;
        if (DeliveryRing::Entry* entry = ring.find(delivery_)) {
            ring.erase(delivery_, entry);
            --unsettled_;  // L3
        }
    }
    Transfer frame = transfer;
    frame.delivery_id = delivery_;
    const DeliveryId id = delivery_;
    session_.engine_.handler_.on_passed(*this, frame, first, payload, context_);
    if (first && !settles) {
        if (DeliveryRing::Entry* entry = session_.incoming_.find(id)) {
            entry->context = context_;
        }
    }
}

/// The handler answers it: whoever is behind us has the last word, too. That may take a while, and
/// the peer need not wait for it before it uses its handle or the name again. Spec: AMQP 1.0 §2.7.7
void Link::take_passed_detach(const Detach& detach) {
    in_delivery_ = false;
    unmapped_ = true;
    session_.links_.remove_remote(remote_handle_);
    session_.engine_.link_names_.erase(*this);
    const ErrorView* const error = pointer_to(detach.error);
    if (life_ == LinkLife::attached) {
        become(LinkLife::answering);
        forget_deliveries();
        session_.engine_.handler_.on_detach(*this, detach.closed, error);
        return;  // it may be answered, and gone
    }
    become(LinkLife::gone);
    session_.engine_.handler_.on_detach(*this, detach.closed, error);
    session_.remove_link(*this);
}

void Link::answer_detach(bool closed, const std::optional<ErrorView>& error) {
    become(LinkLife::gone);
    if (session_.active()) {
        session_.write_dispositions();
        session_.engine_.output_.write_ending(session_.channel_, Detach{handle_, closed, error});
    }
    session_.remove_link(*this);
}

// --- what goes ----------------------------------------------------------------------------------

std::optional<Flow> Passage::begin() {
    link_.passes_ = true;
    const bool echo = link_.flow_due_;
    link_.flow_due_ = false;
    if (link_.receiver_ || (link_.credit_.credit(false) == 0 && !link_.credit_.drain() && !echo)) {
        return std::nullopt;
    }
    Flow flow;
    flow.link_credit = link_.credit_.credit(false);
    flow.drain = link_.credit_.drain();
    flow.echo = echo;
    return flow;
}

DeliveryId Passage::next_delivery() const {
    const Session& session = link_.session_;
    return link_.receiver_ ? session.next_incoming_delivery_ : session.next_outgoing_delivery_;
}

/// If not, the event that tells when to try again is due.
bool Passage::has_room() {
    Session& session = link_.session_;
    if (session.window_.remote() == 0 || link_.abort_due_) {
        session.awaits_window_ = true;
        return false;
    }
    if (session.engine_.output_.is_crowded()) {
        session.engine_.awaits_room_ = true;
        return false;
    }
    return true;
}

bool Passage::transfer(Transfer& transfer, Bytes& payload, Context context) {
    if (link_.receiver_ || !link_.active() || link_.life_ == LinkLife::asked) {
        payload = {};
        return true;  // nobody will have it
    }
    const bool more = transfer.more;
    do {
        if (!has_room()) {
            transfer.more = more;
            return false;
        }
        write(transfer, payload, context);
        // Of a frame that is cut up the rest says no more of the delivery.
        transfer = Transfer{.more = more};
    } while (!payload.empty());
    return true;
}

void Passage::write(const Transfer& transfer, Bytes& payload, Context context) {
    const bool first = !link_.in_delivery_;
    count(transfer, context);
    link_.in_delivery_ = transfer.more && !transfer.aborted;
    const std::size_t frame_max = link_.session_.engine_.output_.frame_max();
    if (transfer.state.size() <= kHotStateMax) {
        write_hot(transfer, transfer.state, first, payload);
    } else if (transfer.state.size() + kLongHeadMax > frame_max) {
        write_hot(transfer, {}, first, payload);  // the peer's frames do not hold it
    } else {
        write_long(transfer, first, payload);
    }
    link_.session_.window_.use_frame();
}

/// A delivery begins, or is settled by its sender.
void Passage::count(const Transfer& transfer, Context context) {
    Session& session = link_.session_;
    const bool settles = transfer.settled.value_or(false) || transfer.aborted;
    if (!link_.in_delivery_) {
        link_.delivery_ = session.next_outgoing_delivery_++;
        link_.credit_.pass_delivery();
        if (!settles) {
            session.outgoing_.insert(link_.delivery_, link_, context);
            ++link_.unsettled_;  // L3
        }
    } else if (settles) {
        DeliveryRing::Entry* const entry = session.outgoing_.find(link_.delivery_);
        if (entry != nullptr && entry->link == &link_) {
            session.outgoing_.erase(link_.delivery_, entry);
            --link_.unsettled_;  // L3
        }
    }
}

void Passage::write_hot(const Transfer& transfer, Bytes state, bool first, Bytes& payload) {
    FrameOutput& output = link_.session_.engine_.output_;
    const std::size_t frame_max = std::min(output.frame_max(), kFrameSentMax);
    HotWriter frame = output.begin(Performative::transfer, link_.session_.channel_,
                                   std::min(frame_max, kHotHeadMax + payload.size()));
    frame.uint(link_.handle_);
    if (first) {
        frame.uint32(link_.delivery_);
        if (transfer.delivery_tag) {
            frame.tag(*transfer.delivery_tag);
        } else {
            frame.tag(link_.delivery_);
        }
    } else {
        frame.nulls(2);
    }
    if (transfer.message_format) {
        frame.uint(*transfer.message_format);
    } else {
        frame.nulls(1);
    }
    if (transfer.settled) {
        frame.boolean(*transfer.settled);
    } else {
        frame.nulls(1);
    }
    std::uint8_t* const more_at = frame.boolean(true);
    const bool plain = !transfer.receiver_settle_mode && state.empty() && !transfer.resume &&
                       !transfer.aborted && !transfer.batchable;
    if (!plain) {
        if (transfer.receiver_settle_mode) {
            frame.raw(std::array{kUbyteCode, *transfer.receiver_settle_mode});
        } else {
            frame.nulls(1);
        }
        frame.raw(state);
        frame.boolean(transfer.resume);
        frame.boolean(transfer.aborted);
        frame.boolean(transfer.batchable);
    }
    frame.end_list(plain ? kPlainPassage : kAllFields);
    const std::size_t chunk = std::min(payload.size(), frame_max - frame.size());
    if (chunk > 0) {
        frame.payload(payload.first(chunk));
    }
    payload = payload.subspan(chunk);
    link_.in_delivery_ = link_.in_delivery_ || !payload.empty();
    HotWriter::set_boolean(more_at, link_.in_delivery_);
    output.commit(frame);
}

/// With a state that is too long for a frame of the hot path: in a frame of its own.
void Passage::write_long(const Transfer& transfer, bool first, Bytes& payload) {
    FrameOutput& output = link_.session_.engine_.output_;
    Transfer head = transfer;
    head.handle = link_.handle_;
    head.delivery_id.reset();
    head.delivery_tag.reset();  // of a later frame nobody has looked at its size
    const std::array made{std::uint8_t{0}};
    if (first) {
        head.delivery_id = link_.delivery_;
        head.delivery_tag = transfer.delivery_tag.value_or(Bytes{made});
    }
    link_.in_delivery_ = link_.in_delivery_ || !payload.empty();
    head.more = link_.in_delivery_;
    output.write(link_.session_.channel_, head);
}

bool Passage::flow(const Flow& flow) {
    if (!link_.active()) {
        return true;
    }
    const bool crowded = link_.session_.engine_.output_.is_crowded();
    if (link_.receiver_ && (flow.properties.empty() || crowded)) {
        link_.credit_.keep(flow);
        link_.queue_flow();
        return true;
    }
    if (!link_.receiver_ && crowded) {
        link_.session_.engine_.awaits_room_ = true;
        return false;
    }
    write_whole(flow);
    return true;
}

bool Passage::update(const DeliveryUpdate& update) {
    if (!update.settled && link_.active() && link_.session_.engine_.output_.is_crowded()) {
        link_.session_.engine_.awaits_room_ = true;
        return false;
    }
    link_.update(update.id, update.state, update.settled, update.batchable);
    if (wire::outcome_of(update.state) == wire::Outcome::transactional) {
        link_.session_.write_dispositions();  // the transaction's end may be the next transfer
    }
    return true;
}

void Passage::write_whole(const Flow& flow) {
    Session& session = link_.session_;
    link_.credit_.keep(flow);
    const std::size_t frame_max = session.engine_.output_.frame_max();
    if (flow.properties.empty() || kFlowHeadMax + flow.properties.size() > frame_max) {
        session.write_flow(&link_);  // without those that the peer's frames do not hold
        return;
    }
    link_.flow_due_ = false;  // this one says more
    Flow whole = flow;
    if (session.life_ != SessionLife::begun) {
        whole.next_incoming_id = session.window_.next_incoming_id();
    }
    whole.incoming_window = session.window_.offer();
    whole.next_outgoing_id = session.window_.next_outgoing_id();
    whole.outgoing_window = kOutgoingWindow;
    whole.handle = link_.handle_;
    session.engine_.output_.write(session.channel_, whole);
}

}  // namespace weft::amqp

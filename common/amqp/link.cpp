#include "common/amqp/link.hpp"

#include "common/amqp/engine.hpp"
#include "common/amqp/fitting.hpp"
#include "common/base/assert.hpp"
#include "common/base/conditions.hpp"

#include <cstring>
#include <utility>

/// Attach, detach and credit. Spec: AMQP 1.0 §2.6
namespace weft::amqp {
namespace {

/// The link was detached without an error: whatever still comes is dropped.
constexpr std::uint32_t kAnyNumber = 0xffffffff;

constexpr std::string_view kTextsExceeded = "the names and addresses of the links are too long";
constexpr std::string_view kTerminusUnknown = "a source or target is of a type that is not known";

}  // namespace

Link::Link(
    Session& session, std::string_view name, std::size_t text_size, bool receiver, LinkLife life)
    : session_{session},
      name_{std::make_unique_for_overwrite<char[]>(name.size())},
      life_{life},
      receiver_{receiver},
      name_size_{static_cast<std::uint32_t>(name.size())},
      text_size_{static_cast<std::uint32_t>(text_size)} {
    std::memcpy(name_.get(), name.data(), name.size());
    session_.engine_.census_.add_texts(text_size_);
}

/// It is refused or gone, and its name not needed any more.
void Link::release_texts() {
    session_.engine_.census_.remove_texts(std::exchange(text_size_, 0));
    name_size_ = 0;
    name_.reset();
}

void Link::become(LinkLife life) {
    WEFT_CHECK(may_follow(life_, life));  // L1
    life_ = life;
}

bool Link::write_attach(const Attach& given) {
    Attach attach = given;
    attach.name = name();
    attach.handle = handle_;
    attach.receiver = receiver_;
    if (receiver_) {
        attach.initial_delivery_count.reset();
    } else if (!passes_ || !attach.initial_delivery_count) {
        attach.initial_delivery_count = credit_.count();
    } else {
        credit_.count_from(*attach.initial_delivery_count);
    }
    own_message_max_ = attach.max_message_size;
    if (passes_ && frame_size(attach) > session_.engine_.output_.frame_max()) {
        return false;  // nothing is left out of what is passed
    }
    return session_.engine_.output_.write_attach(session_.channel_, attach);
}

void Link::take_attach(const Attach& attach) {
    remote_handle_ = attach.handle;
    peer_message_max_ = attach.max_message_size;
    sender_settle_mode_ = attach.sender_settle_mode;
    receiver_settle_mode_ = attach.receiver_settle_mode;
    session_.links_.put_remote(attach.handle, *this);
    if (receiver_ && !passes_) {
        credit_.start(attach.initial_delivery_count.value_or(0));
    }
    if (life_ == LinkLife::withdrawn) {
        become(LinkLife::detaching);
        session_.engine_.link_names_.erase(*this);
        return;
    }
    const auto is_other = [](const std::optional<Terminus>& terminus) {
        return terminus && terminus->kind == Terminus::Kind::other;
    };
    const bool unknown = is_other(attach.source) || is_other(attach.target);
    if (unknown && life_ == LinkLife::asked) {
        refuse({kNotImplemented, kTerminusUnknown, {}});
        return;
    }
    Census::Share& census = session_.engine_.census_;
    if (life_ == LinkLife::asked &&
        (census.text_bytes() > kLinkTextsMax || !census.has_room_for_texts())) {
        refuse({kResourceLimitExceeded, kTextsExceeded, {}});
        release_texts();
        return;
    }
    if (life_ == LinkLife::offered) {
        become(LinkLife::attached);
    }
    if (unknown) {
        fail(kNotImplemented, kTerminusUnknown);
        return;
    }
    session_.engine_.handler_.on_attach(*this, attach);  // L2
}

bool Link::accept(const Attach& reply) {
    if (life_ != LinkLife::asked || !active()) {
        return true;
    }
    if (!write_attach(reply)) {
        refuse({kFrameSizeTooSmall, "the answer to the attach is too large for the peer", {}});
        return false;
    }
    become(LinkLife::attached);
    if (flow_due_) {
        queue_flow();
    }
    return true;
}

void Link::detach(bool closed, const std::optional<ErrorView>& error) {
    if (life_ == LinkLife::answering && has_session()) {
        answer_detach(closed, error);
    } else if (active()) {
        write_detach(closed, error);
        if (passes_ && life_ == LinkLife::attached) {
            become(LinkLife::departing);
            session_.engine_.link_names_.erase(*this);
            forget_deliveries();
        } else {
            forget();
        }
    }
}

void Link::write_detach(bool closed, const std::optional<ErrorView>& error) {
    session_.write_dispositions();
    if (life_ == LinkLife::asked) {
        [[maybe_unused]] const bool fits = write_attach({});  // without termini: refused
        WEFT_DCHECK(fits);                                    // else the session was ended
    }
    if (!receiver_ && in_delivery_ && session_.window_.remote() > 0) {
        write_abort();
    }
    session_.engine_.output_.write_ending(session_.channel_, Detach{handle_, closed, error});
    errant_frames_ = error ? session_.window_.incoming() : kAnyNumber;
}

void Link::take_detach(const Detach& detach) {
    if (passes_ && (life_ == LinkLife::attached || life_ == LinkLife::departing)) {
        take_passed_detach(detach);
        return;
    }
    if (live()) {
        in_delivery_ = false;  // the peer dropped it: nothing to abort
        write_detach(detach.closed, std::nullopt);
        forget();
        session_.engine_.handler_.on_detach(*this, detach.closed, pointer_to(detach.error));
    }
    session_.remove_link(*this);
}

void Link::fail(std::string_view condition, std::string_view description) {
    const ErrorView error{condition, description, {}};
    write_detach(true, error);
    forget();
    session_.engine_.handler_.on_detach(*this, true, &error);
}

/// The handler no longer knows it; the peer's detach, and its attach, may be outstanding.
void Link::forget() {
    become(life_ == LinkLife::offered ? LinkLife::withdrawn : LinkLife::detaching);
    forget_deliveries();
    if (life_ == LinkLife::detaching) {
        session_.engine_.link_names_.erase(*this);  // else the peer's answer must still find it
    }
}

void Link::forget_deliveries() {
    if (unsettled_ > 0) {
        session_.engine_.spend(DeliveryRing::kRingMax / 64);  // seen are slots, not deliveries
        session_.ring(receiver_).erase_link(*this, unsettled_);
    }
    unsettled_ = 0;
    prefix_left_.reset();
    if (abort_due_) {
        session_.owed_aborts_.remove(*this);
    }
}

/// A transfer of a link that we detached. What was under way then is dropped; a peer that goes on
/// after it must have seen the error is errant: it got further window only behind our detach.
void Link::take_stray_transfer() {
    if (errant_frames_ == kAnyNumber) {
        return;
    }
    if (errant_frames_ == 0) {
        session_.fail(kErrantLink, "a transfer came on a link detached for an error");
        return;
    }
    --errant_frames_;
}

void Link::queue_flow() {
    flow_due_ = true;
    session_.engine_.queued_links_.add(*this);
}

void Link::take_flow(const Flow& flow) {
    if (passes_) [[unlikely]] {
        if (life_ <= LinkLife::attached) {
            (void)(!receiver_ && credit_.take_receivers(flow));  // for who looks at it
            session_.engine_.handler_.on_passed(*this, flow);
        }
        return;
    }
    if (!flow.properties.empty() && life_ <= LinkLife::attached) [[unlikely]] {
        session_.engine_.handler_.on_flow_properties(*this, flow.properties);
        if (life_ > LinkLife::attached) {
            return;  // it was detached for them
        }
    }
    if (flow.echo) {
        queue_flow();
    }
    if (receiver_) {
        if (credit_.take_senders(flow)) {
            report_if_drained();
        } else if (credit_.flow_due()) {
            queue_flow();
        }
    } else if (credit_.take_receivers(flow) && life_ != LinkLife::asked) {
        session_.engine_.handler_.on_credit(*this);
    }
}

void Link::report_if_drained() {
    if (credit_.finish_drain()) {
        session_.engine_.handler_.on_drained(*this);
    }
}

void Link::grant(std::uint32_t credit, bool drain) {
    if (receiver_ && active() && credit_.grant(credit, drain)) {
        queue_flow();
    }
}

void Link::drain_told() {
    if (receiver_ && active() && credit_.drain_told_credit()) {
        queue_flow();
    }
}

void Link::drained() {
    if (!receiver_ && credit_.drain() && active()) {
        credit_.give_back();
        queue_flow();
    }
}

/// The link's part of a flow frame.
void Link::write_flow(HotWriter& frame) {
    flow_due_ = false;
    frame.uint(handle_);
    if (passes_) [[unlikely]] {
        credit_.write_kept(frame);
        return;
    }
    credit_.write(frame, receiver_, !receiver_ || life_ != LinkLife::offered);
}

}  // namespace weft::amqp

#include "common/amqp/engine.hpp"
#include "common/amqp/hot_reader.hpp"
#include "common/amqp/hot_writer.hpp"
#include "common/base/assert.hpp"
#include "common/base/conditions.hpp"
#include "common/base/serial.hpp"

#include <algorithm>

/// Session windows and link credit. Spec: AMQP 1.0 §2.5.6, §2.6.7–2.6.9, §2.7.4
namespace weft::amqp {
namespace {

constexpr std::size_t kFlowFrameMax = 80;
constexpr std::uint32_t kOutgoingWindow = 0x7fffffff;

/// What is left of `allowed` after `used`.
std::uint32_t left(std::uint32_t allowed, std::uint32_t used) {
    return allowed > used ? allowed - used : 0;
}

}  // namespace

void Engine::take_flow(Session& session, Bytes fields) {
    Flow flow;
    if (!read_hot(fields, flow)) {
        const Result<Flow> decoded = decode_flow(fields);
        if (!decoded) {
            fail_connection(decoded.error());
            return;
        }
        flow = *decoded;
    }
    take_session_flow(session, flow);
    if (flow.handle) {
        Link* link = session.by_remote_handle_.find(*flow.handle);
        if (link == nullptr) {
            fail_session(session, kUnattachedHandle, "a flow names a handle that is not attached");
            return;
        }
        if (link->live_) {
            take_link_flow(*link, flow);
        }
    } else if (flow.echo) {
        session.flow_due_ = true;
        queue_session(session);
    }
    if (awaits_window_ && session.remote_window_ > 0 && active(session)) {
        awaits_window_ = false;
        handler_.on_writable();
    }
}

void Engine::take_session_flow(Session& session, const Flow& flow) {
    session.next_incoming_id_ = flow.next_outgoing_id;
    const std::uint32_t seen = flow.next_incoming_id.value_or(options_.first_id);
    session.remote_window_ = left(flow.incoming_window, ahead(session.next_outgoing_id_, seen));
    if (session.aborts_due_ > 0) {
        write_due_aborts(session);
    }
}

void Engine::take_link_flow(Link& link, const Flow& flow) {
    if (flow.echo) {
        queue_link(link);
    }
    if (link.receiver_) {
        take_flow_of_sender(link, flow);
    } else {
        take_flow_of_receiver(link, flow);
    }
}

void Engine::take_flow_of_receiver(Link& link, const Flow& flow) {
    if (!flow.link_credit) {
        return;
    }
    // A receiver that has not seen our attach counts from our initial delivery-count.
    const std::uint32_t seen = flow.delivery_count.value_or(0);
    const std::uint32_t credit = left(*flow.link_credit, ahead(link.delivery_count_, seen));
    if (credit == link.credit_ && flow.drain == link.drain_ && !flow.drain) {
        return;
    }
    link.credit_ = credit;
    link.drain_ = flow.drain;
    if (link.attach_sent_) {
        handler_.on_credit(link);
    }
}

void Engine::take_flow_of_sender(Link& link, const Flow& flow) {
    link.available_ = flow.available.value_or(0);
    if (!flow.delivery_count) {
        return;
    }
    const std::uint32_t skipped = ahead(*flow.delivery_count, link.delivery_count_);
    link.delivery_count_ += skipped;
    if (ahead(link.delivery_count_, link.credit_limit_) > 0) {
        link.credit_limit_ = link.flow_limit_ = link.target_limit_ = link.delivery_count_;
    }
    if (link.drain_ && flow.link_credit.value_or(0) == 0) {
        report_if_drained(link);
    }
}

/// A delivery begins: one credit is used.
void Engine::count_incoming(Link& link) {
    ++link.delivery_count_;
    if (link.target_limit_ != link.flow_limit_ &&
        ahead(link.flow_limit_, link.delivery_count_) <= link.refresh_at_) {
        queue_link(link);
    }
}

void Engine::report_if_drained(Link& link) {
    if (link.drain_told_ && ahead(link.flow_limit_, link.delivery_count_) == 0) {
        link.drain_ = link.drain_told_ = false;
        link.flow_limit_ = link.target_limit_ = link.delivery_count_;
        handler_.on_drained(link);
    }
}

void Engine::grant(Link& link, std::uint32_t credit, bool drain) {
    if (!link.receiver_ || !active(link)) {
        return;
    }
    credit = std::min(credit, Link::kCreditMax);
    link.target_limit_ = link.delivery_count_ + credit;
    link.refresh_at_ = credit / 2;
    const std::uint32_t known = ahead(link.flow_limit_, link.delivery_count_);
    const bool more = credit > known && known <= link.refresh_at_;
    if (more || credit < known || drain != link.drain_) {
        queue_link(link);
    }
    // Without credit there is nothing to give back, so a sender says nothing unless it is asked.
    link.echo_ = drain && credit == 0;
    link.drain_told_ = link.drain_told_ && drain;
    link.drain_ = drain;
}

void Engine::drained(Link& link) {
    if (link.receiver_ || !link.drain_ || !active(link)) {
        return;
    }
    link.delivery_count_ += link.credit_;
    link.credit_ = 0;
    queue_link(link);
}

void Engine::hold(Session& session, std::ptrdiff_t bytes) {
    WEFT_DCHECK(bytes >= 0 || session.held_ >= static_cast<std::size_t>(-bytes));
    session.held_ += static_cast<std::size_t>(bytes);
    if (bytes < 0 && window_refresh_due(session)) {
        queue_session(session);
    }
}

std::uint32_t Engine::wanted_window(const Session& session) const {
    const std::size_t frames =
        (session.held_ + options_.max_frame_size - 1) / options_.max_frame_size;
    return frames < options_.session_window
               ? options_.session_window - static_cast<std::uint32_t>(frames)
               : 0;
}

bool Engine::window_refresh_due(const Session& session) const {
    if (session.incoming_window_ > options_.session_window / 2) [[likely]] {
        return false;
    }
    const std::uint32_t wanted = wanted_window(session);
    return wanted > session.incoming_window_ && session.incoming_window_ <= wanted / 2;
}

/// The session's state, and the link's if one is given.
void Engine::write_flow(Session& session, Link* link) {
    session.incoming_window_ = std::max(session.incoming_window_, wanted_window(session));
    session.flow_due_ = false;
    HotWriter parts{output_.reserve(kFlowFrameMax), session.channel_, Performative::flow};
    if (session.begin_received_) {
        parts.uint(session.next_incoming_id_);
    } else {
        parts.nulls(1);
    }
    parts.uint(session.incoming_window_);
    parts.uint(session.next_outgoing_id_);
    parts.uint(kOutgoingWindow);
    if (link == nullptr) {
        parts.end_list(4);
    } else {
        write_link_flow(parts, *link);
    }
    output_.commit(parts.end_frame());
    wrote_ = true;
}

void Engine::write_link_flow(HotWriter& parts, Link& link) {
    link.flow_due_ = false;
    if (link.receiver_) {
        link.drain_told_ = link.drain_;
        link.flow_limit_ = link.target_limit_;
        link.credit_limit_ += ahead(link.flow_limit_, link.credit_limit_);
    }
    parts.uint(link.handle_);
    if (link.receiver_ && !link.attach_received_) {
        parts.nulls(1);
    } else {
        parts.uint(link.delivery_count_);
    }
    parts.uint(link.credit());
    parts.nulls(1);  // available
    parts.boolean(link.drain_);
    parts.boolean(link.echo_);
    parts.end_list(10);
    link.echo_ = false;
}

}  // namespace weft::amqp

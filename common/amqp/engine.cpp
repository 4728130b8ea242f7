#include "common/amqp/engine.hpp"

#include "common/base/assert.hpp"
#include "common/base/conditions.hpp"
#include "common/wire/big_endian.hpp"
#include "common/wire/reader.hpp"

#include <utility>

/// Input, time and flush. Spec: AMQP 1.0 §2.3
namespace weft::amqp {

Engine::Engine(std::shared_ptr<const Options> options,
               Handler& handler,
               BlockPool& pool,
               Census* census)
    : options_{std::move(options)},
      handler_{handler},
      output_{pool},
      control_frame_max_{options_->control_frame_max},
      census_{census} {
    WEFT_CHECK(options_->max_frame_size >= kFrameSizeMin && options_->session_window > 0);
    scanner_.set_frame_max(options_->max_frame_size);
    output_.set_limit(options_->output_limit);
}

Engine::~Engine() = default;

void Engine::start(Instant now, Particulars own) {
    if (!own.properties.empty()) {
        properties_ = std::make_unique<const Buffer>(std::move(own.properties));
    }
    if (own.mechanisms != nullptr) {
        handshake_.offer(*own.mechanisms);
    }
    heartbeats_.start(now, options_->handshake_timeout);
    take_step(handshake_.start());
}

void Engine::receive(Bytes in, Instant now) {
    const bool goes_on = holds_input();
    heartbeats_.heard(now, !in.empty() || goes_on);
    steps_ = 0;
    if (!goes_on) {
        updates_ = state_bytes_ = 0;
    }
    take_unfinished();
    if (resumable()) {
        const Buffer held = scanner_.take_held();
        receive_all(held);
    }
    receive_all(in);
    if (!over_.empty()) [[unlikely]] {
        bury();
    }
}

void Engine::receive_all(Bytes in) {
    while (!finished()) {
        const bool over = handshake_.over();
        if (!over && handshake_.deciding()) {
            if (!scanner_.hold(in, kHeldInputMax)) {
                fail(kResourceLimitExceeded, "too much input before the SASL outcome");
            }
            return;
        }
        if (is_spent()) [[unlikely]] {
            [[maybe_unused]] const bool held = scanner_.hold(in, SIZE_MAX);
            return;
        }
        const bool header = !over && handshake_.awaits_header();
        const Bytes unit =
            scanner_.next(in, header ? FrameScanner::Unit::header : FrameScanner::Unit::frame);
        if (unit.empty()) {
            if (scanner_.failed()) {
                fail(kFramingError, "the size of a frame is not valid");
            }
            return;
        }
        if (header) {
            take_step(handshake_.take_header(unit));
        } else {
            take_frame(unit);
        }
    }
}

void Engine::take_frame(Bytes frame) {
    const std::size_t offset = frame[4] * std::size_t{4};
    if (offset < kFrameHeaderSize || offset > frame.size()) {
        fail(kFramingError, "the data offset of a frame is not valid");
        return;
    }
    const Bytes body = frame.subspan(offset);
    const FrameType type = handshake_.over() ? FrameType::amqp : FrameType::sasl;
    if (frame[5] != static_cast<std::uint8_t>(type)) {
        fail(kFramingError, "a frame of this type is not expected now");
        return;
    }
    if (type == FrameType::sasl) {
        take_step(handshake_.take_sasl_frame(body));
        return;
    }
    if (body.empty()) {
        return;  // keeps the connection alive
    }
    take_amqp_frame(wire::load_u16(frame.data() + 6), body, frame.size());
}

void Engine::take_amqp_frame(std::uint16_t channel, Bytes body, std::size_t frame_size) {
    std::uint64_t code = 0;
    Bytes fields;
    if (body.size() >= 4 && body[0] == 0 &&
        static_cast<wire::Code>(body[1]) == wire::Code::smallulong) [[likely]] {
        code = body[2];
        fields = body.subspan(3);
    } else {
        wire::Reader in{body};
        code = in.descriptor().value_or(0);
        fields = in.rest();
    }
    const auto which = static_cast<Performative>(code);
    const bool known = code >= static_cast<std::uint64_t>(Performative::open) &&
                       code <= static_cast<std::uint64_t>(Performative::close);
    if (!known) {
        fail(kDecodeError, "a frame's body is not a performative");
        return;
    }
    if (which != Performative::transfer && frame_size > control_frame_max_) {
        fail(kResourceLimitExceeded, "a performative is too large");
        return;
    }
    if (!is_open() && which != Performative::close) [[unlikely]] {
        if (!awaits_open()) {
            return;  // under way when we closed
        }
        if (which != Performative::open) {
            fail(kNotAllowed, "the first frame is not an open");
            return;
        }
    }
    take_performative(which, channel, fields);
}

void Engine::take_performative(Performative which, std::uint16_t channel, Bytes fields) {
    if (which == Performative::open) {
        take_open(fields);
    } else if (which == Performative::close) {
        take_close(fields);
    } else if (which == Performative::begin) {
        take_begin(channel, fields);
    } else if (Session* session = sessions_.find_remote(channel)) {
        session->take(which, fields);
    } else {
        fail(kNotFound, "no session is begun on channel " + std::to_string(channel));
    }
}

bool Engine::allows_update(const Disposition& disposition) {
    updates_ += disposition.settled ? 0 : 1;
    state_bytes_ +=
        disposition.state.size() > DispositionBatch::kStateMax ? disposition.state.size() : 0;
    return updates_ <= kUpdatesMax && state_bytes_ <= kStateBytesMax;
}

void Engine::postpone(Session& session, const Disposition& rest) {
    Buffer state{rest.state.begin(), rest.state.end()};
    unfinished_ = std::make_unique<Unfinished>(&session, rest, std::move(state));
    unfinished_->rest.state = unfinished_->state;
}

void Engine::take_unfinished() {
    if (const auto unfinished = std::exchange(unfinished_, nullptr)) {
        if (unfinished->session->active()) {
            unfinished->session->take_updates(unfinished->rest);
        }
    }
}

void Engine::write_queued() {
    queued_sessions_.for_each([](Session& session) {
        if (session.active()) {
            session.write_dispositions();
        }
    });
    const auto has_room = [this] { return !output_.is_crowded(); };
    queued_links_.take_while(has_room, [](Link& link) {
        // A flow may not come before our attach: accept queues it again.
        if (link.flow_due_ && !link.awaits_answer() && link.active()) {
            link.session_.write_flow(&link);
        }
    });
    queued_sessions_.take_while(has_room, [](Session& session) {
        if (session.active() && (session.flow_due_ || session.window_.offer_due())) {
            session.write_flow(nullptr);
        }
    });
    if (!owes_flows()) {
        queued_links_.bury();
        queued_sessions_.bury();
    }
}

void Engine::tell_room() {
    if (output_.size() <= output_.limit() / 2) {
        awaits_room_ = false;
        handler_.on_writable();
    }
}

Instant Engine::deadline() const {
    if (finished()) {
        return kNever;
    }
    return resumable() ? heartbeats_.now() : heartbeats_.deadline();
}

void Engine::tick(Instant now) {
    if (finished()) {
        return;
    }
    if (resumable()) {
        receive({}, now);
    }
    switch (heartbeats_.check(now)) {
        case Heartbeats::Due::nothing:
            break;
        case Heartbeats::Due::heartbeat:
            if (is_open()) {
                output_.write(FrameType::amqp, 0, {});
            }
            break;
        case Heartbeats::Due::close_unanswered:
            fail(kResourceLimitExceeded, "the peer did not answer our close in time");
            break;
        case Heartbeats::Due::handshake_late:
            fail(kResourceLimitExceeded, "the handshake was not complete in time");
            break;
        case Heartbeats::Due::peer_silent:
            fail(kResourceLimitExceeded, "the peer was idle for too long (idle time-out)");
            break;
    }
}

}  // namespace weft::amqp

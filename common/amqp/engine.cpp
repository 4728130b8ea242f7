#include "common/amqp/engine.hpp"

#include "common/base/assert.hpp"
#include "common/base/conditions.hpp"
#include "common/wire/big_endian.hpp"
#include "common/wire/reader.hpp"

#include <utility>

namespace weft::amqp {
namespace {

constexpr std::uint8_t kAmqpFrame = 0;
constexpr std::uint8_t kSaslFrame = 1;
constexpr std::uint32_t kFrameSizeMin = 512;

}  // namespace

Engine::Engine(Options options, Handler& handler, BlockPool& pool)
    : options_{std::move(options)}, handler_{handler}, output_{pool} {
    WEFT_CHECK(options_.max_frame_size >= kFrameSizeMin && options_.session_window > 0);
    scanner_.set_frame_max(options_.max_frame_size);
}

Engine::~Engine() = default;

void Engine::receive(Bytes in, Instant now) {
    now_ = now;
    updates_ = state_bytes_ = 0;
    if (!in.empty() && silent_at_ != kNever) {
        silent_at_ = now + 2 * options_.idle_timeout;
    }
    if (output_.size() > kOutputMax) {
        fail_connection(kResourceLimitExceeded, "too much output is unread");
    }
    if (scanner_.holds() && phase_ != Phase::sasl_asking) {
        const Buffer held = scanner_.take_held();
        receive_all(held);
    }
    receive_all(in);
}

void Engine::receive_all(Bytes in) {
    while (phase_ != Phase::done) {
        if (phase_ == Phase::sasl_asking) {
            if (!scanner_.hold(in, kHeldInputMax)) {
                fail_connection(kResourceLimitExceeded, "too much input before the SASL outcome");
            }
            return;
        }
        const bool header = phase_ == Phase::header || phase_ == Phase::amqp_header;
        const Bytes unit =
            scanner_.next(in, header ? FrameScanner::Unit::header : FrameScanner::Unit::frame);
        if (unit.empty()) {
            if (scanner_.failed()) {
                fail_connection(kFramingError, "the size of a frame is not valid");
            }
            return;
        }
        if (header) {
            take_header(unit);
        } else {
            take_frame(unit);
        }
    }
}

void Engine::take_frame(Bytes frame) {
    const std::size_t offset = frame[4] * std::size_t{4};
    if (offset < kFrameHeaderSize || offset > frame.size()) {
        fail_connection(kFramingError, "the data offset of a frame is not valid");
        return;
    }
    const Bytes body = frame.subspan(offset);
    const std::uint8_t type = phase_ == Phase::sasl ? kSaslFrame : kAmqpFrame;
    if (frame[5] != type) {
        fail_connection(kFramingError, "a frame of this type is not expected now");
        return;
    }
    if (type == kSaslFrame) {
        take_sasl_frame(body);
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
        fail_connection(kDecodeError, "a frame's body is not a performative");
        return;
    }
    if (which != Performative::transfer && frame_size > options_.control_frame_max) {
        fail_connection(kResourceLimitExceeded, "a performative is too large");
        return;
    }
    if (phase_ == Phase::closing && which != Performative::close) {
        return;
    }
    if (phase_ == Phase::opening && which != Performative::open && which != Performative::close) {
        fail_connection(kNotAllowed, "the first frame is not an open");
        return;
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
    } else if (Session* session = by_remote_channel_.find(channel)) {
        take_session_performative(which, *session, fields);
    } else {
        fail_connection(kNotFound, "no session is begun on channel " + std::to_string(channel));
    }
}

void Engine::take_session_performative(Performative which, Session& session, Bytes fields) {
    if (which == Performative::end) {
        take_end(session, fields);
        return;
    }
    if (session.end_sent_) {
        return;  // under way when we ended
    }
    switch (which) {
        case Performative::transfer:
            take_transfer(session, fields);
            break;
        case Performative::disposition:
            take_disposition(session, fields);
            break;
        case Performative::flow:
            take_flow(session, fields);
            break;
        case Performative::attach:
            take_attach(session, fields);
            break;
        case Performative::detach:
            take_detach(session, fields);
            break;
        case Performative::open:
        case Performative::begin:
        case Performative::end:
        case Performative::close:
        case Performative::sasl_mechanisms:
        case Performative::sasl_init:
        case Performative::sasl_challenge:
        case Performative::sasl_response:
        case Performative::sasl_outcome:
            break;  // handled above, or refused as unknown
    }
}

}  // namespace weft::amqp

#pragma once

#include "common/amqp/performatives.hpp"
#include "common/base/assert.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace weft::amqp {

/// Nothing waits in the engine to be sent, so any number of frames may follow.
inline constexpr std::uint32_t kOutgoingWindow = 0x7fffffff;

/// How many transfer frames may pass on a session, each way.
///
/// The window that we offer shrinks by what the handler holds of earlier frames; it is offered anew
/// once half of it is used.
///
/// Invariants:
///   W1  `incoming` is what the peer may still send by what it was told: it falls by frames that
///       came, and rises only by `offer`
///   W2  what is offered is at most the session's window less the frames that are held
///
/// Units: transfer frames, and serial numbers of them. Threading: not shared.
/// Spec: AMQP 1.0 §2.5.6, §2.7.4
class SessionWindow {
public:
    /// `frames` of `frame_size` bytes are what we are ready to hold.
    SessionWindow(std::uint32_t frames, std::uint32_t frame_size, std::uint32_t first_id)
        : frames_{frames},
          frame_size_{frame_size},
          incoming_{frames},
          next_outgoing_id_{first_id},
          first_id_{first_id} {}

    /// Frames that the peer may still send, and is ready to take.
    std::uint32_t incoming() const { return incoming_; }
    std::uint32_t remote() const { return remote_; }
    std::uint32_t next_incoming_id() const { return next_incoming_id_; }
    std::uint32_t next_outgoing_id() const { return next_outgoing_id_; }

    /// The peer's begin.
    void begin(std::uint32_t next_outgoing_id, std::uint32_t incoming_window) {
        next_incoming_id_ = next_outgoing_id;
        remote_ = incoming_window;
    }
    /// The peer's flow: frames that it had not seen yet when it wrote that take from its window.
    void take_flow(const Flow& flow);

    /// One came; false: it may not.
    bool take_frame() {
        if (incoming_ == 0) {
            return false;
        }
        --incoming_;  // W1
        ++next_incoming_id_;
        return true;
    }
    /// One goes out; `remote` must not be zero.
    void use_frame() {
        WEFT_DCHECK(remote_ > 0);
        ++next_outgoing_id_;
        --remote_;
    }

    /// The handler holds so many bytes more; negative: no longer.
    void hold(std::ptrdiff_t bytes);
    /// Half of what could be offered is used.
    bool offer_due() const {
        return incoming_ <= frames_ / 2 && wanted() > incoming_ && incoming_ <= wanted() / 2;
    }
    /// What the flow that is written now offers.
    std::uint32_t offer() {
        incoming_ = std::max(incoming_, wanted());  // W1, W2
        return incoming_;
    }

private:
    std::uint32_t wanted() const;

    std::size_t held_ = 0;  // bytes
    std::uint32_t frames_;
    std::uint32_t frame_size_;  // bytes
    std::uint32_t incoming_;
    std::uint32_t remote_ = 0;
    std::uint32_t next_incoming_id_ = 0;
    std::uint32_t next_outgoing_id_;
    std::uint32_t first_id_;
};

}  // namespace weft::amqp

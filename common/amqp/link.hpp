#pragma once

#include "common/amqp/handler.hpp"

#include <cstdint>
#include <memory>
#include <string_view>

namespace weft::amqp {

/// Bytes of a link's name; a longer one ends the session with amqp:invalid-field.
inline constexpr std::size_t kLinkNameMax = 1024;

/// One end of a link, ours. Made by the engine; valid until its on_detach, or until the engine was
/// told to detach or refuse it.
/// Threading: as the engine. Spec: AMQP 1.0 §2.6
class Link {
public:
    /// The handler's own word; the engine never looks at it.
    std::uintptr_t user = 0;

    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    bool is_receiver() const { return receiver_; }  // our role
    Session& session() const { return *session_; }
    std::string_view name() const { return {name_.get(), name_size_}; }
    /// Our number for it, unique in the session while the link lives.
    std::uint32_t handle() const { return handle_; }

    /// The peer attached and waits for accept or refuse.
    bool awaits_answer() const { return live_ && attach_received_ && !attach_sent_; }

    /// Deliveries. We send: what the peer allows now. We receive: what the peer may still send.
    std::uint32_t credit() const {
        if (!receiver_) {
            return credit_;
        }
        const std::uint32_t left = target_limit_ - delivery_count_;
        return left <= kCreditMax ? left : 0;
    }
    /// We send: the peer asks to use the credit up. We receive: we asked, and the answer is not
    /// there.
    bool drain() const { return drain_; }
    /// We receive: what the peer said is waiting on its side.
    std::uint32_t available() const { return available_; }
    std::uint32_t delivery_count() const { return delivery_count_; }
    /// Deliveries, of our direction alone, that are not settled.
    std::uint32_t unsettled() const { return unsettled_; }
    /// A delivery has begun and is not complete.
    bool in_delivery() const { return in_delivery_; }

    /// Bytes; 0: unlimited. The peer's, known once it attached.
    std::uint64_t max_message_size() const { return peer_message_max_; }
    SenderSettleMode sender_settle_mode() const { return sender_settle_mode_; }
    ReceiverSettleMode receiver_settle_mode() const { return receiver_settle_mode_; }

private:
    friend class Engine;
    friend struct LinkKey;

    /// What can be granted at once: half the number space, so that limits compare.
    static constexpr std::uint32_t kCreditMax = 0x7fffffff;

    Link(Session& session, std::string_view name, bool receiver);

    Session* session_;
    Link* next_queued_ = nullptr;
    std::unique_ptr<char[]> name_;
    std::uint64_t peer_message_max_ = 0;
    std::uint64_t own_message_max_ = 0;
    std::uint64_t received_bytes_ = 0;  // of the delivery coming in
    Context context_ = 0;               // of the delivery coming in

    std::uint32_t handle_ = 0;
    std::uint32_t remote_handle_ = 0;
    std::uint32_t delivery_count_ = 0;
    std::uint32_t credit_ = 0;  // we send
    // We receive. Limits are delivery counts up to which deliveries may come: what the handler
    // wants, what the last flow said, and the highest that any flow said (the peer may use it).
    std::uint32_t target_limit_ = 0;
    std::uint32_t flow_limit_ = 0;
    std::uint32_t credit_limit_ = 0;
    std::uint32_t refresh_at_ = 0;  // credit left at which the next flow goes out
    std::uint32_t available_ = 0;
    std::uint32_t delivery_ = 0;       // id of the delivery that has begun
    std::uint32_t unsettled_ = 0;      // entries in the session's ring
    std::uint32_t errant_frames_ = 0;  // after an error: transfers that may still be under way

    std::uint16_t name_size_ = 0;
    bool receiver_ : 1;
    bool live_ : 1 = true;  // the handler knows it
    bool attach_sent_ : 1 = false;
    bool attach_received_ : 1 = false;
    bool detach_sent_ : 1 = false;
    bool failed_ : 1 = false;  // detached by us with an error
    bool queued_ : 1 = false;  // for the next flush
    bool flow_due_ : 1 = false;
    bool drain_ : 1 = false;
    bool drain_told_ : 1 = false;  // we receive: a flow said so
    bool echo_ : 1 = false;        // the next flow asks for one in return
    bool in_delivery_ : 1 = false;
    bool delivery_settled_ : 1 = false;
    bool delivery_dropped_ : 1 = false;  // coming in, settled by the handler: the rest is not told
    bool abort_due_ : 1 = false;         // going out: aborted, waits for the session's window
    SenderSettleMode sender_settle_mode_ : 2 = SenderSettleMode::mixed;
    ReceiverSettleMode receiver_settle_mode_ : 1 = ReceiverSettleMode::first;
};

}  // namespace weft::amqp

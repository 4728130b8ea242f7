#pragma once

#include "common/amqp/delivery.hpp"
#include "common/amqp/link_credit.hpp"
#include "common/amqp/lives.hpp"
#include "common/amqp/performatives.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace weft::amqp {

class Engine;
class Session;
template <class T>
class FlushQueue;

/// One end of a link, ours. Made by the engine; valid until its on_detach, or until it was told to
/// detach or refuse. Its calls do nothing once its session or connection is over.
///
/// Invariants:
///   L1  its life makes only the transitions of lives.hpp
///   L2  the handler hears of it only while it is asked, offered or attached
///   L3  `unsettled` is the count of its entries in the session's ring of its direction
///
/// Threading: as the engine. Spec: AMQP 1.0 §2.6
class Link {
public:
    /// The handler's own word; the engine never looks at it.
    std::uintptr_t user = 0;

    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    bool is_receiver() const { return receiver_; }  // our role
    Session& session() const { return session_; }
    std::string_view name() const { return {name_.get(), name_size_}; }
    /// Our number for it, unique in the session while the link lives.
    std::uint32_t handle() const { return handle_; }
    /// Its session is not over.
    bool has_session() const;
    /// What comes and goes on it is passed as it is: see Passage.
    bool passes() const { return passes_; }
    /// The peer attached and waits for accept or refuse.
    bool awaits_answer() const { return life_ == LinkLife::asked; }

    /// Deliveries. We send: what the peer allows now. We receive: what the peer may still send.
    std::uint32_t credit() const { return credit_.credit(receiver_); }
    /// We send: the peer asks to use the credit up. We receive: we asked, and the answer is not
    /// there.
    bool drain() const { return credit_.drain(); }
    /// We receive: what the peer said is waiting on its side.
    std::uint32_t available() const { return credit_.available(); }
    std::uint32_t delivery_count() const { return credit_.count(); }
    /// Deliveries, of our direction alone, that are not settled.
    std::uint32_t unsettled() const { return unsettled_; }
    /// A delivery has begun and is not complete.
    bool in_delivery() const { return in_delivery_; }

    /// Bytes; 0: unlimited. The peer's, known once it attached.
    std::uint64_t max_message_size() const { return peer_message_max_; }
    SenderSettleMode sender_settle_mode() const { return sender_settle_mode_; }
    ReceiverSettleMode receiver_settle_mode() const { return receiver_settle_mode_; }

    // --- calls -----------------------------------------------------------------------------
    /// Answers the peer's attach. `reply` gives termini, settle modes, sizes, capabilities and
    /// properties; name, handle and role are filled in. Credit may be there already. What is
    /// optional and does not fit the peer's frames is left out (fitting.hpp); false: the rest does
    /// not fit either, and the link was refused with amqp:frame-size-too-small.
    [[nodiscard]] bool accept(const Attach& reply);
    /// Answers with an attach without the terminus asked for, then detaches with `error`.
    /// Spec: AMQP 1.0 §2.6.3
    void refuse(const ErrorView& error) { detach(true, error); }
    /// Pending dispositions go out first; a delivery sent half is aborted. A link that passes is
    /// told of the peer's detach afterwards, or this is the answer to that.
    void detach(bool closed, const std::optional<ErrorView>& error);

    /// Sends the next bytes of the current delivery, or starts one with `head`.
    ///
    /// Takes what credit (for a start), the session's window and the output's room allow; if not
    /// all, on_writable, on_window or on_credit follows when trying again is worth while. `more`:
    /// further bytes will be given in a later call. A prefix goes before all payload, in pieces if
    /// the window is smaller; the output's limit may be passed by it.
    Sent send(const OutgoingDelivery& head, Bytes payload, bool more);
    /// Aborts the delivery that was started and is not complete; it counts as settled.
    void abort();
    /// Changes the state of a delivery of either direction; settled forgets it. Of a delivery that
    /// is still coming in, the rest is then dropped unseen. It goes out at the next flush, or
    /// before, in a range with those next to it (dispositions.hpp).
    void update(DeliveryId id, Bytes state, bool settled, bool batchable = false);
    /// We receive: sets what the sender may still send, counted from the deliveries received so
    /// far. The flow frame goes out when the sender has used half of `credit`, or with the next
    /// flush if it had none; a lower value than before, or `drain`, goes out at the next flush.
    void grant(std::uint32_t credit, bool drain = false);
    /// We receive: the sender is asked to use up, or give back, the credit that it was told of.
    void drain_told();
    /// We send and the peer drains: uses up its credit and says so.
    void drained();

private:
    friend class Engine;
    friend class OwedAborts;
    friend class Passage;
    friend class Session;
    friend class FlushQueue<Link>;

    /// `text_size`: bytes of its name and addresses.
    Link(Session& session,
         std::string_view name,
         std::size_t text_size,
         bool receiver,
         LinkLife life);

    // link.cpp: its life, its flows
    void become(LinkLife life);
    bool live() const { return life_ <= LinkLife::departing; }
    /// What we say on it means something.
    bool active() const;
    /// Our attach is sent and the peer's is not here.
    bool awaits_peer() const { return life_ == LinkLife::offered || life_ == LinkLife::withdrawn; }
    void queue_flow();
    bool write_attach(const Attach& given);
    void take_attach(const Attach& attach);
    void write_detach(bool closed, const std::optional<ErrorView>& error);
    void take_detach(const Detach& detach);
    void fail(std::string_view condition, std::string_view description);
    void forget();
    void forget_deliveries();
    void release_texts();
    void take_flow(const Flow& flow);
    void write_flow(HotWriter& frame);
    void report_if_drained();

    // link_receiving.cpp
    void take_transfer(const Transfer& transfer, Bytes payload);
    bool number_incoming(const Transfer& transfer);
    void take_stray_transfer();
    bool start_incoming(const Transfer& transfer);
    void settle_incoming();
    void end_oversize(bool first);
    void tell_incoming(const Transfer& transfer, bool first, Bytes payload);

    // passage.cpp: of one that passes
    void take_passed(const Transfer& transfer, bool first, Bytes payload);
    void take_passed_detach(const Detach& detach);
    void answer_detach(bool closed, const std::optional<ErrorView>& error);

    // link_sending.cpp
    bool lacks_credit() const;
    bool may_send() const;
    Sent send_with_head(const OutgoingDelivery& head, Bytes payload, bool more);
    Sent start_with_state(const OutgoingDelivery& head, Bytes payload, bool more);
    Sent send_prefix(const OutgoingDelivery& head, Bytes prefix, Bytes payload, bool more);
    void keep_prefix(Bytes prefix);
    Sent send_payload(const OutgoingDelivery& head, Bytes payload, bool more);
    template <class... Pieces>
    void write_transfer_frame(const OutgoingDelivery& head, bool more, Pieces&... pieces);
    void start_outgoing(const OutgoingDelivery& head);
    void write_abort();

    Session& session_;
    Link* next_queued_ = nullptr;
    std::unique_ptr<char[]> name_;
    std::uint64_t peer_message_max_ = 0;
    std::uint64_t own_message_max_ = 0;
    std::uint64_t received_bytes_ = 0;     // of the delivery coming in
    Context context_ = 0;                  // of the delivery coming in
    std::unique_ptr<Buffer> prefix_left_;  // of the delivery going out; mostly null

    // The members after it stand in its last bytes, which it leaves free.
    [[no_unique_address]] LinkCredit credit_;
    LinkLife life_;
    bool receiver_ : 1;
    bool queued_ : 1 = false;  // for the next flush
    bool flow_due_ : 1 = false;
    bool in_delivery_ : 1 = false;
    bool delivery_settled_ : 1 = false;
    bool delivery_dropped_ : 1 = false;  // coming in, settled by the handler or resumed: not told
    bool passes_ : 1 = false;
    bool abort_due_ : 1 = false;  // going out: aborted, waits for the session's window
    bool unmapped_ : 1 = false;   // the peer detached it: its handle may be another's by now
    ReceiverSettleMode receiver_settle_mode_ : 1 = ReceiverSettleMode::first;
    SenderSettleMode sender_settle_mode_ : 2 = SenderSettleMode::mixed;

    std::uint32_t handle_ = 0;
    std::uint32_t remote_handle_ = 0;
    std::uint32_t delivery_ = 0;       // id of the delivery that has begun
    std::uint32_t unsettled_ = 0;      // entries in the session's ring
    std::uint32_t owing_at_ = 0;       // among its session's links that owe an abort
    std::uint32_t errant_frames_ = 0;  // detached: transfers that may still be under way
    std::uint32_t name_size_ = 0;
    std::uint32_t text_size_;  // against kLinkTextsMax
};

}  // namespace weft::amqp

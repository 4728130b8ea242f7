#pragma once

#include "common/amqp/frame_scanner.hpp"
#include "common/amqp/handler.hpp"
#include "common/amqp/link.hpp"
#include "common/amqp/link_names.hpp"
#include "common/amqp/session.hpp"
#include "common/base/out_buffer.hpp"
#include "common/base/time.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weft::amqp {

class HotWriter;

struct Options {
    bool server = true;
    bool require_sasl = false;  // server: a bare AMQP header is refused
    std::string container_id{};
    std::string hostname{};                   // client: the peer's
    std::uint32_t max_frame_size = 16384;     // bytes, what we are ready to receive; ≥ 512
    std::uint16_t channel_max = 32767;        // sessions − 1
    std::uint32_t handle_max = 65535;         // links of a session − 1
    std::uint32_t links_max = 262144;         // of the connection, all sessions together
    std::uint32_t session_window = 512;       // frames we are ready to receive
    std::size_t output_limit = 1 << 18;       // bytes unsent above which send takes nothing
    std::size_t control_frame_max = 1 << 16;  // bytes of a performative but transfer's payload
    Duration idle_timeout{};       // advertised; twice that without a byte is the end; 0: none
    Duration handshake_timeout{};  // from start() until the peer's open; 0: none
    std::vector<std::string> sasl_mechanisms{};  // server: offered. client: the first is used;
                                                 // empty: no SASL
    Buffer sasl_response{};                      // client: initial response
    Buffer properties{};                         // of our open: an encoded map, may be empty
    Buffer offered_capabilities{};               // encoded array of symbols, may be empty
    Buffer desired_capabilities{};
    std::uint32_t first_id = 0;  // of a session's transfers and deliveries that we send
};

/// What `send` did with the bytes it was given.
struct Sent {
    std::size_t taken = 0;  // of the payload; a prefix is not counted
    bool started = false;   // the delivery has its id and took one credit
    bool complete = false;  // the last frame is written
    DeliveryId id = 0;
};

/// How a delivery goes out; looked at only for its first frame.
struct OutgoingDelivery {
    Context context = 0;
    std::uint32_t message_format = 0;
    bool settled = false;
    bool batchable = false;
    Bytes tag{};     // empty, or longer than kDeliveryTagMax: the engine makes one
    Bytes prefix{};  // written before the payload; whole, or the delivery is not started
};

/// Spec: AMQP 1.0 §2.8.7
inline constexpr std::size_t kDeliveryTagMax = 32;
/// Bytes that may arrive while a SASL decision is awaited.
inline constexpr std::size_t kHeldInputMax = 1 << 16;
/// Unsent bytes at which a peer that keeps asking and does not read is given up.
inline constexpr std::size_t kOutputMax = 1 << 24;
/// Of what one read brings: updates that settle nothing, and so may come again and again, and bytes
/// of states that can't be passed on as ranges, each for one delivery. A session that brings more
/// is ended.
inline constexpr std::size_t kUpdatesMax = 1 << 18;
inline constexpr std::size_t kStateBytesMax = 1 << 22;
/// Bytes of a frame that we send, whatever the peer could take.
inline constexpr std::uint32_t kFrameSentMax = 1 << 16;
/// Bytes of the peer's container id that are kept.
inline constexpr std::size_t kContainerIdMax = 256;
/// How long the answer to our close is awaited.
inline constexpr Duration kCloseTimeout = std::chrono::seconds(5);

/// One AMQP connection as a machine: bytes in → events, calls → bytes out.
///
/// Knows no sockets, threads or clocks. Enforces the spec against the peer: credit, windows, frame
/// sizes, handles, phases; a violation ends the link, session or connection with the condition that
/// the spec names. Answers by itself what needs no decision: headers, open, begin, detach, end,
/// close, echo, empty frames. Each look-up by channel, handle or delivery id is O(1).
///
/// Output collects in `output()`. Dispositions and flows are coalesced until `flush`, which the
/// owner calls once after a batch of input or calls.
///
/// Calls for a link, session or connection that is over already (a close was sent, say) do nothing.
/// A peer's wish to resume deliveries is not granted: their transfers are new deliveries.
/// The engine may not be destroyed from within one of its events.
///
/// Threading: loop-confined. Spec: AMQP 1.0 §2, §5.3
class Engine {
public:
    /// `handler` and `pool` must outlive the engine.
    Engine(Options options, Handler& handler, BlockPool& pool);
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    /// Starts the clocks; a client sends its header (and SASL init, open). Once.
    void start(Instant now);
    /// Takes all of `in`; a frame cut off at its end is kept until the rest comes.
    void receive(Bytes in, Instant now);
    /// Writes coalesced dispositions, credit and session windows to the output.
    void flush();
    OutBuffer& output() { return output_; }
    const OutBuffer& output() const { return output_; }
    /// Input that waits for the rest of its frame or for a SASL decision.
    Bytes unused_input() const { return scanner_.waiting(); }
    /// The owner wrote output away: calls on_writable if somebody waits for room.
    void output_drained();
    /// The earliest moment at which `tick` has something to do; may change with every call.
    Instant deadline() const;
    /// Sends an empty frame if one is due; closes on time-outs.
    void tick(Instant now);
    /// The transport is gone: reports on_detach and on_end for all that was open, then on_close
    /// (unless it was reported). Every owner calls it at the end, so on_close comes exactly once.
    /// Not from within an event.
    void abandon(const ErrorView* error);
    /// Nothing more will be read or produced: drop the transport once the output is written.
    bool finished() const { return phase_ == Phase::done; }
    /// Both opens were exchanged, no close.
    bool is_open() const { return phase_ == Phase::open; }

    // The peer's side, for management.
    const std::string& remote_container() const { return remote_container_; }
    std::uint32_t remote_max_frame_size() const { return remote_frame_max_; }

    // --- calls -----------------------------------------------------------------------------
    // A SASL answer given outside of on_sasl_*: input held meanwhile is taken up by the next
    // receive (an empty one will do) or tick (deadline() says at once).
    void sasl_challenge(Bytes challenge);
    /// code: 0 ok, 1 auth, 2 sys, 3 sys-perm, 4 sys-temp. Spec: AMQP 1.0 §5.3.3.6
    void sasl_outcome(std::uint8_t code, Bytes additional_data);

    /// The handler's on_close comes when the peer has answered, or with `abandon`; meanwhile only
    /// that. Links and sessions that were open are reported before it.
    void close(const std::optional<ErrorView>& error);

    /// A client may begin as soon as its open is sent, a server from on_open on.
    /// Null if the peer's channel-max is reached, or before open and after close.
    Session* begin();
    void end(Session& session, const std::optional<ErrorView>& error);

    /// Attaches a link of our own; role and name are taken from `attach` (its handle is chosen by
    /// the engine; name ≤ kLinkNameMax bytes). The peer's answer comes as on_attach; a refusal is
    /// an on_attach whose target (source) is absent, and an on_detach.
    /// Null if the peer's handle-max or links_max is reached, the name is in use, or the session is
    /// over.
    Link* attach(Session& session, const Attach& attach);
    /// Answers the peer's attach. `reply` gives termini, settle modes, sizes, capabilities and
    /// properties; name, handle and role are filled in. Credit may be there already. The attach
    /// must fit one frame of the peer's, remote_max_frame_size().
    void accept(Link& link, const Attach& reply);
    /// Answers with an attach without the terminus asked for, then detaches with `error`.
    /// Spec: AMQP 1.0 §2.6.3
    void refuse(Link& link, const ErrorView& error);
    /// Pending dispositions go out first; a delivery sent half is aborted.
    void detach(Link& link, bool closed, const std::optional<ErrorView>& error);

    /// Sends the next bytes of the link's current delivery, or starts one with `head`.
    ///
    /// Takes what credit (for a start), the session's window and the output's room allow; if not
    /// all, on_writable or on_credit follows when trying again is worth while. `more`: further
    /// bytes will be given in a later call. A prefix starts its delivery once the window has room
    /// for all of its frames; the output's limit may be passed by them.
    Sent send(Link& link, const OutgoingDelivery& head, Bytes payload, bool more);
    /// Aborts the delivery that was started and is not complete; it counts as settled.
    void abort(Link& link);
    /// Changes the state of a delivery of either direction; settled forgets it. Of a delivery that
    /// is still coming in, the rest is then dropped unseen.
    void update(Link& link, DeliveryId id, Bytes state, bool settled);
    /// We receive: sets what the sender may still send, counted from the deliveries received so
    /// far. The flow frame goes out when the sender has used half of `credit`, or with the next
    /// flush if it had none; a lower value than before, or `drain`, goes out at the next flush.
    void grant(Link& link, std::uint32_t credit, bool drain = false);
    /// We send and the peer drains: uses up its credit and says so.
    void drained(Link& link);
    /// `bytes` received on the session are held by the handler (or, negative, no longer are):
    /// they take from the window that the peer may fill.
    void hold(Session& session, std::ptrdiff_t bytes);

private:
    enum class Phase : std::uint8_t {
        header,       // a protocol header is awaited, SASL or AMQP
        sasl,         // a SASL frame is awaited
        sasl_asking,  // the handler decides
        amqp_header,  // the AMQP header after SASL
        opening,      // the peer's open is awaited
        open,
        closing,  // our close is sent, the peer's awaited
        done,
    };

    // engine.cpp: input
    void receive_all(Bytes in);
    void take_frame(Bytes frame);
    void take_amqp_frame(std::uint16_t channel, Bytes body, std::size_t frame_size);
    void take_performative(Performative which, std::uint16_t channel, Bytes fields);
    void take_session_performative(Performative which, Session& session, Bytes fields);

    // engine_handshake.cpp: headers and SASL
    void take_header(Bytes header);
    void refuse_header();
    void write_header(std::uint8_t protocol_id);
    void take_sasl_frame(Bytes body);
    void take_sasl_init(Bytes fields);
    void take_sasl_response(Bytes fields);
    void take_sasl_mechanisms(Bytes fields);
    void take_sasl_outcome(Bytes fields);

    // engine_connection.cpp: open, close, the end
    void write_open();
    void take_open(Bytes fields);
    void take_close(Bytes fields);
    void write_close(const std::optional<ErrorView>& error);
    void fail_connection(std::string_view condition, std::string_view description);
    void fail_connection(const Error& error) { fail_connection(error.condition, error.text); }
    void report_all_gone(bool by_peer, const ErrorView* error);
    static const ErrorView* pointer_to(const std::optional<ErrorView>& error) {
        return error ? &*error : nullptr;
    }

    // engine_timers.cpp
    void start_heartbeats(std::uint32_t peer_timeout_ms);

    // engine_sessions.cpp
    Session* add_session();
    void write_begin(Session& session);
    void take_begin(std::uint16_t channel, Bytes fields);
    void take_end(Session& session, Bytes fields);
    void fail_session(Session& session, std::string_view condition, std::string_view description);
    void write_end(Session& session, const std::optional<ErrorView>& error);
    void report_session_gone(Session& session, const ErrorView* error);
    void remove_session(Session& session);

    // engine_links.cpp
    Link* add_link(Session& session, std::string_view name, bool receiver);
    void take_attach(Session& session, Bytes fields);
    void take_attach_of(Link& link, const Attach& attach);
    void take_detach(Session& session, Bytes fields);
    void write_attach(Link& link, const Attach& reply);
    void write_detach(Link& link, bool closed, const std::optional<ErrorView>& error);
    void fail_link(Link& link, std::string_view condition, std::string_view description);
    void forget_link(Link& link);
    void remove_link(Link& link);
    void unregister(Link& link);

    // engine_receiving.cpp
    void take_transfer(Session& session, Bytes fields);
    bool number_incoming(Link& link, const Transfer& transfer);
    void take_stray_transfer(Link& link);
    bool start_incoming(Link& link, const Transfer& transfer);
    void settle_incoming(Link& link);
    void tell_incoming(Link& link, const Transfer& transfer, bool first, Bytes payload);

    // engine_sending.cpp
    bool may_send(const Link& link, std::size_t frames);
    Sent start_with_prefix(Link& link, const OutgoingDelivery& head, Bytes payload, bool more);
    Sent send_payload(Link& link, const OutgoingDelivery& head, Bytes payload, bool more);
    template <class... Pieces>
    void write_transfer_frame(Link& link,
                              const OutgoingDelivery& head,
                              bool more,
                              Pieces&... pieces);
    void start_outgoing(Link& link, const OutgoingDelivery& head);
    void write_abort(Link& link);
    void write_due_aborts(Session& session);

    // engine_flow.cpp
    void take_flow(Session& session, Bytes fields);
    void take_session_flow(Session& session, const Flow& flow);
    void take_link_flow(Link& link, const Flow& flow);
    void take_flow_of_receiver(Link& link, const Flow& flow);
    void take_flow_of_sender(Link& link, const Flow& flow);
    void count_incoming(Link& link);
    void report_if_drained(Link& link);
    void write_flow(Session& session, Link* link);
    void write_link_flow(HotWriter& parts, Link& link);
    std::uint32_t wanted_window(const Session& session) const;
    bool window_refresh_due(const Session& session) const;

    // engine_dispositions.cpp
    void take_disposition(Session& session, Bytes fields);
    void write_dispositions(Session& session);
    void write_disposition(Session& session, bool receiver, const DispositionBatch& batch);
    void write_disposition(Session& session,
                           bool receiver,
                           DeliveryId first,
                           DeliveryId last,
                           Bytes state,
                           bool settled);
    void write_large_disposition(
        Session& session, bool receiver, DeliveryId id, Bytes state, bool settled);

    // engine_output.cpp
    void queue_session(Session& session);
    void queue_link(Link& link);
    void write_frame(std::uint8_t type, std::uint16_t channel, const Buffer& body);
    void write_ending(Performative which,
                      std::uint16_t channel,
                      const std::optional<ErrorView>& error);
    void write_detach_frame(const Link& link, bool closed, const std::optional<ErrorView>& error);
    bool may_write() const { return open_sent_ && phase_ < Phase::closing; }
    bool active(const Session& session) const { return session.live_ && may_write(); }
    bool active(const Link& link) const { return link.live_ && active(*link.session_); }

    Options options_;
    Handler& handler_;
    OutBuffer output_;
    FrameScanner scanner_;
    std::string remote_container_;

    std::vector<std::unique_ptr<Session>> sessions_;  // by our channel
    SlotTable<Session> by_remote_channel_;
    NumberPool channels_;
    LinkNames link_names_;
    std::uint32_t link_count_ = 0;
    Session* queued_sessions_ = nullptr;  // for the next flush
    Link* queued_links_ = nullptr;
    // What went away while it was queued.
    std::vector<std::unique_ptr<Session>> gone_sessions_;
    std::vector<std::unique_ptr<Link>> gone_links_;

    std::size_t updates_ = 0;      // of this read, against kUpdatesMax
    std::size_t state_bytes_ = 0;  // of this read, against kStateBytesMax
    Instant now_{};                // of the last call that told it
    Instant handshake_by_ = kNever;
    Instant silent_at_ = kNever;  // the peer is dead then
    Instant heartbeat_at_ = kNever;
    Instant close_by_ = kNever;
    Duration heartbeat_interval_{};

    std::uint32_t remote_frame_max_ = 512;
    std::uint16_t remote_channel_max_ = 0xffff;
    Phase phase_ = Phase::header;
    bool open_sent_ = false;
    bool header_sent_ = false;
    bool sasl_begun_ = false;       // a mechanism was chosen
    bool over_reported_ = false;    // on_close
    bool wrote_ = false;            // since the last heartbeat check
    bool awaits_room_ = false;      // send stopped at the output's limit
    bool awaits_window_ = false;    // send stopped at a session's window
    bool close_unclocked_ = false;  // close() came without a time
};

}  // namespace weft::amqp

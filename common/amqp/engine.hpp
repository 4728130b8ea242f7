#pragma once

#include "common/amqp/flush_queue.hpp"
#include "common/amqp/frame_output.hpp"
#include "common/amqp/frame_scanner.hpp"
#include "common/amqp/handler.hpp"
#include "common/amqp/handshake.hpp"
#include "common/amqp/heartbeats.hpp"
#include "common/amqp/link.hpp"
#include "common/amqp/link_names.hpp"
#include "common/amqp/lives.hpp"
#include "common/amqp/numbered_table.hpp"
#include "common/amqp/options.hpp"
#include "common/amqp/remains.hpp"
#include "common/amqp/session.hpp"
#include "common/base/census.hpp"
#include "common/base/out_buffer.hpp"
#include "common/base/time.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace weft::amqp {

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
/// A peer's wish to resume deliveries is not granted: none of them is known, so their transfers are
/// ignored. Spec: AMQP 1.0 §2.6.13
/// The engine may not be destroyed from within one of its events.
///
/// Sessions and links have calls of their own and write their own frames, so they are its friends;
/// the engine is their only owner.
///
/// Invariants:
///   E1  its life makes only the transitions of lives.hpp
///   E2  on_close is called once, the last of all events (life: reported)
///   E3  no performative goes out before our open or after our close
///
/// Threading: loop-confined. Spec: AMQP 1.0 §2, §5.3
class Engine {
public:
    /// `options` may be shared by any number of engines; `handler`, `pool` and `census` (null: it
    /// is in none) must outlive it.
    Engine(std::shared_ptr<const Options> options,
           Handler& handler,
           BlockPool& pool,
           Census* census = nullptr);
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    /// Client: its SASL mechanism, as Handshake has it.
    std::string_view sasl_mechanism() const { return handshake_.mechanism(); }
    /// Starts the clocks; a client sends its header (and SASL init, open). Once.
    void start(Instant now, Particulars own = {});
    /// Takes `in`; a frame cut off at its end is kept until the rest comes.
    void receive(Bytes in, Instant now);
    /// It stopped before the end of what it was given, which has cost a turn's worth of steps, or
    /// of sessions that are over there is more to free: call receive again, with nothing new, in
    /// another turn.
    bool has_work() const {
        const bool buries = !over_.empty() && !(owes_flows() && is_crowded());
        return !finished() && (buries || holds_input());
    }
    /// The handler did so much work for what came in: other connections want their turns.
    void spend(std::size_t steps) { steps_ += steps; }
    /// Writes coalesced dispositions, credit and session windows to the output; the latter two as
    /// far as it has room, since they change until the peer reads them.
    void flush() {
        if (owes_flows()) {
            write_queued();
        }
        heartbeats_.wrote(output_.written());
    }
    /// Some are left for a flush after output was written away.
    bool owes_flows() const { return !queued_links_.empty() || !queued_sessions_.empty(); }
    OutBuffer& output() { return output_.bytes(); }
    const OutBuffer& output() const { return output_.bytes(); }
    /// It has as much output as `output_limit` allows: send takes nothing, and states that change
    /// go out without their words.
    bool is_crowded() const { return output_.is_crowded(); }
    /// Input that waits for the rest of its frame or for a SASL decision.
    Bytes unused_input() const { return scanner_.waiting(); }
    /// The owner wrote output away: calls on_writable if somebody waits for room.
    void output_drained() {
        if (awaits_room_) [[unlikely]] {
            tell_room();
        }
    }
    /// The earliest moment at which `tick` has something to do; may change with every call.
    Instant deadline() const;
    /// Sends an empty frame if one is due; closes on time-outs.
    void tick(Instant now);
    /// How late `tick` may come after `deadline` for both sides' time-outs to be kept. Known from
    /// on_open on; Duration::max(): no matter.
    Duration lateness_max() const { return heartbeats_.lateness_max(); }
    /// The transport is gone: reports on_detach and on_end for all that was open, then on_close
    /// (unless it was reported). Every owner calls it at the end, so on_close comes exactly once.
    /// Not from within an event.
    void abandon(const ErrorView* error);
    /// Nothing more will be read or produced: drop the transport once the output is written.
    bool finished() const { return life_ >= ConnectionLife::over; }
    /// Both opens were exchanged, no close.
    bool is_open() const { return life_ == ConnectionLife::opened; }

    /// Sessions that there may be at once, whoever begins them.
    std::size_t channels() const {
        return std::size_t{std::min(options_->channel_max, remote_channel_max_)} + 1;
    }

    // The peer's side, for management.
    const std::string& remote_container() const { return remote_container_; }
    std::uint32_t remote_max_frame_size() const { return output_.frame_max(); }

    // A SASL answer given outside of on_sasl_*: input held meanwhile is taken up by the next
    // receive (an empty one will do) or tick (deadline() says at once).
    /// The next word of an exchange: a server's challenge, or a client's answer to one that its
    /// SaslClient heard.
    void sasl_word(Bytes word);
    /// code: 0 ok, 1 auth, 2 sys, 3 sys-perm, 4 sys-temp. Spec: AMQP 1.0 §5.3.3.6
    void sasl_outcome(std::uint8_t code, Bytes additional_data);

    /// The handler's on_close comes when the peer has answered, or with `abandon`; meanwhile only
    /// that. Links and sessions that were open are reported before it.
    void close(const std::optional<ErrorView>& error);

    /// A client may begin as soon as its open is sent, a server from on_open on.
    /// Null if the peer's channel-max is reached, or before open and after close.
    Session* begin();

private:
    friend class Link;
    friend class Passage;
    friend class Remains;
    friend class Session;

    // engine.cpp: input, time, flush
    void receive_all(Bytes in);
    void take_frame(Bytes frame);
    void take_amqp_frame(std::uint16_t channel, Bytes body, std::size_t frame_size);
    void take_performative(Performative which, std::uint16_t channel, Bytes fields);
    void write_queued();
    void tell_room();
    bool holds_input() const { return !finished() && (resumable() || unfinished_); }
    bool resumable() const { return scanner_.holds() && !handshake_.deciding(); }
    bool is_spent() const { return steps_ >= kInputStepsMax; }
    /// The rest of a disposition is for the next turn.
    void postpone(Session& session, const Disposition& rest);
    void take_unfinished();

    // engine_connection.cpp: handshake, open, close, the end; begin
    void become(ConnectionLife life);
    void take_step(const Handshake::Step& step);
    void write_open();
    void take_open(Bytes fields);
    void write_close(const std::optional<ErrorView>& error);
    void take_close(Bytes fields);
    void fail(std::string_view condition, std::string_view description);
    void fail(const Error& error) { fail(error.condition, error.text); }
    void report_all_gone(bool by_peer, const ErrorView* error);
    Session* add_session();
    void take_begin(std::uint16_t channel, Bytes fields);
    void remove_session(Session& session);
    void bury();

    /// Our open is sent and nothing is closed. (E3)
    bool may_write() const {
        return life_ >= ConnectionLife::open_pipe && life_ <= ConnectionLife::opened;
    }
    bool awaits_open() const {
        return life_ == ConnectionLife::headers_exchanged || life_ == ConnectionLife::open_sent;
    }
    /// Counts what an update of the peer's may cost; false: this read has brought too much.
    bool allows_update(const Disposition& disposition);

    struct Unfinished {
        Session* session;
        Disposition rest;  // its state is a view of the buffer
        Buffer state;
    };

    std::shared_ptr<const Options> options_;
    Handler& handler_;
    FrameOutput output_;
    const std::size_t control_frame_max_;  // bytes, of the options: at hand for each frame
    FrameScanner scanner_;
    Handshake handshake_{*options_, output_};
    Heartbeats heartbeats_;
    /// Of our open, until it is written; null: those of the options.
    std::unique_ptr<const Buffer> properties_;
    std::string remote_container_;

    Census::Share census_;
    NumberedTable<Session> sessions_;
    LinkNames link_names_;
    FlushQueue<Session> queued_sessions_;
    FlushQueue<Link> queued_links_;
    Remains over_;  // sessions
    std::unique_ptr<Unfinished> unfinished_;
    std::size_t steps_ = 0;        // of this read, against kInputStepsMax
    std::size_t updates_ = 0;      // of this read, against kUpdatesMax
    std::size_t state_bytes_ = 0;  // of this read, against kStateBytesMax
    std::uint32_t link_count_ = 0;
    std::uint16_t remote_channel_max_ = 0xffff;
    ConnectionLife life_ = ConnectionLife::handshake;
    bool awaits_room_ = false;  // send stopped at the output's limit
};

inline bool Session::active() const {
    return live() && engine_.may_write();
}

inline bool Link::has_session() const {
    return session_.live();
}

inline bool Link::active() const {
    return life_ <= LinkLife::attached && session_.active();
}

}  // namespace weft::amqp

#pragma once

#include "common/io/loop.hpp"
#include "common/io/revocation_watch.hpp"
#include "common/io/transport.hpp"
#include "common/security/protection.hpp"

#include <boost/system/error_code.hpp>

#include <optional>
#include <string>

namespace weft::io {

/// What every transport over a socket does alike: turns, time limits, the end.
///
///   opening ──protocol made──▶ open ──finished or closed, output written──▶ lingering
///      └───────────┴── error, abort, time limit, peer's end ──┴──▶ lost ──▶ reported, destroyed
///
/// Invariants:
///   I1  destroyed only by the loop, when no operation of its socket is pending
///   I2  on_lost is called once, from the end of a turn
///   I3  its protocol is made once, when it opens
///   I4  it becomes a WebSocket only while nothing is being read from its stream
///   I5  an exception of its protocol or of an operation loses it, and reaches nobody else
///
/// Threading: loop-confined. Internal to common/io.
class SocketTransport : public Transport {
public:
    /// `facts`: null for a plain connection.
    SocketTransport(Loop& loop,
                    std::string peer,
                    std::shared_ptr<const security::Protection> facts = {});
    ~SocketTransport() override;
    SocketTransport(const SocketTransport&) = delete;
    SocketTransport& operator=(const SocketTransport&) = delete;

    void wake() final { loop_.mark_dirty(*this); }
    void tick_exactly() final;
    void close() final;
    void abort(std::string_view why) final;
    const std::string& peer() const final { return peer_; }
    const security::Protection& security() const final;
    Loop& loop() final { return loop_; }

    /// Is told why, after the protocol was: for a connector.
    void set_observer(std::function<void(std::string_view)> observer);

protected:
    // --- of each kind of stream --------------------------------------------------------------
    /// Begins to read unless that is pending; bytes go to `deliver`.
    virtual void start_reading() = 0;
    /// Writes from `output`, now or beginning now; tells `wrote`.
    virtual void write(OutBuffer& output) = 0;
    /// Tells the peer that no more comes.
    virtual void shut_down() = 0;
    /// Ends pending operations; idempotent. What could not be written is forgotten by the system,
    /// too.
    virtual void close_socket() = 0;
    /// Bytes that the system has taken and the peer's has not.
    virtual std::size_t under_way() = 0;
    /// Destroys what pending operations belong to, uncalled: no step of theirs is queued, so they
    /// wait for one another. None of a plain socket ever do.
    virtual void abandon_operations() {}
    /// The socket becomes a WebSocket's.
    virtual void become(std::unique_ptr<Upgrade> upgrade) = 0;
    /// It is lost before it opened.
    virtual void on_never_opened(std::string_view /*why*/) noexcept {}

    // --- for them ----------------------------------------------------------------------------
    static constexpr Duration kHandshakeMax = std::chrono::seconds{10};
    static constexpr std::string_view kLate = "handshake time-out";
    /// The most steps that the operations of one transport take once its socket is closed.
    static constexpr int kLastStepsMax = 16;

    /// Opening ends: makes the protocol, hands it what has come already, and begins to read.
    void carry(const ProtocolFactory& factory, Bytes first = {});
    /// Opening is to end by then; 0: whenever it does. Before it ends.
    void limit_opening(Duration most);
    /// How it is protected came to be known.
    void set_facts(security::Protection facts);
    /// Hands `in` to the protocol and reads on if more is of use.
    void deliver(Bytes in);
    void wrote() { protocol_->on_written(); }
    /// The peer ended its side in good order.
    void peer_ended();
    void lose(std::string_view why) noexcept;
    /// Every handler of its operations goes through this: a turn, at whose end output is written.
    template <class F>
    void turn(F&& f) {
        loop_.turn_of(*this, [&] { guard(*this, std::forward<F>(f)); });  // I5
    }
    /// The same of one that ended with `error`: `f` goes on if that is none and the transport
    /// lives.
    template <class F>
    void turn_after(bool& pending, const boost::system::error_code& error, F&& f) {
        turn([&] {
            if (!completed(pending)) {
                return;
            }
            if (error) {
                lose(error.message());
            } else {
                std::forward<F>(f)();
            }
        });
    }
    /// Drops input and waits for the peer to end, at most kLingerMax.
    void linger(std::string_view why);
    const std::shared_ptr<const security::Protection>& facts() const { return facts_; }
    bool is_lost() const { return phase_ == Phase::lost; }
    /// An operation ended: true if the transport lives and the result is worth looking at.
    bool completed(bool& pending) {
        pending = false;
        if (is_lost()) {
            loop_.retire(*this);
        }
        return !is_lost();
    }

    /// Who is no longer to be trusted is expelled. Null: nobody asks.
    std::unique_ptr<RevocationWatch> watch_;
    bool reading_ = false;  // an operation is pending
    bool writing_ = false;
    bool shutting_ = false;

private:
    friend class Loop;
    enum class Phase : std::uint8_t { opening, open, lingering, lost };
    /// Seldom wanted, and long.
    struct Ending {
        std::function<void(std::string_view)> observer;
        std::string why;
    };

    // Of the loop: none throws.
    void flush() noexcept;
    void sweep(Instant now) noexcept;
    void report() noexcept;
    bool has_operations() const { return reading_ || writing_ || shutting_; }
    bool is_referred_to() const { return has_operations() || is_dirty_ || is_kept_ || is_posted_; }

    void write_output();
    void look_at_time(Instant now);
    void tick_if_due();
    void on_alarm() noexcept;
    /// Not while the peer leaves too much unread, or the protocol wants none: then once that is
    /// over.
    bool wants_more() {
        is_held_back_ = (writing_ && is_crowded()) || !protocol_->wants_input();
        return !is_held_back_;
    }
    void read_on_later();
    void outwait_operations(int rounds);
    bool is_crowded() const;
    bool is_stalled(Instant now);
    void drop_if_overfull();
    void settle_unread();
    Ending& ending();
    bool is_ending() const { return is_closing_ || protocol_->finished(); }
    void finish();

    Phase phase_ = Phase::opening;
    bool is_dirty_ = false;
    bool is_held_back_ = false;  // not read from: it does not read, or is not to be heard
    bool is_posted_ = false;     // a turn of its own is asked for
    bool is_closing_ = false;
    bool peer_ended_ = false;
    bool retired_ = false;        // in the loop's list of the lost
    bool is_kept_ = false;        // its protocol could not be told, so others may refer to it
    std::uint32_t position_ = 0;  // in the loop's table
    Loop& loop_;
    std::unique_ptr<Protocol> protocol_;
    std::string peer_;
    std::shared_ptr<const security::Protection> facts_;  // null: plain
    std::unique_ptr<Ending> ending_;         // null: nobody waits for it, and it has none yet
    Timer alarm_;                            // at the protocol's deadline, if it is ticked exactly
    Instant limit_;                          // of the phase; of `open` only once it is ending
    Instant progress_at_;                    // of output, while it is being written
    std::size_t under_way_ = 0;              // when it was looked at last
    std::optional<Ledger::Account> unread_;  // while its peer leaves much unread
    SocketTransport* next_dirty_ = nullptr;  // in the loop's lists
    SocketTransport* next_lost_ = nullptr;
};

}  // namespace weft::io

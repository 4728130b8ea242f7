#pragma once

#include "common/amqp/engine.hpp"
#include "common/endpoint/connection_profile.hpp"
#include "common/endpoint/connection_trace.hpp"
#include "common/endpoint/line_budget.hpp"
#include "common/io/connector.hpp"
#include "common/io/log.hpp"
#include "common/io/loop.hpp"
#include "common/io/transport.hpp"
#include "common/wire/value.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace weft::endpoint {

/// One AMQP connection, of a server or a client: an engine over a transport, who the peer is, and
/// what the log says of both.
///
/// What the connection is for is the derived class's: it overrides those events of amqp::Handler
/// that it cares for, calls the engine, and `wake` after calls from outside of the connection's own
/// events. It may override the transport's events too, and then calls the ones here.
///
/// README.md has its life as a picture, and the invariants C1–C5.
/// Threading: loop-confined (the transport's loop).
class Connection : public io::Protocol, protected amqp::Handler {
public:
    /// `transport` outlives it. Nothing happens before `start`.
    Connection(io::Transport& transport, std::shared_ptr<const ConnectionProfile> profile);
    ~Connection() override;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // What management shows.
    std::uint64_t id() const { return id_; }
    const ConnectionProfile& profile() const { return *profile_; }
    const amqp::Engine& engine() const { return engine_; }
    const std::string& peer() const { return transport_.peer(); }
    /// What was dialled, as it was given: "b.example:5672"; of one that came in, `peer`.
    std::string host() const;
    const security::Protection& security() const { return transport_.security(); }
    bool outgoing() const { return !profile_->engine.server; }
    Instant started_at() const { return started_at_; }
    /// The peer's open came; engine().is_open() tells whether it still is.
    bool was_opened() const { return life_ >= Life::opened; }
    /// The map of the peer's open, encoded; may be empty.
    const Buffer& properties() const { return properties_; }
    /// Holds from the peer's open on; until then nobody in particular.
    const security::Identity& identity() const { return identity_; }
    /// By which one side told the other who it is: "ANONYMOUS"; empty: no SASL.
    std::string sasl_mechanism() const;
    /// Its frames are logged.
    bool is_traced() const { return trace_ && trace_->is_on(); }

    /// The connector that made it hears whether the peer answers, why not, and where else to dial.
    /// It may be gone before the connection is.
    void dialled_by(std::weak_ptr<io::Connector> connector);
    /// `gone` is called once, when the transport is, after `on_gone`.
    void when_gone(std::function<void()> gone);
    /// After calls of the engine from outside of this connection's own events: its output is
    /// written before the loop turns to something else. Costs next to nothing when repeated.
    void wake() {
        if (!woken_) [[unlikely]] {
            woken_ = true;
            transport_.wake();
        }
    }
    /// Begins or ends to log its frames, whatever the log's level; not within a call of its own.
    void trace(bool on);
    /// Closes in good order,
    void close();
    /// or with an error that the peer sees.
    void close(std::string_view condition, std::string_view description);
    /// Closes with an error, and is gone in the next turn: the parts of the daemon are told then.
    /// What is left is the transport, until the peer has what is written and had a moment to
    /// close, too.
    void expel(std::string_view condition, std::string_view description);
    /// The daemon ends first: its parts are told now that the connection is gone, and nothing of
    /// them is used when the transport goes.
    void orphan(std::string_view why);

protected:
    /// Once, when the derived class is ready for events: the engine begins. `id` is the number in
    /// the log's "[C7]" and management, unique in the process. Does not throw: what can't begin
    /// ends as all do, by on_gone.
    void start(std::uint64_t id);
    /// The properties of our open with some more, for on_opening.
    Buffer said_with(const wire::Map& more) const;
    /// The engine, to be called.
    amqp::Engine& machine() { return engine_; }
    io::Transport& transport() { return transport_; }
    /// "[C7]"
    std::string tag() const { return "[C" + std::to_string(id_) + "]"; }
    /// `what` happened to the connection or a part of it, for which `error` (may be null) is given.
    void log_error(std::string_view what, const amqp::ErrorView* error) const;
    /// Whether a line may be logged that the peer can cause again and again. One that may not is
    /// counted, and a line tells of it before the next one that may.
    bool may_log(io::Module module, io::Level level);
    void log_opened(io::Level level) const;

    /// Whoever dialled hears that the peer is what it was dialled for,
    void succeeded();
    /// or why the connection is about to be lost.
    void refused(std::string_view why);

    // --- in the order of a life ----------------------------------------------------------------
    /// The peer's open came. Unless it is overridden it is logged, and the connector has succeeded.
    virtual void on_opened(const amqp::Open& open);
    /// The connection is over but for bytes to write. As amqp::Handler::on_close.
    virtual void on_closed(bool by_peer, const amqp::ErrorView* error);
    /// The transport is gone; links and sessions are reported gone next.
    virtual void on_cut(std::string_view why);
    /// Nothing of the engine is left. The last call but for the destructor.
    virtual void on_gone(std::string_view why);

    // --- io::Protocol --------------------------------------------------------------------------
    void on_bytes(Bytes in, Instant now) override;
    bool holds_input() const override { return engine_.has_work(); }
    void before_write() override {
        woken_ = false;
        engine_.flush();
        if (trace_) [[unlikely]] {
            trace_output();
        }
    }
    bool on_revoked(std::string_view why) override;
    void on_written() override {
        if (life_ < Life::going) {  // C4
            engine_.output_drained();
            if (engine_.owes_flows()) {
                wake();
            }
        }
    }
    void on_tick(Instant now) override;

    // --- amqp::Handler -------------------------------------------------------------------------
    void on_end(amqp::Session& session, const amqp::ErrorView* error) override;

private:
    enum class Life : std::uint8_t {
        made,
        opening,  // the peer's open is awaited
        opened,   // that a close came since is the engine's to know
        going,    // the parts of the daemon are being told
        gone,
    };
    /// A response is with the authenticator.
    enum class Asked : std::uint8_t {
        no,
        within,  // an event of the engine, which goes on after it
        before,  // the event is over
    };

    /// Seldom wanted.
    struct Departure {
        std::function<void()> gone;
        std::shared_ptr<Connection*> expelled;  // null: not; what was posted finds it gone
    };

    // io::Protocol
    OutBuffer& output() final { return engine_.output(); }
    bool finished() const final { return engine_.finished(); }
    void on_lost(std::string_view why) final;
    Instant deadline() const final { return engine_.deadline(); }
    io::OutputBounds output_bounds() const final {
        return {.bytes = profile_->unread_max,
                .most = profile_->output_max,
                .stall = profile_->engine.idle_timeout};
    }

    // amqp::Handler
    void on_sasl_init(amqp::Engine& engine, std::string_view mechanism, Bytes response) final;
    void on_sasl_response(amqp::Engine& engine, Bytes response) final;
    void on_open(const amqp::Open& open) final;
    void on_close(bool by_peer, const amqp::ErrorView* error) final;

    Departure& departure();
    void begin_engine();
    void trace_output();
    void depart(std::string_view condition, std::string_view why);
    std::string opened_message(const io::HostPort& to) const;
    void authenticated(security::Answer answer);
    void take_held();

    io::Transport& transport_;
    std::shared_ptr<const ConnectionProfile> profile_;
    amqp::Engine engine_;
    std::uint64_t id_ = 0;
    Instant started_at_{};
    Life life_ = Life::made;
    Asked asked_ = Asked::no;
    bool woken_ = false;  // the transport was told, and has not come for the output yet
    security::Identity identity_;
    std::unique_ptr<security::Exchange> exchange_;  // null: none is under way
    io::Timer resume_;
    std::unique_ptr<ConnectionTrace> trace_;  // null: off
    LineBudget lines_;
    Buffer properties_;
    std::weak_ptr<io::Connector> connector_;
    std::unique_ptr<Departure> departure_;  // null: nobody waits for it
};

}  // namespace weft::endpoint

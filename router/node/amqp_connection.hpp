#pragma once

#include "common/amqp/engine.hpp"
#include "common/io/connector.hpp"
#include "common/io/loop.hpp"
#include "common/io/transport.hpp"
#include "router/core/core.hpp"
#include "router/node/connection_trace.hpp"
#include "router/node/listener_options.hpp"
#include "router/node/neighbour.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace weft::router {

class AmqpConnection;

/// Who wants to know of connections that come and go, and tells other loops of their consumers.
class ConnectionObserver {
public:
    virtual ~ConnectionObserver() = default;
    virtual void on_opened(AmqpConnection& connection) = 0;
    virtual void on_gone(AmqpConnection& connection) = 0;
    /// Whether all loops know of the consumers attached so far. If not, AmqpConnection::answer is
    /// called for `link` once they do, soon in any case.
    virtual bool others_know(const AmqpConnection& connection, const Link& link) = 0;
};

/// One AMQP connection, of a client or another router: the engine between a transport and the core.
///
/// Events of the engine become calls of the core; the core's wishes become calls of the engine.
/// Decides nothing but what an attach asks for. `mesh` is needed by those to other routers.
/// Threading: loop-confined.
class AmqpConnection final : public io::Protocol, private amqp::Handler, private Port {
public:
    AmqpConnection(Core& core,
                   io::Transport& transport,
                   std::shared_ptr<const ListenerOptions> options,
                   ConnectionObserver& observer,
                   Mesh* mesh = nullptr);

    // What management shows.
    const Connection& routed() const { return routed_; }
    const amqp::Engine& engine() const { return engine_; }
    const std::string& peer() const { return transport_.peer(); }
    const ListenerOptions& options() const { return *options_; }
    Instant opened_at() const { return opened_at_; }
    /// The peer's open came; engine().is_open() tells whether it still is.
    bool was_opened() const { return was_opened_; }
    /// The map of the peer's open, encoded; may be empty.
    const Buffer& properties() const { return properties_; }
    /// "ANONYMOUS"; empty: a bare AMQP header, no SASL.
    const std::string& sasl_mechanism() const { return sasl_mechanism_; }
    /// Its frames are logged.
    bool is_traced() const { return trace_ && trace_->is_on(); }
    /// Null if its role is normal.
    const Neighbour* neighbour() const { return neighbour_.get(); }

    /// The connector that made it hears whether the peer answers, and why not.
    /// It may be gone before the connection is.
    void dialled_by(std::weak_ptr<io::Connector> connector);
    /// `gone` is called once, when the transport is.
    void when_gone(std::function<void()> gone) { gone_ = std::move(gone); }
    bool outgoing() const { return !options_->engine.server; }
    /// After calls of the core from outside of this connection's own events.
    void flush() { transport_.wake(); }
    /// Begins or ends to log its frames, whatever the log's level; not within a call of its own.
    void trace(bool on);
    /// Answers the attach of the core's link `id`, if it still waits for that.
    void answer(std::uint64_t id);
    /// Closes with an error that the peer sees.
    void close(std::string_view condition, std::string_view description);
    /// The router ends first: its parts are told now that the connection is gone, and nothing of
    /// them is used when the transport goes.
    void orphan();

    /// The engine's link behind a link of the core's.
    static const amqp::Link& link_of(const Link& link) {
        return *reinterpret_cast<const amqp::Link*>(link.port_link);
    }

private:
    // io::Protocol
    void on_bytes(Bytes in, Instant now) override;
    void before_write() override;
    OutBuffer& output() override { return engine_.output(); }
    void on_written() override;
    bool finished() const override { return engine_.finished(); }
    void on_lost(std::string_view why) override;
    Instant deadline() const override { return engine_.deadline(); }
    void on_tick(Instant now) override;

    // amqp::Handler
    void on_sasl_init(amqp::Engine&, std::string_view mechanism, Bytes response) override;
    void on_sasl_response(amqp::Engine&, Bytes response) override;
    void on_open(const amqp::Open& open) override;
    void on_close(bool by_peer, const amqp::ErrorView* error) override;
    void on_begin(amqp::Session& session, const amqp::Begin& begin) override;
    void on_end(amqp::Session& session, const amqp::ErrorView* error) override;
    void on_attach(amqp::Link& link, const amqp::Attach& attach) override;
    void on_detach(amqp::Link& link, bool closed, const amqp::ErrorView* error) override;
    void on_transfer(amqp::Link& link,
                     const amqp::IncomingTransfer& transfer,
                     amqp::Context& context) override;
    void on_update(amqp::Link& link,
                   const amqp::DeliveryUpdate& update,
                   amqp::Context context) override;
    void on_credit(amqp::Link& link) override;
    void on_drained(amqp::Link& link) override;
    void on_writable() override;

    // Port
    Sent transfer(Link& link, const OutgoingHead& head, Bytes payload, bool more) override;
    void abort(Link& link) override;
    void update(Link& link, DeliveryId id, Bytes state, bool settled) override;
    void grant(Link& link, std::uint32_t credit, bool drain) override;
    void drained(Link& link) override;
    void hold(Link& link, std::ptrdiff_t bytes) override;

    /// A consumer's attach that is answered once messages sent on other loops reach it, and those
    /// that came after it.
    struct Unanswered {
        amqp::Link* link = nullptr;
        std::uint64_t id = 0;  // of the core's link
        bool known = false;    // nothing but the ones before it holds it up
        Buffer reply{};        // an encoded attach
    };
    void answer(amqp::Link& link, const amqp::Attach& reply);
    void answer_in_order();

    std::string tag() const;  // "[C7]"
    void log_error(std::string_view what, const amqp::ErrorView* error) const;

    Instant now() const;

    Core& core_;
    io::Transport& transport_;
    std::shared_ptr<const ListenerOptions> options_;
    ConnectionObserver& observer_;
    Connection& routed_;
    amqp::Engine engine_;
    std::unique_ptr<Neighbour> neighbour_;
    std::weak_ptr<io::Connector> connector_;
    std::function<void()> gone_;
    std::unique_ptr<ConnectionTrace> trace_;  // null: off
    Instant opened_at_;
    bool was_opened_ = false;
    bool told_gone_ = false;
    std::string sasl_mechanism_;
    Buffer properties_;
    std::deque<Unanswered> unanswered_;
};

}  // namespace weft::router

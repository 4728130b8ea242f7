#pragma once

#include "common/amqp/engine.hpp"
#include "common/io/socket.hpp"
#include "common/io/transport.hpp"
#include "tools/weft/connection/bus_url.hpp"

#include <memory>
#include <string>

namespace weft::tools {

/// A TCP connection to `url`. `reset`: closing it leaves no port in TIME_WAIT behind.
/// Throws Failure.
io::Socket bench_dial(const BusUrl& url, Duration timeout, bool reset);

/// One connection of the load generator: the client's engine over a transport.
///
/// Sasl is PLAIN if the URL names a user, else ANONYMOUS. It has one session; what is attached
/// there and what is done with it is the derived class's.
/// Threading: loop-confined.
class BenchConnection : public io::Protocol, protected amqp::Handler {
public:
    /// Who wants to know how a connection fares. Called on the connection's loop.
    class Observer {
    public:
        virtual ~Observer() = default;
        /// What it is for is attached.
        virtual void on_ready(BenchConnection& connection) = 0;
        /// It has done what it was told to do: a sender with a limit.
        virtual void on_done(BenchConnection& connection) = 0;
        /// The last call. `why` is empty if it was closed by `close`, in good order.
        virtual void on_gone(BenchConnection& connection, const std::string& why) = 0;
    };

    /// Says close; on_gone follows.
    void close();

protected:
    /// `name` is the container's, unique in the process.
    BenchConnection(io::Transport& transport,
                    Observer& observer,
                    const BusUrl& url,
                    const std::string& name);

    /// Our open is sent and a session begun: attach, without waiting for answers.
    virtual void on_session(amqp::Session& session) = 0;
    /// The peer accepted a link of ours.
    virtual void on_attached(amqp::Link& link) = 0;
    /// A link is gone, and all else with it. Not called when the transport is lost.
    virtual void on_links_gone() = 0;

    /// Attaches a link; `number` names it, unique in the connection.
    amqp::Link* attach(amqp::Session& session,
                       bool receiver,
                       bool presettled,
                       const std::string& address,
                       std::size_t number);
    /// Closes because of something that `why` explains to a person.
    void fail(std::string why);
    void ready() { observer_.on_ready(*this); }
    void done() { observer_.on_done(*this); }
    amqp::Engine& engine() { return engine_; }
    io::Transport& transport() { return transport_; }

    // io::Protocol
    void on_bytes(Bytes in, Instant now) override;
    void before_write() override { engine_.flush(); }

private:
    // io::Protocol
    OutBuffer& output() final { return engine_.output(); }
    void on_written() final { engine_.output_drained(); }
    bool finished() const final { return engine_.finished(); }
    void on_lost(std::string_view why) final;
    Instant deadline() const final { return engine_.deadline(); }
    void on_tick(Instant now) final { engine_.tick(now); }

    // amqp::Handler
    void on_close(bool by_peer, const amqp::ErrorView* error) final;
    void on_end(amqp::Session& session, const amqp::ErrorView* error) final;
    void on_attach(amqp::Link& link, const amqp::Attach& attach) final;
    void on_detach(amqp::Link& link, bool closed, const amqp::ErrorView* error) final;
    void on_writable() final { transport_.wake(); }

    void note(std::string why);

    io::Transport& transport_;
    Observer& observer_;
    amqp::Engine engine_;
    amqp::Session* session_ = nullptr;
    std::string why_;       // of its end
    bool closing_ = false;  // we said close
};

}  // namespace weft::tools

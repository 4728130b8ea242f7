#pragma once

#include "common/endpoint/connection.hpp"
#include "common/io/socket.hpp"
#include "tools/weft/connection/bus_url.hpp"

#include <cstdint>
#include <string>

namespace weft::tools {

/// A TCP connection to `url`. `reset`: closing it leaves no port in TIME_WAIT behind.
/// Throws Failure.
io::Socket bench_dial(const BusUrl& url, Duration timeout, bool reset);

/// Whom a connection calls, and as whom.
struct BenchCall {
    BusUrl url;
    std::string name;      // the container's, unique in the process
    std::uint64_t id = 0;  // the log's, unique in the process
};

/// What a link of ours is attached to.
struct BenchNode {
    enum class Kind : std::uint8_t {
        any,           // whatever the address means there
        topic,         // subscribed to, or sent to
        durable_topic  // subscribed to for longer than the link lives
    };

    std::string address;
    Kind kind = Kind::any;
};

/// One connection of the load generator.
///
/// SASL is PLAIN if the URL names a user, else ANONYMOUS. It has one session, begun as soon as our
/// open is sent; what is attached there and what is done with it is the derived class's, which
/// calls `start`.
/// Threading: loop-confined.
class BenchConnection : public endpoint::Connection {
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

    /// Closes in good order; on_gone follows.
    void leave();

protected:
    BenchConnection(io::Transport& transport, Observer& observer, const BenchCall& call);

    /// Our open is sent and a session begun: attach, without waiting for answers.
    virtual void on_session(amqp::Session& session) = 0;
    /// The peer accepted a link of ours.
    virtual void on_attached(amqp::Link& link) = 0;
    /// A link is gone, and all else with it.
    virtual void on_links_gone() = 0;

    /// Attaches a link; `number` names it, unique in the connection. Null: it fails.
    amqp::Link* attach(amqp::Session& session,
                       bool receiver,
                       bool presettled,
                       const BenchNode& node,
                       std::size_t number);
    /// The connection is about to be closed in good order.
    virtual void on_leaving() {}
    /// Closes because of something that `why` explains to a person.
    void fail(std::string why);
    void ready() { observer_.on_ready(*this); }
    void done() { observer_.on_done(*this); }

    // io::Protocol
    void on_bytes(Bytes in, Instant now) override;

private:
    // endpoint::Connection
    void on_closed(bool by_peer, const amqp::ErrorView* error) final;
    void on_cut(std::string_view why) final;
    void on_gone(std::string_view why) final;

    // amqp::Handler
    void on_end(amqp::Session& session, const amqp::ErrorView* error) final;
    void on_attach(amqp::Link& link, const amqp::Attach& attach) final;
    void on_detach(amqp::Link& link, bool closed, const amqp::ErrorView* error) final;
    void on_writable() final { wake(); }

    void note(std::string why);

    Observer& observer_;
    amqp::Session* session_ = nullptr;
    std::string why_;       // of its end
    bool leaving_ = false;  // we said close, in good order
};

}  // namespace weft::tools

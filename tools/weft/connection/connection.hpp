#pragma once

#include "tools/weft/connection/options.hpp"
#include "tools/weft/connection/socket.hpp"

#include <proton/connection.hpp>
#include <proton/io/connection_driver.hpp>
#include <proton/messaging_handler.hpp>

#include <cstdint>
#include <functional>
#include <string>

namespace weft::tools {

/// Notes the first fault the peer or the transport reports; commands derive from it.
///
/// Threading: not shared.
class Handler : public proton::messaging_handler {
public:
    /// Empty while all is well. Not reset: a fault ends the command.
    const std::string& fault() const { return fault_; }

    void on_transport_error(proton::transport& transport) override;
    void on_connection_error(proton::connection& connection) override;
    void on_connection_close(proton::connection& connection) override;
    void on_session_error(proton::session& session) override;
    void on_sender_error(proton::sender& sender) override;
    void on_sender_close(proton::sender& sender) override;
    void on_receiver_error(proton::receiver& receiver) override;
    void on_receiver_close(proton::receiver& receiver) override;

protected:
    void note_fault(const std::string& text);

private:
    std::string fault_;
};

/// Why a `Connection::step` came back.
enum class Wake : std::uint8_t {
    late,   // the deadline has passed and nothing happened
    peer,   // the peer, a signal, or a reason to look again
    input,  // the descriptor given is readable (and the peer may have been heard too)
};

/// One AMQP connection that is driven by whoever waits for it: no thread, no event loop.
///
/// Every wait also keeps the connection alive (idle time-out). An Interrupt ends a `step` once;
/// the caller looks at `Interrupt::raised`.
/// Faults are thrown as Failure from `step` and `await`.
/// Threading: not shared.
class Connection {
public:
    /// Dials, opens and waits for the peer's open. `handler` must outlive this object.
    Connection(const ConnectionOptions& options, Handler& handler);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    proton::connection amqp() const { return driver_.connection(); }

    /// Writes what is pending, waits for the peer, for `input` to become readable or for
    /// `deadline`, and hands what the peer sent to the handler. `input` -1: none.
    Wake step(SteadyTime deadline, int input = -1);

    /// Steps until `done`; throws Failure(`otherwise`) when options.timeout passes first, and
    /// Failure too on an Interrupt.
    void await(const std::function<bool()>& done, const std::string& otherwise);

    /// When an answer that is asked for now is late.
    SteadyTime deadline() const { return std::chrono::steady_clock::now() + timeout_; }

    /// Ends the connection politely: what is pending is written, the peer's close is awaited.
    void close();

private:
    void dispatch();
    void flush();
    void receive();
    SteadyTime tick();

    std::chrono::milliseconds timeout_;
    Handler& handler_;
    Socket socket_;
    proton::io::connection_driver driver_;
    bool closing_ = false;
};

}  // namespace weft::tools

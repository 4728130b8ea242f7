#pragma once

#include "common/amqp/engine.hpp"
#include "common/io/loop.hpp"
#include "common/io/transport.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::test {

/// The transport of a connection under test: no socket. Remembers what it was asked.
class MemoryTransport final : public io::Transport {
public:
    explicit MemoryTransport(io::Loop& loop) : loop_{loop} {}

    void wake() override { ++wakes_; }
    void tick_exactly() override { exact_ = true; }
    void close() override { closed_ = true; }
    void abort(std::string_view why) override { aborted_ = why; }
    const std::string& peer() const override { return peer_; }
    const security::Protection& security() const override { return security_; }
    io::Loop& loop() override { return loop_; }

    int wakes() const { return wakes_; }
    bool ticks_exactly() const { return exact_; }
    bool closed() const { return closed_; }
    const std::string& aborted() const { return aborted_; }

private:
    io::Loop& loop_;
    std::string peer_ = "127.0.0.1:40000";
    security::Protection security_;
    int wakes_ = 0;
    bool exact_ = false;
    bool closed_ = false;
    std::string aborted_;
};

/// The other end of a connection under test: an engine of its own, in memory. What the engine
/// reports is kept; a test derives from it for what else it wants to know.
///
/// All calls return when nothing is left to exchange.
class EnginePeer : protected amqp::Handler {
public:
    EnginePeer(io::Loop& loop, amqp::Options options);
    /// Drops the connection.
    ~EnginePeer() override;
    EnginePeer(const EnginePeer&) = delete;
    EnginePeer& operator=(const EnginePeer&) = delete;

    /// For the connection under test,
    MemoryTransport& transport() { return transport_; }
    /// which is given to it once.
    void carry(std::unique_ptr<io::Protocol> protocol) { protocol_ = std::move(protocol); }

    /// Starts; a client then begins a session.
    void open();
    /// Exchanges what there is, after something happened on either side.
    void pump();
    /// The connection is lost and destroyed.
    void drop(std::string_view why = "the test is over");

    amqp::Link& attach(const amqp::Attach& attach, std::uint32_t credit = 0);
    void detach(amqp::Link& link);
    void end_session();
    void close();
    /// Sends all of a message, as credit and windows allow; `more`: more of it follows.
    void send(amqp::Link& link, Bytes message, bool settled, bool more = false);

    amqp::Engine& engine() { return engine_; }
    amqp::Session& session() { return *session_; }
    bool opened() const { return opened_; }
    /// Condition and description of the connection's close, of its session's end, of its detaches.
    const std::string& closed() const { return closed_; }
    const std::string& ended() const { return ended_; }
    const std::vector<std::string>& detached() const { return detached_; }
    /// Of which the end came.
    struct Received {
        amqp::Link* link = nullptr;
        amqp::DeliveryId id = 0;
    };
    const std::vector<Received>& deliveries() const { return received_; }
    std::size_t received() const { return received_.size(); }
    std::vector<Received> take_deliveries() { return std::exchange(received_, {}); }
    void accept_all();

protected:
    void on_sasl_init(amqp::Engine& engine, std::string_view mechanism, Bytes response) override;
    void on_open(const amqp::Open& open) override;
    void on_begin(amqp::Session& session, const amqp::Begin& begin) override;
    void on_close(bool by_peer, const amqp::ErrorView* error) override;
    void on_end(amqp::Session& session, const amqp::ErrorView* error) override;
    void on_detach(amqp::Link& link, bool closed, const amqp::ErrorView* error) override;
    void on_transfer(amqp::Link& link,
                     const amqp::IncomingTransfer& transfer,
                     amqp::Context& context) override;

private:
    io::Loop& loop_;
    MemoryTransport transport_;
    bool is_client_;
    amqp::Engine engine_;
    std::unique_ptr<io::Protocol> protocol_;
    amqp::Session* session_ = nullptr;  // the first
    bool opened_ = false;
    std::string closed_;
    std::string ended_;
    std::vector<std::string> detached_;
    std::vector<Received> received_;
};

}  // namespace weft::test

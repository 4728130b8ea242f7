#pragma once

#include "common/amqp/engine.hpp"
#include "common/io/transport.hpp"
#include "router/linkstate/link_state.hpp"
#include "router/node/shard.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weft::router::test {

/// What dials a router's shard as another router and does what it is told to, in memory: both
/// engines, no socket. All calls return when nothing is left to exchange.
class RouterPeer final : private amqp::Handler, private io::Transport {
public:
    static constexpr std::string_view kControl = "qd.router";
    static constexpr std::string_view kData = "qd.router-data";

    /// Nothing is exchanged yet.
    explicit RouterPeer(Shard& shard);
    ~RouterPeer() override;

    void open();
    amqp::Link& attach(bool receiver, std::string_view capability, std::uint32_t credit = 0);
    /// A sender and a receiver; `credit` for the latter.
    void attach_pair(std::string_view capability, std::uint32_t credit);
    void detach(amqp::Link& link);
    void end_session();
    void send(amqp::Link& link, Bytes message, bool more = false);
    /// As a router P that hears nobody.
    void say_hello(amqp::Link& link);
    void pump();
    void drop();

    /// The router's side of it; null once it was dropped.
    AmqpConnection* connection() { return connection_.get(); }
    /// Control messages and deliveries that came.
    std::size_t received() const { return received_; }
    /// Condition and description of the router's close, or of its detaches, or why it hung up.
    const std::string& closed() const { return closed_; }
    const std::vector<std::string>& detached() const { return detached_; }
    const std::string& aborted() const { return aborted_; }

private:
    io::Protocol& protocol() { return *connection_; }

    void on_close(bool by_peer, const amqp::ErrorView* error) override;
    void on_detach(amqp::Link&, bool, const amqp::ErrorView* error) override;
    void on_transfer(amqp::Link&, const amqp::IncomingTransfer& transfer, amqp::Context&) override;

    void wake() override {}
    void close() override {}
    void abort(std::string_view why) override { aborted_ = why; }
    const std::string& peer() const override { return peer_; }
    const io::SecurityFacts& security() const override { return security_; }
    io::Loop& loop() override { return shard_.loop(); }

    Shard& shard_;
    std::string peer_ = "127.0.0.1:40000";
    io::SecurityFacts security_;
    amqp::Engine engine_;
    std::unique_ptr<AmqpConnection> connection_;
    amqp::Session* session_ = nullptr;
    std::size_t received_ = 0;
    std::string closed_;
    std::vector<std::string> detached_;
    std::string aborted_;
    int names_ = 0;
};

}  // namespace weft::router::test

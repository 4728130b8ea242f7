#pragma once

#include "common/amqp/engine.hpp"
#include "common/io/transport.hpp"
#include "router/node/shard.hpp"

#include <memory>
#include <string>
#include <vector>

namespace weft::router::test {

/// An AMQP client of a router's shard, in memory: both engines, no socket. All calls return when
/// nothing is left to exchange.
class Client final : private amqp::Handler, private io::Transport {
public:
    /// Opens a connection and a session. `sasl`: after ANONYMOUS.
    explicit Client(Shard& shard, bool sasl = true);
    ~Client() override;

    /// `address` empty: an anonymous sender.
    amqp::Link& send_to(std::string_view address);
    amqp::Link& receive_from(std::string_view address, std::uint32_t credit);
    void send(amqp::Link& link, std::string_view body, bool settled = false);
    void accept_all();
    /// Exchanges what there is, after something happened on the router's side.
    void pump();
    /// The connection is lost.
    void drop();

    /// The router's side of it.
    AmqpConnection& connection() { return *connection_; }
    std::string id() const { return id_; }
    std::size_t received() const { return received_.size(); }
    /// Condition and description of the router's close.
    const std::string& closed() const { return closed_; }

private:
    struct Received {
        amqp::Link* link = nullptr;
        amqp::DeliveryId id = 0;
    };

    io::Protocol& protocol() { return *connection_; }
    amqp::Link& attach(bool receiver, std::string_view address);

    void on_close(bool by_peer, const amqp::ErrorView* error) override;
    void on_transfer(amqp::Link& link,
                     const amqp::IncomingTransfer& transfer,
                     amqp::Context& context) override;

    void wake() override {}
    void close() override {}
    void abort(std::string_view) override {}
    const std::string& peer() const override { return peer_; }
    const io::SecurityFacts& security() const override { return security_; }
    io::Loop& loop() override { return shard_.loop(); }

    Shard& shard_;
    std::string peer_ = "127.0.0.1:40000";
    io::SecurityFacts security_;
    amqp::Engine engine_;
    std::unique_ptr<AmqpConnection> connection_;
    amqp::Session* session_ = nullptr;
    std::string id_;
    std::vector<Received> received_;
    std::string closed_;
    int names_ = 0;
};

}  // namespace weft::router::test

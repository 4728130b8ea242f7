#pragma once

#include "router/node/client_connection.hpp"
#include "router/node/shard.hpp"
#include "tests/support/engine_peer.hpp"

#include <string>
#include <string_view>

namespace weft::node::test {

/// An AMQP client of a router's shard, in memory.
class Client final : public weft::test::EnginePeer {
public:
    /// Opens a connection and a session. `sasl`: after ANONYMOUS. `properties`: of the open.
    explicit Client(Shard& shard, bool sasl = true, Buffer properties = {});

    /// `address` empty: an anonymous sender.
    amqp::Link& send_to(std::string_view address);
    amqp::Link& receive_from(std::string_view address, std::uint32_t credit);
    void send(amqp::Link& link, std::string_view body, bool settled = false);

    /// The router's side of it, until it is dropped.
    ClientConnection& connection() { return *connection_; }
    std::string id() const { return id_; }

private:
    amqp::Link& attach(bool receiver, std::string_view address);

    ClientConnection* connection_;
    std::string id_;
    int names_ = 0;
};

}  // namespace weft::node::test

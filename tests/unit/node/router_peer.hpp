#pragma once

#include "router/node/neighbour_connection.hpp"
#include "router/node/shard.hpp"
#include "tests/support/engine_peer.hpp"

#include <string_view>

namespace weft::node::test {

/// What dials a router's shard as another router and does what it is told to, in memory.
class RouterPeer final : public weft::test::EnginePeer {
public:
    static constexpr std::string_view kControl = "qd.router";
    static constexpr std::string_view kData = "qd.router-data";

    /// Nothing is exchanged yet.
    explicit RouterPeer(Shard& shard);

    amqp::Link& attach(bool receiver, std::string_view capability, std::uint32_t credit = 0);
    /// A sender and a receiver; `credit` for the latter.
    void attach_pair(std::string_view capability, std::uint32_t credit);
    void send(amqp::Link& link, Bytes message, bool more = false);
    /// As a router P that hears nobody.
    void say_hello(amqp::Link& link);

    /// Why the router hung up.
    const std::string& aborted() { return transport().aborted(); }

private:
    Shard& shard_;
    int names_ = 0;
};

}  // namespace weft::node::test

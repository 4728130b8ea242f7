#pragma once

#include "common/amqp/engine.hpp"
#include "common/security/authenticator.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace weft::endpoint {

/// What all connections of one listener or connector have in common.
/// Threading: immutable once made, for any thread.
struct ConnectionProfile {
    /// The listener or connector, as the log and management call it.
    std::string name;
    /// What its peers are to this daemon, in the words of its configuration: "inter-router".
    std::string role = "normal";
    amqp::Options engine{};
    /// Bytes of one message that links take, as their attach says; 0: any.
    std::uint64_t max_message_size = 0;
    /// The key under which an open's properties tell the connection's number; empty: they don't.
    std::string number_key{};
    /// Bytes of output that a peer may leave unread before it is not listened to; 0: any.
    std::size_t unread_max = 1 << 19;
    /// The same, before it is dropped although it reads; 0: any.
    std::size_t output_max = 1 << 26;
    /// Of a server: decides who its peers are. A server that has none offers no SASL.
    std::shared_ptr<const security::Authenticator> authenticator{};

    /// Peers are to be who `decides` says: its mechanisms are offered.
    void authenticate_by(std::shared_ptr<const security::Authenticator> decides);
};

}  // namespace weft::endpoint

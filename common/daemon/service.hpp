#pragma once

#include "common/daemon/connection_protection.hpp"
#include "common/io/connector.hpp"
#include "common/io/descriptors.hpp"
#include "common/io/http_server.hpp"
#include "common/io/security.hpp"
#include "common/io/socket.hpp"
#include "common/io/transport.hpp"
#include "common/mgmt/source.hpp"

#include <memory>
#include <string_view>

namespace weft::daemon {

/// What a daemon makes of the connections of one listener or connector, and the settings of its own
/// that it has for them. Lives on while there are connections, when the listener is closed.
/// Threading: loop-confined (loop 0).
class Service {
public:
    Service() = default;
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;
    virtual ~Service() = default;

    /// Takes a connection that came in: opens it on this loop, or gives it to another.
    virtual void accept(io::Socket socket, const io::Security& security) = 0;
    /// What is spoken over a connection of this loop that `dialler` made, or over a WebSocket of
    /// this loop, which has none. The dialler may be gone before the connection is.
    virtual std::unique_ptr<io::Protocol> speak(io::Transport& transport,
                                                std::weak_ptr<io::Connector> dialler) = 0;
    /// Where a WebSocket that came in goes on.
    virtual io::WebsocketPlace place_websocket() {
        return {.factory = [this](io::Transport& transport) { return speak(transport, {}); }};
    }
    /// What is spoken over them, by its name within TLS.
    virtual std::string_view spoken() const { return kSpeaksAmqp; }
    /// Who its connections are for, when descriptors are scarce.
    virtual io::Claim claim() const { return io::Claim::client; }
    /// Adds its own settings to the row of the listener or connector.
    virtual void show(mgmt::Attributes& row) const = 0;
};

}  // namespace weft::daemon

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
/// that it has for them. Goes with the listener or connector; the connections that it made live on.
/// Threading: loop-confined (loop 0).
class Service : public std::enable_shared_from_this<Service> {
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
    virtual io::WebsocketPlace place_websocket() { return {.factory = speaker()}; }
    /// What is spoken over them, by its name within TLS.
    virtual std::string_view spoken() const { return kSpeaksAmqp; }
    /// Who its connections are for, when descriptors are scarce.
    virtual io::Claim claim() const { return io::Claim::client; }
    /// Adds its own settings to the row of the listener or connector.
    virtual void show(mgmt::Attributes& row) const = 0;

protected:
    /// Speaks over connections that came in. A handshake may outlast the listener and this: who is
    /// not through it by then is not let in.
    io::ProtocolFactory speaker() {
        return
            [weak = weak_from_this()](io::Transport& transport) -> std::unique_ptr<io::Protocol> {
                const auto self = weak.lock();
                return self ? self->speak(transport, {}) : nullptr;
            };
    }
};

}  // namespace weft::daemon

#pragma once

#include "common/io/revocation_watch.hpp"
#include "common/io/tcp_socket.hpp"
#include "common/io/transport.hpp"
#include "common/security/protection.hpp"

#include <memory>
#include <string>

namespace weft::io {

class TlsStream;

/// What the transport that becomes a WebSocket hands on.
struct Upgraded {
    std::string peer;
    std::shared_ptr<const security::Protection> security;  // null: plain
    std::unique_ptr<RevocationWatch> watch{};              // null: nobody asks
};

/// Answers the upgrade request over `next`, then carries the protocol of its factory in binary
/// messages. `next` is any stream that Beast takes, with a TCP socket as its lowest layer;
/// websocket_stream.hpp has the definition.
///
/// Message boundaries mean nothing: the messages' payloads are one stream of bytes. A text message
/// ends the connection with status 1003. Pings are answered.
/// Internal to common/io. Spec: RFC 6455 §5.6, §7.4.1
///
/// On the thread of `loop`, which is the place's, if that names one.
template <class Next>
void open_websocket(Loop& loop, Next next, Upgraded from, std::unique_ptr<Upgrade> upgrade);

extern template void open_websocket<TcpSocket>(Loop&,
                                               TcpSocket,
                                               Upgraded,
                                               std::unique_ptr<Upgrade>);
extern template void open_websocket<TlsStream>(Loop&,
                                               TlsStream,
                                               Upgraded,
                                               std::unique_ptr<Upgrade>);

}  // namespace weft::io

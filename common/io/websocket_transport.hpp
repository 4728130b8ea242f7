#pragma once

#include "common/io/tcp_socket.hpp"
#include "common/io/transport.hpp"

namespace weft::io {

/// Answers the upgrade request, then carries the protocol of its factory in binary messages.
///
/// Message boundaries mean nothing: the messages' payloads are one stream of bytes. A text message
/// ends the connection with status 1003. Pings are answered.
/// Internal to common/io. Spec: RFC 6455 §5.6, §7.4.1
void open_websocket(Loop& loop,
                    TcpSocket socket,
                    std::string peer,
                    std::unique_ptr<Upgrade> upgrade);

}  // namespace weft::io

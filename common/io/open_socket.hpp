#pragma once

#include "common/io/security.hpp"
#include "common/io/socket_transport.hpp"
#include "common/io/tcp_socket.hpp"

#include <string>

namespace weft::io {

/// As `open`, for a socket that belongs to the loop already, and whose peer is known: here the kind
/// of transport is chosen.
/// Of a peer whose first byte is to tell, the one that waits for it is returned.
/// Internal to common/io.
SocketTransport& open_socket(Loop& loop,
                             TcpSocket socket,
                             std::string peer,
                             const Security& security,
                             const ProtocolFactory& factory);

}  // namespace weft::io

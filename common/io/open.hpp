#pragma once

#include "common/io/security.hpp"
#include "common/io/socket.hpp"
#include "common/io/transport.hpp"

namespace weft::io {

/// Starts to carry a protocol over an accepted or connected TCP socket, protected as `security`
/// says: the one way by which a socket becomes a connection, whatever is spoken over it. On the
/// loop's thread; the loop owns the transport.
///
/// A plain connection owns no buffers while it is idle: bytes are read into the loop's and written
/// from the protocol's. Its protocol is made before `open` returns; over TLS it will be made when
/// the handshake is done, and where the first byte tells, once that is there: so `factory` refers
/// to nothing that may be gone by then, or makes none: then the transport is lost. A handshake that
/// fails is told by the transport's loss alone.
Transport& open(Loop& loop,
                Socket socket,
                const Security& security,
                const ProtocolFactory& factory);

}  // namespace weft::io

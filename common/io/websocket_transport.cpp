#include "common/io/websocket_transport.hpp"

#include "common/io/tls_stream.hpp"
#include "common/io/websocket_stream.hpp"

namespace weft::io {

template void open_websocket<TcpSocket>(Loop&, TcpSocket, Upgraded, std::unique_ptr<Upgrade>);
template void open_websocket<TlsStream>(Loop&, TlsStream, Upgraded, std::unique_ptr<Upgrade>);

}  // namespace weft::io
